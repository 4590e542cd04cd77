import type { WebSocketFrame } from '@holdfast/core'
import { Fifo } from '@holdfast/core/protocol'
import { MESSAGE_BYTES } from './session-types.ts'

/** What the messages of a session are handled with. */
export interface HandlerQueueOptions {
  readonly maxBytes: number
  /** May return a promise: the next message waits for it. */
  readonly handle: (data: WebSocketFrame) => unknown
  /** The app is done with this message, also where it failed. */
  readonly done: (n: number) => void
  readonly failed: (error: unknown) => void
  /** Whether more should come, whenever that changes. */
  readonly changed: (isFull: boolean) => void
}

interface Waiting {
  readonly n: number
  readonly data: WebSocketFrame
}

/** The messages of one client, handled one after the other. */
export class HandlerQueue {
  readonly #options: HandlerQueueOptions
  readonly #waiting = new Fifo<Waiting>()
  #bytes = 0
  #isRunning = false
  #isFull = false

  constructor(options: HandlerQueueOptions) {
    this.#options = options
  }

  /** No more should come until the app is done with half of it. */
  get isFull(): boolean {
    return this.#isFull
  }

  add(n: number, data: WebSocketFrame): void {
    this.#waiting.push({ n, data })
    this.#counts(data.length + MESSAGE_BYTES)
    if (!this.#isRunning) void this.#run()
  }

  clear(): void {
    this.#waiting.replace([])
    this.#bytes = 0
  }

  /** What returns no promise is done at once. */
  async #run(): Promise<void> {
    this.#isRunning = true
    for (let { first } = this.#waiting; first !== undefined; { first } = this.#waiting) {
      const { data } = first
      try {
        const handled = this.#options.handle(data)
        if (isThenable(handled)) await handled
      } catch (error) {
        this.#options.failed(error)
      }
      // It was cleared meanwhile.
      if (this.#waiting.first !== first) continue
      this.#waiting.shift()
      this.#options.done(first.n)
      this.#counts(-data.length - MESSAGE_BYTES)
    }
    this.#isRunning = false
  }

  #counts(bytes: number): void {
    this.#bytes += bytes
    const { maxBytes, changed } = this.#options
    const isFull = this.#bytes > (this.#isFull ? maxBytes / 2 : maxBytes)
    if (isFull === this.#isFull) return
    this.#isFull = isFull
    changed(isFull)
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof Object(value).then === 'function'
}
