import { EXIT } from './exit-codes.ts'

/** Something the user can put right: one sentence on stderr, an exit code, and no stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  readonly exitCode: number

  constructor(message: string, exitCode: number = EXIT.usage, cause?: unknown) {
    super(message, { cause })
    this.exitCode = exitCode
  }
}

/** An error of the network or a server as one for the user, with the exit code that fits. */
export function toUserError(error: unknown): UserError {
  if (error instanceof UserError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new UserError(message, exitCodeOf(error), error)
}

/** Read from its fields: the class of our errors is in a package that quick commands do not load. */
function exitCodeOf(error: unknown): number {
  const { code, details }: { readonly [name: string]: unknown } = { ...Object(error) }
  const { status, closeCode }: { readonly [name: string]: unknown } = { ...Object(details) }
  if (status === 401 || status === 403 || closeCode === 4401 || closeCode === 4403) return EXIT.refused
  if (status === 404 || closeCode === 4404) return EXIT.notFound
  return code === 'hub/auth_failed' || code === 'shell/unauthorized' || code === 'shell/forbidden'
    ? EXIT.refused
    : EXIT.failed
}
