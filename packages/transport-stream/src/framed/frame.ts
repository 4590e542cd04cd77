import { ByteQueue } from '@holdfast/contract/channel'

/** Kinds of frames; those of RFC 6455 §5.2 where it has them. */
export const KIND = { text: 1, bytes: 2, close: 8, ping: 9, pong: 10, open: 16, opened: 17, refused: 18 } as const

/** A kind, four bytes of length with the most significant first, and so many bytes. */
export interface Frame {
  readonly kind: number
  readonly payload: Uint8Array
}

const HEADER_BYTES = 5
const encoder = /* @__PURE__ */ new TextEncoder()
const decoder = /* @__PURE__ */ new TextDecoder()

export function frameOf(kind: number, content: string | Uint8Array = ''): Uint8Array {
  const payload = typeof content === 'string' ? encoder.encode(content) : content
  const bytes = new Uint8Array(HEADER_BYTES + payload.length)
  const view = new DataView(bytes.buffer)
  view.setUint8(0, kind)
  view.setUint32(1, payload.length)
  bytes.set(payload, HEADER_BYTES)
  return bytes
}

export function textOf({ payload }: Frame): string {
  return decoder.decode(payload)
}

/** Cuts a stream into frames. */
export class FrameCutter {
  readonly #bytes = new ByteQueue()
  readonly #maxBytes: number
  #header: { readonly kind: number; readonly length: number } | undefined

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  push(piece: Uint8Array): void {
    this.#bytes.push(piece)
  }

  /** Everything behind the frames that were taken. */
  rest(): Uint8Array {
    return this.#bytes.take(this.#bytes.length)
  }

  /** The next whole frame; its length alone where that is too much. */
  next(): Frame | { readonly tooLarge: number } | undefined {
    if (this.#header === undefined) {
      if (this.#bytes.length < HEADER_BYTES) return undefined
      const header = this.#bytes.take(HEADER_BYTES)
      const view = new DataView(header.buffer, header.byteOffset)
      this.#header = { kind: view.getUint8(0), length: view.getUint32(1) }
    }
    const { kind, length } = this.#header
    if (length > this.#maxBytes) return { tooLarge: length }
    if (this.#bytes.length < length) return undefined
    this.#header = undefined
    return { kind, payload: this.#bytes.take(length) }
  }
}
