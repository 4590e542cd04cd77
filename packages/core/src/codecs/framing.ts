import { type Codec, type Decoded, severalMessages, type WebSocketFrame } from '@holdfast/contract'
import { codecError } from './errors.ts'

/** One piece of a byte stream: the bytes of one message, or one line that says what is wrong with it. */
export type Cut = Uint8Array | { readonly issue: string }

/** How a byte stream is cut into messages. One for each channel: it keeps what continues in the next piece. */
export interface Framing {
  /** What ends in this piece, in order. Read to its end before the next piece is given. */
  cut(piece: Uint8Array): Iterable<Cut>
  /** Without a memory. @throws `codec/unframeable` */
  readonly frame: (message: Uint8Array) => Uint8Array
}

/** A codec of messages that are whole, which a stream carries: `jsonText()` for one. */
export type MessageCodec<In, Out> = Codec<In, Out, WebSocketFrame, WebSocketFrame>

/** A codec for channels that carry bytes with no regard to messages, such as TCP, a pipe or a child's output. */
export type StreamCodec<In, Out> = Codec<In, Out, WebSocketFrame, Uint8Array>

/** The largest message, in bytes: what transports take in one message. */
const MAX_MESSAGE_BYTES = 16_777_216

/** Text of UTF-8 bytes; what is none is an issue of its message. */
const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = /* @__PURE__ */ new TextEncoder()

export function bytesOf(frame: WebSocketFrame): Uint8Array {
  return typeof frame === 'string' ? encoder.encode(frame) : frame
}

/** Puts a codec of whole messages on top of a framing. `asText`: messages are given to it as text. */
export function streamCodec<In, Out>(
  messages: MessageCodec<In, Out>,
  open: () => Framing,
  asText: boolean,
): StreamCodec<In, Out> {
  const { frame: framed } = open()
  const decoder = (): ((frame: WebSocketFrame) => Generator<Decoded<In>>) => {
    const framing = open()
    return function* decodeAll(frame) {
      for (const cut of framing.cut(bytesOf(frame))) yield decoded(messages, cut, asText)
    }
  }
  return {
    reader: severalMessages(decoder),
    decode: (frame) => {
      const [only, more] = decoder()(frame)
      return only !== undefined && more === undefined ? only : { ok: false, issue: 'expected one whole message' }
    },
    encode: (message) => framesOf(messages.encode(message)).map((frame) => framed(bytesOf(frame))),
  }
}

function decoded<In, Out>(messages: MessageCodec<In, Out>, cut: Cut, asText: boolean): Decoded<In> {
  if (!(cut instanceof Uint8Array)) return { ok: false, issue: cut.issue }
  if (!asText) return sized(messages.decode(cut), cut.length)
  let text: string
  try {
    text = utf8.decode(cut)
  } catch {
    return { ok: false, issue: 'not valid UTF-8', raw: cut }
  }
  return sized(messages.decode(text), cut.length)
}

function sized<In>(one: Decoded<In>, bytes: number): Decoded<In> {
  return one.ok ? { ...one, bytes } : one
}

function framesOf(wire: WebSocketFrame | Iterable<WebSocketFrame>): readonly WebSocketFrame[] {
  return typeof wire === 'string' || wire instanceof Uint8Array ? [wire] : [...wire]
}

export function tooLarge(what: string, maxBytes: number, codec: string): Cut {
  return {
    issue: `${what} of more than ${maxBytes} bytes was left out: raise maxBytes of ${codec}() if such are expected`,
  }
}

/** @throws `codec/invalid_option` */
export function checkedBytes(maxBytes: number = MAX_MESSAGE_BYTES): number {
  if (Number.isSafeInteger(maxBytes) && maxBytes > 0) return maxBytes
  throw codecError('codec/invalid_option', `maxBytes must be a whole number above zero, not ${maxBytes}.`)
}
