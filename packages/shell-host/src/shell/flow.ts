import type { Clock, Timer } from '@holdfast/contract'
import type { ShellLimits } from '../limits.ts'

/** How often a socket that is too full is looked at again. */
const POLL_MS = 5

/** Who holds the program back, seen from the shell. */
export interface FlowSource {
  /** Output that exists and the writer's application has not taken, where the writer reports it; else `undefined`. */
  unconsumed(): number | undefined
  /** Bytes in the socket of the writer; 0 without one. */
  socketBytes(): number
  /** Output that the screen has not drawn yet. */
  screenLagBytes(): number
  /** A caller waits for a snapshot. */
  isHeld(): boolean
}

/**
 * Holds a program back while its reader is behind (shell §5): by the client's own account where it gives one, and by the
 * socket's buffer. Above a high mark the program is paused, below both low marks it continues.
 */
export class Flow {
  readonly #source: FlowSource
  readonly #limits: ShellLimits
  readonly #clock: Clock
  readonly #apply: (paused: boolean) => void
  #paused = false
  #stopped = false
  #poll: Timer | undefined

  constructor(parts: {
    readonly source: FlowSource
    readonly limits: ShellLimits
    readonly clock: Clock
    readonly apply: (paused: boolean) => void
  }) {
    this.#source = parts.source
    this.#limits = parts.limits
    this.#clock = parts.clock
    this.#apply = parts.apply
  }

  /** Something changed: more output, an acknowledgement, another writer. */
  check(): void {
    if (this.#stopped) return
    const { windowBytes, resumeWindowBytes, socketHighBytes, socketLowBytes, screenLagBytes } = this.#limits
    const unconsumed = this.#source.unconsumed() ?? 0
    const socketBytes = this.#source.socketBytes()
    const lagBytes = this.#source.screenLagBytes()
    const isBehind = this.#paused
      ? unconsumed >= resumeWindowBytes || socketBytes >= socketLowBytes || lagBytes >= screenLagBytes / 2
      : unconsumed > windowBytes || socketBytes > socketHighBytes || lagBytes > screenLagBytes
    const paused = isBehind || this.#source.isHeld()
    if (paused !== this.#paused) {
      this.#paused = paused
      this.#apply(paused)
    }
    // A socket does not report that it has drained below a mark; acknowledgements call check() themselves.
    if (paused && socketBytes >= socketLowBytes) this.#poll ??= this.#clock.after(POLL_MS, () => this.#pollAgain())
  }

  /** The program runs freely from now on. */
  stop(): void {
    this.#stopped = true
    if (this.#paused) this.#apply(false)
    this.#paused = false
    this.#poll?.cancel()
    this.#poll = undefined
  }

  #pollAgain(): void {
    this.#poll = undefined
    this.check()
  }
}
