import { type Deferred, deferred } from '@holdfast/core/internals'
import type { JsonRpcMessage } from '@holdfast/protocol/acp'

/** What an {@link OutputStream} is made of. */
export interface OutputStreamOptions {
  /** So many messages wait before the one who gives is held back. */
  readonly readAhead: number
  /** A reader has come. */
  readonly read: () => void
  readonly cancelled: () => Promise<void>
}

/** What a client reads, as a stream: it says whether anybody reads at all, and holds back who gives too fast. */
export class OutputStream {
  readonly readable: ReadableStream<JsonRpcMessage>
  readonly #options: OutputStreamOptions
  #controller: ReadableStreamDefaultController<JsonRpcMessage> | undefined
  #isRead = false
  #isOver = false
  #full: Deferred<void> | undefined

  constructor(options: OutputStreamOptions) {
    this.#options = options
    this.readable = new ReadableStream<JsonRpcMessage>(
      {
        start: (controller) => {
          this.#controller = controller
        },
        pull: () => this.#pull(),
        cancel: () => {
          this.#over()
          return options.cancelled()
        },
      },
      { highWaterMark: 0 },
    )
  }

  /** It has been read. */
  get isRead(): boolean {
    return this.#isRead
  }

  /** Nothing more comes. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** A promise that settles when more may come; undefined: at once. */
  push(message: JsonRpcMessage): Promise<void> | undefined {
    if (this.#isOver) return undefined
    this.#controller?.enqueue(message)
    if (-(this.#controller?.desiredSize ?? 0) < this.#options.readAhead) return undefined
    this.#full ??= deferred()
    return this.#full.promise
  }

  /** No more comes. What waits is read first, unless it ends with an error. */
  end(error?: Error): void {
    if (this.#isOver) return
    this.#over()
    if (error === undefined) this.#controller?.close()
    else this.#controller?.error(error)
  }

  /** Everything was read, and more is wanted. */
  #pull(): void {
    this.#full?.resolve()
    this.#full = undefined
    if (this.#isRead) return
    this.#isRead = true
    this.#options.read()
  }

  #over(): void {
    this.#isOver = true
    this.#full?.resolve()
    this.#full = undefined
  }
}
