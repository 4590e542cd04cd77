import type { Clock, Timer } from '@holdfast/core'
import { type Deferred, deferred } from '@holdfast/core/internals'
import { SENTENCES } from '@holdfast/core/words'
import type { ShellExit } from '@holdfast/protocol/shell'
import { endingOf, exitedBy, type ShellEnding } from './ending-kinds.ts'
import { ShellSessionError } from './errors.ts'

/** What is under way when the app leaves gets this long to arrive. In milliseconds. */
const GRACE_MS = 1_000

/** What the end needs of its session. */
export interface SessionEndHost {
  readonly clock: Clock
  readonly killTimeoutMs: number
  readonly isOpen: boolean
  readonly isStarted: boolean
  readonly input: { readonly unacknowledgedBytes: number; flush(): Promise<void> }
  /** Asks the server to kill the shell: now, or as soon as it can be reached. */
  askToKill(): void
  /** Notifies the server that this client leaves. */
  askToDetach(): void
  /** The program has ended, and its exit was reported. */
  exited(): void
  /** Once: nothing follows. */
  ended(ending: ShellEnding, over: ShellSessionError): void
}

/**
 * How a session ends, once: by the program (its STATUS: `handle-frame.ts`), by the server (close codes, 4000 for `kicked`:
 * `retry-policy.ts`), by an outage, or because the app kills or leaves it.
 */
export class SessionEnd {
  exit: ShellExit | undefined
  ending: ShellEnding | undefined
  readonly #host: SessionEndHost
  /** Made for the first waiter: an idle session is small. */
  #ended: Deferred<ShellEnding> | undefined
  #requested: 'nothing' | 'kill' | 'detach' = 'nothing'
  #killing: Timer | undefined

  constructor(host: SessionEndHost) {
    this.#host = host
  }

  get result(): Promise<ShellEnding> {
    if (this.ending !== undefined) return Promise.resolve(this.ending)
    this.#ended ??= deferred()
    return this.#ended.promise
  }

  /** The app waits for the shell to be killed. */
  get isKilling(): boolean {
    return this.#requested === 'kill'
  }

  /** How the session ended, as an error for what comes too late. */
  over(): ShellSessionError {
    const { ending } = this
    if (ending?.kind === 'lost') return ending.error
    return new ShellSessionError(
      'shell/ended',
      SENTENCES ? `The session has ended: ${ending?.kind ?? 'unknown'}.` : (ending?.kind ?? ''),
    )
  }

  // ---- by the app -------------------------------------------------------------------------------

  /** Kills the shell, and keeps trying for a while when it cannot be reached. `ending` has the outcome. */
  kill(): void {
    const { clock, isStarted, killTimeoutMs } = this.#host
    if (this.ending !== undefined || this.isKilling) return
    this.#requested = 'kill'
    if (!isStarted) return this.#finish({ kind: 'closed', killed: true })
    this.#killing = clock.after(killTimeoutMs, () => this.#finish({ kind: 'closed', killed: false }))
    this.#host.askToKill()
  }

  /** Leaves the shell running. */
  async detach(): Promise<void> {
    const { clock, input, isOpen } = this.#host
    if (this.ending !== undefined || this.#requested !== 'nothing') return
    this.#requested = 'detach'
    if (isOpen && input.unacknowledgedBytes > 0) {
      const late = deferred<void>()
      const timer = clock.after(GRACE_MS, () => late.resolve())
      await Promise.race([input.flush().catch(() => {}), late.promise])
      timer.cancel()
    }
    // Killed meanwhile: the shell is not to live on.
    if (this.isKilling) return
    this.#host.askToDetach()
    this.#finish({ kind: 'detached' })
  }

  // ---- by others --------------------------------------------------------------------------------

  /** The program ended. All output came before it. */
  exited(exit: ShellExit): void {
    this.exit = exit
    this.#host.exited()
    this.#finish(this.isKilling ? { kind: 'closed', killed: true } : exitedBy(exit))
  }

  /** The shell is gone; nothing follows a CLOSE, also where the socket stays open. */
  closedByServer(): void {
    if (this.isKilling) return this.#finish({ kind: 'closed', killed: true })
    this.failed(
      new ShellSessionError('shell/closed', SENTENCES && 'The server closed the shell without saying how it ended.'),
    )
  }

  /** It does not go on, because of this error. */
  failed(error: ShellSessionError): void {
    this.#finish(endingOf(error, this.#requested))
  }

  #finish(ending: ShellEnding): void {
    if (this.ending !== undefined) return
    this.ending = ending
    this.#killing?.cancel()
    this.#host.ended(ending, this.over())
    this.#ended?.resolve(ending)
  }
}
