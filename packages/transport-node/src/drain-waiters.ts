import { abortReason } from '@holdfast/contract'
import type { CorkedSocket } from './corked-socket.ts'

/** Those who wait until nothing is buffered at a socket, or until it has ended. */
export class DrainWaiters {
  readonly #socket: CorkedSocket
  readonly #bufferedBytes: () => number
  #waiters: (() => void)[] = []

  constructor(socket: CorkedSocket, bufferedBytes: () => number) {
    this.#socket = socket
    this.#bufferedBytes = bufferedBytes
  }

  /** @throws the signal's reason */
  wait(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      const settle = (): void => {
        signal?.removeEventListener('abort', abort)
        resolve()
      }
      const abort = (): void => {
        this.#waiters = this.#waiters.filter((waiter) => waiter !== settle)
        reject(abortReason(signal))
      }
      signal?.addEventListener('abort', abort, { once: true })
      this.#waiters = [...this.#waiters, settle]
      if (this.#waiters.length === 1) this.#watch()
    })
  }

  /** Nobody has to wait any more. */
  settle(): void {
    const waiters = this.#waiters
    this.#waiters = []
    for (const settle of waiters) settle()
  }

  #watch(): void {
    this.#socket.flushed(() => {
      if (this.#waiters.length === 0) return
      if (this.#bufferedBytes() > 0) this.#watch()
      else this.settle()
    })
  }
}
