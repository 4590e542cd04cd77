import { type Codec, severalMessages, type WebSocketFrame } from '@holdfast/contract'

/** What {@link parserCodec} is made of. */
export interface ParserRules<In, Out> {
  /**
   * Called when a channel opens. The returned function gets every piece as it arrives, a frame or a part of a stream,
   * and yields the messages that end in it; it keeps the rest for the next piece. An error that it throws is reported
   * as an invalid message, after the messages that it yielded before.
   */
  open(): (piece: WebSocketFrame) => Iterable<In>
  /** Without a memory. One piece, or several in order. What it throws rejects the message with `delivery/encode_failed`. */
  encode(message: Out): WebSocketFrame | Iterable<WebSocketFrame>
}

/**
 * A codec around a parser, such as one from npm, for wires on which a piece carries none, one or many messages.
 * Messages that arrive together wait in it while the app does not read. Every byte counts for a message that it came
 * before, so that bounds in bytes hold.
 */
export function parserCodec<In, Out>({
  open,
  encode,
}: ParserRules<In, Out>): Codec<In, Out, WebSocketFrame, WebSocketFrame> {
  return {
    reader: severalMessages(() => decoderOf(open())),
    decode: (piece) => {
      const [only, more] = decoderOf(open())(piece)
      return only !== undefined && more === undefined ? only : { ok: false, issue: 'expected one whole message' }
    },
    encode,
  }
}

function decoderOf<In>(parse: (piece: WebSocketFrame) => Iterable<In>) {
  /** Came since the last message. */
  let bytes = 0
  return (piece: WebSocketFrame) => {
    bytes += piece.length
    const found: In[] = []
    let issue: string | undefined
    try {
      for (const message of parse(piece)) found.push(message)
    } catch (error) {
      issue = error instanceof Error ? error.message : String(error)
    }
    const each = Math.ceil(bytes / found.length)
    if (found.length > 0 || issue !== undefined) bytes = 0
    const decoded = found.map((message) => ({ ok: true as const, message, bytes: each }))
    return issue === undefined ? decoded : [...decoded, { ok: false as const, issue }]
  }
}
