import type { WebSocketFrame } from './channel.ts'
import type { Codec, Decoded } from './codec.ts'

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** What {@link jsonText} may be told. */
export interface JsonTextOptions<In> {
  /** Turns a parsed value into a message, or says in one line what is wrong with it. Default: every value is a message. */
  readonly parse?: ((value: unknown) => Decoded<In>) | undefined
}

/**
 * The plain codec: one JSON text a frame. A binary frame or a text that does not parse is an issue, never a throw.
 * Without `parse` the messages are `unknown`: check them, or give a schema.
 */
export function jsonText<In = unknown, Out = unknown>(
  options: JsonTextOptions<In> = {},
): Codec<In, Out, WebSocketFrame, WebSocketFrame> {
  const { parse } = options
  return {
    decode(frame) {
      if (typeof frame !== 'string') return { ok: false, issue: 'expected a text frame, got binary', raw: frame }
      let value: unknown
      try {
        value = JSON.parse(frame)
      } catch {
        return { ok: false, issue: 'not valid JSON', raw: frame }
      }
      return parse === undefined ? { ok: true, message: value as In } : parse(value)
    },
    encode: (message) => JSON.stringify(message),
  }
}
