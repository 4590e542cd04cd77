import { Fifo } from './fifo.ts'

/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 256

interface Waiting {
  readonly work: () => PromiseLike<void>
  readonly bytes: number
}

/** How much a {@link TaskPool} takes. */
export interface TaskPoolOptions {
  /** At once. @defaultValue 16 */
  readonly maxRunning?: number | undefined
  /** Tasks that may wait for a free place. @defaultValue 10000 */
  readonly maxWaiting?: number | undefined
  /** Behind them, 256 more for each. One is taken whatever its size. @defaultValue 8388608 (8 MiB) */
  readonly maxWaitingBytes?: number | undefined
}

/** Work that runs side by side, so much at once; more waits its turn, bounded by count and by bytes. */
export class TaskPool {
  readonly #maxRunning: number
  readonly #maxWaiting: number
  readonly #maxBytes: number
  readonly #waiting = new Fifo<Waiting>()
  #running = 0
  #bytes = 0

  constructor({ maxRunning = 16, maxWaiting = 10_000, maxWaitingBytes = 8_388_608 }: TaskPoolOptions = {}) {
    this.#maxRunning = maxRunning
    this.#maxWaiting = maxWaiting
    this.#maxBytes = maxWaitingBytes
  }

  /**
   * Runs `work` now or when there is a free place. Returns false when too many wait. `work` reports its own failures;
   * `size`, in bytes, is called only for work that has to wait.
   */
  run(work: () => PromiseLike<void>, size: () => number): boolean {
    if (this.#running < this.#maxRunning) {
      this.#start(work)
      return true
    }
    const count = this.#waiting.length
    if (count >= this.#maxWaiting) return false
    const bytes = size() + MESSAGE_BYTES
    if (count > 0 && this.#bytes + bytes > this.#maxBytes) return false
    this.#waiting.push({ work, bytes })
    this.#bytes += bytes
    return true
  }

  #start(work: () => PromiseLike<void>): void {
    this.#running += 1
    const next = (): void => {
      this.#running -= 1
      const waiting = this.#waiting.shift()
      if (waiting === undefined) return
      this.#bytes -= waiting.bytes
      this.#start(waiting.work)
    }
    work().then(next, next)
  }
}
