import type { HoldfastError, WebSocketFrame } from '@holdfast/core'
import { Fifo } from '@holdfast/core/protocol'
import { socketError } from '../errors.ts'
import { bytesOf, frameOf, isBlob, MESSAGE_BYTES, type SocketData } from './socket-data.ts'

/** One thing that was sent. */
export interface Sent {
  readonly data: SocketData
  readonly bytes: number
  /** It will not be written. */
  readonly refused: (error: HoldfastError) => void
  /** It is handed on. */
  readonly frame: (frame: WebSocketFrame, bytes: number) => void
}

interface Waiting extends Sent {
  readonly ready: WebSocketFrame | Blob
}

/** Keeps the order of what is sent while the bytes of a blob are being read. Without blobs nothing waits here. */
export class SendOrder {
  readonly #maxBytes: number
  readonly #waiting = new Fifo<Waiting>()
  #bytes = 0
  #reading: Promise<void> | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Bytes that wait here. */
  get bytes(): number {
    return this.#bytes
  }

  /** Settles when nothing waits any more; undefined: nothing does. */
  get idle(): Promise<void> | undefined {
    return this.#reading
  }

  add(data: SocketData, callbacks: Pick<Sent, 'frame' | 'refused'>): void {
    const ready = isBlob(data) ? data : frameOf(data)
    const bytes = isBlob(ready) ? ready.size : bytesOf(ready)
    if (this.#reading === undefined && !isBlob(ready)) return callbacks.frame(ready, bytes)
    const cost = this.#bytes + bytes + (this.#waiting.length + 1) * MESSAGE_BYTES
    if (cost > this.#maxBytes) return callbacks.refused(socketError('websocket/too_much_waits'))
    this.#bytes += bytes
    this.#waiting.push({ data, bytes, ready, ...callbacks })
    this.#reading ??= this.#readAll()
  }

  /** Takes back what waits. */
  drain(): SocketData[] {
    const waiting = this.#waiting.all()
    this.#waiting.replace([])
    this.#bytes = 0
    return waiting.map(({ data }) => data)
  }

  async #readAll(): Promise<void> {
    for (let first = this.#waiting.first; first !== undefined; first = this.#waiting.first) {
      const frame = await readyOf(first)
      // Taken back meanwhile.
      if (this.#waiting.first !== first) continue
      this.#waiting.shift()
      this.#bytes -= first.bytes
      if (frame !== undefined) first.frame(frame, first.bytes)
    }
    this.#reading = undefined
  }
}

async function readyOf({ ready, refused }: Waiting): Promise<WebSocketFrame | undefined> {
  if (!isBlob(ready)) return ready
  try {
    return new Uint8Array(await ready.arrayBuffer())
  } catch (error) {
    refused(socketError('websocket/unreadable_blob', '', error))
    return undefined
  }
}
