import type { Clock, Timer } from '@holdfast/contract'

/** A message carries so much output at most, its channel byte included. */
export const COALESCE_BYTES = 32_768
/** Output is sent at once when so much of it waits: another read of a terminal would not fit into the message … */
export const DUE_BYTES = 28_672
/** … or after so long. */
export const COALESCE_MS = 4

/** Gathers a program's output into fewer messages (shell §5). The first bytes after idle, or after a key, go at once. */
export class OutputPacer {
  readonly #clock: Clock
  readonly #send: () => void
  #waitingBytes = 0
  #timer: Timer | undefined
  #typed = false

  constructor(clock: Clock, send: () => void) {
    this.#clock = clock
    this.#send = send
  }

  /** So many more bytes are there. */
  added(bytes: number): void {
    this.#waitingBytes += bytes
    if (this.#timer === undefined || this.#typed || this.#waitingBytes >= DUE_BYTES) this.#flush()
  }

  /** There was input: what comes next may be its echo. */
  typed(): void {
    this.#typed = true
  }

  stop(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #flush(): void {
    this.#waitingBytes = 0
    this.#typed = false
    this.#timer ??= this.#clock.after(COALESCE_MS, () => this.#elapsed())
    this.#send()
  }

  #elapsed(): void {
    this.#timer = undefined
    if (this.#waitingBytes > 0) this.#flush()
  }
}
