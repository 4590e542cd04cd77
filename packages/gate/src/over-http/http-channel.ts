import { HoldfastError } from '@holdfast/contract'
import type { CarriedItem } from '@holdfast/contract/over-http'
import { type RawData, WebSocket } from 'ws'
import type { Downstream } from './downstream.ts'

/** Codes that stand for "no close frame carried one" (RFC 6455 §7.4.1). */
const NO_CODE = 1005
const NO_FRAME = 1006
/** A message that is larger than what is taken (RFC 6455 §7.4.1). */
const TOO_LARGE = 1009

/** One connection that is carried over HTTP: a WebSocket within this process, and what goes to its client. */
export class HttpChannel {
  readonly #webSocket: WebSocket
  readonly #down: Downstream
  /** Requests that brought something. */
  #taken = 0
  /** Its endpoint has said something: it knows who is there. */
  hasSpoken = false

  constructor(webSocket: WebSocket, down: Downstream) {
    this.#webSocket = webSocket
    this.#down = down
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
   * What a client says, in order. Resolves once the endpoint has taken it in: one that does not read is not sent more.
   * @throws HoldfastError `server/bad_request` where something is missing, or is none of the wire's
   */
  async take(number: number, items: readonly CarriedItem[]): Promise<void> {
    // Something on the way asked again: it has had its effect.
    if (number < this.#taken) return
    if (number > this.#taken) {
      this.terminate()
      throw new HoldfastError('server/bad_request', `Expected request ${this.#taken} of this channel.`)
    }
    this.#taken += 1
    await Promise.all(items.map((item) => this.#takeItem(item)))
  }

  /** A body that is too large is a message that is too large. */
  refuse(): void {
    this.#sayClose(TOO_LARGE, 'The request that brought it is too large.')
    this.terminate()
  }

  /** Ends it for its endpoint; the client is told what waits for it. */
  terminate(): void {
    this.#webSocket.terminate()
  }

  /** Ends it for both, at once. */
  destroy(): void {
    this.terminate()
    this.#down.destroy()
  }

  #takeItem(item: CarriedItem): Promise<void> | undefined {
    const webSocket = this.#webSocket
    if (webSocket.readyState !== WebSocket.OPEN) return undefined
    if (item.kind === 'frame') return new Promise((resolve) => webSocket.send(item.frame, () => resolve()))
    if (item.kind === 'ping') webSocket.ping()
    else if (item.kind === 'pong') webSocket.pong()
    else if (item.kind === 'close') this.#close(item.code, item.reason)
    return undefined
  }

  #close(code: number | undefined, reason: string): void {
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
