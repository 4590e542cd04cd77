import { NON_ZERO_EXIT } from '@holdfast/protocol/shell'
import { type ShellEnding, type ShellOutput, type ShellSession, ShellSessionError } from '@holdfast/shell'
import { EXIT } from './exit-codes.ts'
import { ownCommand } from './own-command.ts'
import { connectFirst } from './refusals/first-connection.ts'
import { refusalIn } from './refusals/refusals.ts'
import type { ShellCommandOptions } from './shell-options.ts'
import { UserError } from './user-error.ts'

/** What is said at the end; nothing where the program has said all. */
export function endingWords(ending: ShellEnding, shellId: string, options: ShellCommandOptions): string | undefined {
  switch (ending.kind) {
    case 'exited':
      if (ending.code === null) return `holdfast: the program failed: ${ending.message ?? 'the reason is unknown'}`
      return ending.message === undefined || ending.message === NON_ZERO_EXIT
        ? undefined
        : `holdfast: ${ending.message}`
    case 'detached':
      return `Detached; the shell lives on. Come back with: ${ownCommand(`shell --id ${shellId}`)}`
    case 'kicked':
      return 'holdfast: another client took this shell; it lives on.'
    case 'closed':
      return ending.killed ? 'Killed.' : 'holdfast: the shell may still run: its server could not be reached.'
    case 'lost':
      return `holdfast: ${refusalOfShell(ending.error, options).message}`
  }
}

/** An ending as JSON: an error is named by its code. */
export function plainEnding(ending: ShellEnding): Readonly<Record<string, unknown>> {
  return ending.kind === 'lost' ? { kind: ending.kind, reason: ending.reason } : { ...ending }
}

/** Output as JSON; undefined where there is nothing to report. */
export function plainOutput(frame: ShellOutput): Readonly<Record<string, unknown>> | undefined {
  const { channel, text, replayed } = frame
  if (channel === 'gap') return { event: 'gap', missingBytes: frame.missingBytes, reason: frame.reason }
  if ((channel !== 'stdout' && channel !== 'stderr') || text === '') return undefined
  return { event: 'output', channel, text, ...(replayed ? { replayed } : {}) }
}

/** The exit code of the process. */
export function exitCodeOf(ending: ShellEnding): number {
  switch (ending.kind) {
    case 'exited':
      return ending.code ?? EXIT.notRun
    case 'detached':
      return EXIT.ok
    case 'closed':
      return ending.killed ? EXIT.ok : EXIT.lost
    case 'lost':
      return lostCode(ending.error)
    case 'kicked':
      return EXIT.lost
  }
}

/** The exit code where a server said no to what was there; that of a lost connection where it is one. */
function lostCode({ code }: ShellSessionError): number {
  if (code === 'shell/unauthorized' || code === 'shell/forbidden') return EXIT.refused
  return code === 'shell/not_found' ? EXIT.notFound : EXIT.lost
}

/** Why no shell is there, or none any more: a sentence, and the exit code of its kind. */
export function refusalOfShell(error: ShellSessionError, options: ShellCommandOptions): UserError {
  const next = 'shell ls'
  switch (error.code) {
    case 'shell/not_found':
      return new UserError(
        `There is no such shell, or it has another owner. Try: ${ownCommand(next)}`,
        EXIT.notFound,
        error,
      )
    case 'shell/conflict':
      return new UserError(
        'Another client writes to this shell. Use --observe, or leave out --if-free to take it over.',
        EXIT.taken,
        error,
      )
    default:
      return refusalIn(error, options, { next })
  }
}

/**
 * Attaches to a shell for the first time.
 * @throws UserError where the gateway refuses, cannot be reached, or Ctrl+C came first
 */
export async function attachFirst(
  session: ShellSession,
  options: ShellCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const words = (error: unknown): unknown =>
    error instanceof ShellSessionError ? refusalOfShell(error, options) : error
  await connectFirst({
    ...{ client: session, endpoint: options, next: 'shell ls', signal, words },
    // The shell lives on, for a client that returns.
    end: () => void session.detach(),
  })
}

/** What the keys of the command itself do. */
export function helpWords(keys: string): string {
  return `${keys} then d: detach, the shell lives on · k: kill the shell · z: suspend · ${keys}: send the key itself`
}
