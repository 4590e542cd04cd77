import type { Readable } from 'node:stream'
import type { Clock, Timer } from '@holdfast/contract'

/** Pipes that are still open so long after the exit, and silent, are held by processes of the background. */
const SILENT_MS = 50
const SILENT_TRIES = 4

/**
 * The output pipes of a child process up to its exit: `drained` is called once everything that was in them at the exit
 * has been delivered, also when processes of the background hold them open.
 */
export class ChildOutput {
  readonly #pipes: readonly Readable[]
  readonly #clock: Clock
  #silentTries = 0
  #timer: Timer | undefined
  #disposed = false

  constructor(clock: Clock, pipes: readonly { readonly pipe: Readable; readonly deliver: (chunk: Buffer) => void }[]) {
    this.#clock = clock
    this.#pipes = pipes.map(({ pipe }) => pipe)
    for (const { pipe, deliver } of pipes) {
      pipe.on('error', () => {})
      pipe.on('data', (chunk: Buffer) => {
        this.#silentTries = 0
        if (!this.#disposed) deliver(chunk)
      })
    }
  }

  pause(): void {
    for (const pipe of this.#pipes) pipe.pause()
  }

  resume(): void {
    for (const pipe of this.#pipes) pipe.resume()
  }

  /** Call it at the exit. */
  drain(drained: () => void): void {
    if (this.#disposed) return
    if (this.#pipes.every((pipe) => pipe.readableEnded || pipe.destroyed)) return drained()
    const paused = this.#pipes.some((pipe) => pipe.isPaused())
    this.#silentTries = paused ? 0 : this.#silentTries + 1
    if (this.#silentTries > SILENT_TRIES) return drained()
    // The first tries come fast: pipes nearly always end with the program.
    const waitMs = this.#silentTries === 1 ? 1 : SILENT_MS
    this.#timer = this.#clock.after(waitMs, () => this.drain(drained))
  }

  dispose(): void {
    this.#disposed = true
    this.#timer?.cancel()
    for (const pipe of this.#pipes) pipe.destroy()
  }
}
