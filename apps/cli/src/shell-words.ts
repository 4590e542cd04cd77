import type { ShellEnding, ShellSessionError } from '@holdfast/shell'
import { EXIT } from './exit-codes.ts'
import type { ShellCommandOptions } from './shell-options.ts'

/** What is said at the end; nothing where the program has said all. */
export function endingWords(ending: ShellEnding, shellId: string, options: ShellCommandOptions): string | undefined {
  switch (ending.kind) {
    case 'exited':
      return ending.code === null ? `holdfast: the program failed: ${ending.message ?? 'nobody knows why'}` : undefined
    case 'detached':
      return `Detached; the shell lives on. Come back with: holdfast shell --id ${shellId}`
    case 'kicked':
      return 'holdfast: another client took this shell; it lives on.'
    case 'closed':
      return ending.killed ? 'Killed.' : 'holdfast: the shell may still run: its server could not be reached.'
    case 'lost':
      return `holdfast: ${wordsOf(ending.error, options)}`
  }
}

/** An ending as JSON: an error is told by its code. */
export function plainEnding(ending: ShellEnding): Readonly<Record<string, unknown>> {
  return ending.kind === 'lost' ? { kind: ending.kind, reason: ending.reason } : { ...ending }
}

/** The exit code of the process. */
export function exitCodeOf(ending: ShellEnding): number {
  switch (ending.kind) {
    case 'exited':
      return ending.code ?? EXIT.lost
    case 'detached':
      return EXIT.ok
    case 'closed':
      return ending.killed ? EXIT.ok : EXIT.lost
    default:
      return EXIT.lost
  }
}

/** What went wrong, for a person. */
export function wordsOf(error: ShellSessionError, { url, token }: ShellCommandOptions): string {
  switch (error.code) {
    case 'shell/unauthorized':
      return token === undefined
        ? `${url} wants a token. Set HOLDFAST_TOKEN.`
        : `${url} refused the token. The gateway prints its own at start.`
    case 'shell/forbidden':
      return `This token may not use this shell on ${url}.`
    case 'shell/not_found':
      return 'There is no such shell, or it belongs to somebody else.'
    case 'shell/conflict':
      return 'Another client writes to this shell. Use --observe, or leave out --if-free to take it over.'
    case 'shell/unreachable':
      return `${url} could not be reached. Try: holdfast doctor ${url}`
    default:
      return error.message
  }
}
