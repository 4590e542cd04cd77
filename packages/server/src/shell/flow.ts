import type { Clock, Timer } from '@holdfast/contract'
import type { ShellLimits } from './limits.ts'

/** How often a socket that is too full is looked at again. */
const POLL_MS = 5

/** Who holds the program back, seen from the shell. */
export interface FlowSource {
  /** Output that exists and the writer's application has not taken, where the writer tells; else `undefined`. */
  unconsumed(): number | undefined
  /** Bytes in the socket of a writer that does not tell; 0 without a writer. */
  socketBytes(): number
}

/**
 * Holds a program back while its reader is behind (shell §5): by the client's own account where it gives one, else by
 * the socket's buffer. Above the high mark the program is paused, below the low mark it goes on.
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
    const told = this.#source.unconsumed()
    const limits = this.#limits
    const [behind, high, low] =
      told === undefined
        ? [this.#source.socketBytes(), limits.socketHighBytes, limits.socketLowBytes]
        : [told, limits.windowBytes, limits.resumeWindowBytes]
    const paused = this.#paused ? behind >= low : behind > high
    if (paused !== this.#paused) {
      this.#paused = paused
      this.#apply(paused)
    }
    // A socket tells nobody that it has drained below a mark; acknowledgements call check() themselves.
    if (paused && told === undefined) this.#poll ??= this.#clock.after(POLL_MS, () => this.#pollAgain())
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
