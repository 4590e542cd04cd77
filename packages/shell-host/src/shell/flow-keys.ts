import type { Clock } from '@holdfast/contract'

const STOP = 0x13
/** Ctrl+Q continues; so do the keys that signal, on a terminal that stops for Ctrl+S (`n_tty` of Linux). */
const GOES_ON: ReadonlySet<number> = new Set([0x11, 0x03, 0x1c, 0x1a])
/** What was on its way when the key came. Output after it was not stopped. */
const UNDER_WAY_MS = 300

/**
 * Whether the output was stopped with Ctrl+S and not resumed. A person who comes back from another window would
 * take the shell for hung. A terminal does not report it; it is stopped as far as can be seen.
 */
export class FlowKeys {
  readonly #clock: Clock
  #stoppedAt: number | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get isStopped(): boolean {
    return this.#stoppedAt !== undefined
  }

  typed(bytes: Uint8Array): void {
    for (const byte of bytes) {
      if (byte === STOP) this.#stoppedAt = this.#clock.now()
      else if (GOES_ON.has(byte)) this.#stoppedAt = undefined
    }
  }

  printed(): void {
    if (this.#stoppedAt !== undefined && this.#clock.now() - this.#stoppedAt > UNDER_WAY_MS) this.#stoppedAt = undefined
  }
}
