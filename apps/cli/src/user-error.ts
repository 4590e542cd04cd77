import { HoldfastError } from '@holdfast/core'
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
  return new UserError(message, error instanceof HoldfastError ? exitCodeOf(error) : EXIT.failed, error)
}

function exitCodeOf({ code, details }: HoldfastError): number {
  const { status, closeCode } = details
  if (status === 401 || status === 403 || closeCode === 4401 || closeCode === 4403) return EXIT.refused
  if (status === 404 || closeCode === 4404) return EXIT.notFound
  return code === 'auth_failed' || code === 'shell/unauthorized' || code === 'shell/forbidden'
    ? EXIT.refused
    : EXIT.failed
}
