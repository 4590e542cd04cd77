import type { ClosedEvent } from '@holdfast/core/client'
import { SENTENCES } from '@holdfast/core/words'
import type { ShellExit } from '@holdfast/protocol/shell'
import { ShellSessionError, type ShellSessionErrorCode } from './errors.ts'

/** How a session ended. Every session has exactly one ending; {@link ShellSession.result} settles with it. */
export type ShellEnding =
  | {
      /** The program ended. */
      readonly kind: 'exited'
      /** The exit code: 0–255, 128+n for a signal; `null` where the server does not know it, which is not success. */
      readonly code: number | null
      /** The signal that ended it, such as `SIGKILL`. */
      readonly signal?: string | undefined
      /** The server's description of a failure of its own. */
      readonly message?: string | undefined
    }
  /** Another client took over the shell. It keeps running. */
  | { readonly kind: 'kicked' }
  /** This side left on purpose (`close()`, `detach()`); the shell keeps running. */
  | { readonly kind: 'detached' }
  /** This side called `kill()`. `killed`: the shell is known to be gone. */
  | { readonly kind: 'closed'; readonly killed: boolean }
  /** The connection is gone for good and the outcome of the program is unknown. Never treat it as exit code 0. */
  | { readonly kind: 'lost'; readonly reason: ShellSessionErrorCode; readonly error: ShellSessionError }

/** The session is over; it cannot be connected again. */
export interface ShellClosedEvent extends ClosedEvent<ShellSessionError> {
  readonly ending: ShellEnding
}

/** The ending for an exit STATUS, which `handle-frame.ts` reads. */
export function exitedBy(exit: ShellExit): ShellEnding {
  return { kind: 'exited', code: exit.code, signal: exit.signal, message: exit.message ?? exit.reason }
}

/**
 * The ending that a final error means, seen by a session that may have asked for it. Which close code is which error (4000:
 * `shell/kicked`): `retry-policy.ts`.
 */
export function endingOf(error: ShellSessionError, requested: 'nothing' | 'kill' | 'detach'): ShellEnding {
  if (requested === 'kill') return { kind: 'closed', killed: GONE.has(error.code) }
  if (requested === 'detach') return { kind: 'detached' }
  return error.code === 'shell/kicked' ? { kind: 'kicked' } : { kind: 'lost', reason: error.code, error }
}

/** The ending as all clients report theirs. */
export function closedBy(ending: ShellEnding): ShellClosedEvent {
  switch (ending.kind) {
    case 'exited':
      return { reason: 'complete', ending }
    case 'detached':
    case 'closed':
      return { reason: 'user', ending }
    case 'kicked':
      return {
        reason: 'terminal',
        ending,
        error: new ShellSessionError('shell/kicked', SENTENCES && 'Another client took the shell.'),
      }
    case 'lost':
      return { reason: 'terminal', ending, error: ending.error }
  }
}

/** What a server says about a shell that no longer runs. */
const GONE: ReadonlySet<ShellSessionErrorCode> = new Set(['shell/closed', 'shell/not_found', 'shell/expired'])

/** The ending as a sentence for a person. */
export function explainEnding(ending: ShellEnding): string {
  switch (ending.kind) {
    case 'exited':
      if (ending.code === null) return 'The program ended; with what code is not known.'
      return ending.signal === undefined
        ? `The program ended with exit code ${ending.code}.`
        : `The program was ended by ${ending.signal}.`
    case 'kicked':
      return 'Another client took the shell. It lives on.'
    case 'detached':
      return 'Detached: the shell lives on.'
    case 'closed':
      return ending.killed ? 'Closed: the shell is gone.' : 'Closed; whether the shell is gone is not known.'
    case 'lost':
      return `Lost: ${ending.error.message}`
  }
}
