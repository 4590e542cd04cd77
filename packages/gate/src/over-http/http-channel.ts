import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '@holdfast/contract'
import type { CarriedItem } from '@holdfast/contract/over-http'
import { type RawData, WebSocket } from 'ws'
import type { Downstream } from './downstream.ts'

/** Codes that stand for "no close frame carried one" (RFC 6455 §7.4.1). */
const NO_CODE = 1005
const NO_FRAME = 1006
/** A message that is larger than what is taken (RFC 6455 §7.4.1). */
const TOO_LARGE = 1009

/** Writes that are under way together. */
const MAX_WRITES = 256

/** A request that brings something. */
export interface Post {
  readonly request: IncomingMessage
  /** Its body. */
  readonly read: () => Promise<readonly CarriedItem[]>
}

/** One connection that is carried over HTTP: a WebSocket within this process, and what goes to its client. */
export class HttpChannel {
  readonly #webSocket: WebSocket
  readonly #down: Downstream
  /** A write whose socket is gone is never said to be done. */
  readonly #ended: Promise<void>
  /** Requests that brought something. */
  #taken = 0
  /** The last of them, until the endpoint has it. */
  #taking: Promise<void> = Promise.resolve()
  #isTaking = false
  /** The one whose body is on its way. */
  #reading: IncomingMessage | undefined
  /** Its endpoint has said something: it knows who is there. */
  hasSpoken = false

  constructor(webSocket: WebSocket, down: Downstream) {
    this.#webSocket = webSocket
    this.#down = down
    this.#ended = new Promise((resolve) => webSocket.once('close', () => resolve()))
    webSocket.on('message', (data: RawData, isBinary: boolean) => {
      this.hasSpoken = true
      down.send({ kind: 'frame', frame: isBinary ? bytesOf(data) : data.toString() })
    })
    webSocket.on('ping', () => down.send({ kind: 'ping' }))
    webSocket.on('pong', () => down.send({ kind: 'pong' }))
    webSocket.on('close', (code, reason) => {
      if (code !== NO_FRAME) this.#sayClose(code === NO_CODE ? undefined : code, reason.toString())
      down.end()
    })
  }

  /** For a client that can only be asked for more, or asks. */
  get down(): Downstream {
    return this.#down
  }

  /**
   * What a client says, in order: `read` is asked only for what is the next. Resolves once the endpoint has taken it in, or has
   * ended: one that does not read is not sent more.
   * @throws HoldfastError `server/bad_request` where something is missing, or comes before the last has been taken
   */
  async take(number: number, post: Post): Promise<void> {
    // Something on the way asked again: it has had its effect, or is having it.
    if (number < this.#taken) return this.#taking
    if (number > this.#taken || this.#isTaking) {
      this.terminate()
      throw new HoldfastError(
        'server/bad_request',
        `Expected request ${this.#taken} of this channel, once the one before it is answered.`,
      )
    }
    const items = await this.#read(post)
    this.#taken += 1
    this.#isTaking = true
    this.#taking = this.#takeAll(items).finally(() => {
      this.#isTaking = false
    })
    return this.#taking
  }

  /** A body that is too large is a message that is too large. */
  refuse(): void {
    this.#sayClose(TOO_LARGE, 'The request that brought it is too large.')
    this.terminate()
  }

  /** Ends it for its endpoint; the client still gets what waits for it. */
  terminate(): void {
    this.#webSocket.terminate()
  }

  /** Ends it for both, at once. */
  destroy(): void {
    this.terminate()
    this.#down.destroy()
  }

  async #read({ request, read }: Post): Promise<readonly CarriedItem[]> {
    // Something on the way has given up the one before: what it has sent of it is not kept.
    this.#reading?.destroy()
    this.#reading = request
    try {
      const items = await read()
      if (this.#reading === request) return items
    } finally {
      if (this.#reading === request) this.#reading = undefined
    }
    throw new HoldfastError('server/bad_request', 'The same request came again.')
  }

  /** A few at a time, so that many small ones do not become a heap of writes. */
  async #takeAll(items: readonly CarriedItem[]): Promise<void> {
    for (let at = 0; at < items.length; at += MAX_WRITES) {
      const taken = Promise.all(items.slice(at, at + MAX_WRITES).map((item) => this.#takeItem(item)))
      await Promise.race([taken, this.#ended])
    }
  }

  #takeItem(item: CarriedItem): Promise<void> | undefined {
    const webSocket = this.#webSocket
    if (webSocket.readyState !== WebSocket.OPEN) return undefined
    if (item.kind === 'close') return this.#close(item.code, item.reason)
    return new Promise((resolve) => {
      if (item.kind === 'frame') webSocket.send(item.frame, () => resolve())
      else if (item.kind === 'ping') webSocket.ping('', undefined, () => resolve())
      else webSocket.pong('', undefined, () => resolve())
    })
  }

  #close(code: number | undefined, reason: string): undefined {
    try {
      this.#webSocket.close(code, reason)
    } catch {
      this.terminate()
      throw new HoldfastError(
        'server/bad_request',
        'A close has a code that may be sent, and at most 123 bytes of reason.',
      )
    }
  }

  #sayClose(code: number | undefined, reason: string): void {
    this.#down.send({ kind: 'close', code, reason })
  }
}

function bytesOf(data: RawData): Uint8Array {
  if (data instanceof ArrayBuffer) return new Uint8Array(data)
  return Array.isArray(data) ? Buffer.concat(data) : data
}
