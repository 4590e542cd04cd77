import type { WebSocketFrame } from './channel/channel.ts'
import type { Codec, Decoded } from './codec.ts'
import { type StandardSchema, schemaIssue } from './standard-schema.ts'

/** Any value that JSON can carry. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json | undefined }

/** Options of {@link jsonText}. */
export interface JsonTextOptions<In> {
  /**
   * Turns a parsed value into a message, or returns one line that says what is wrong with it.
   * @defaultValue every value is a message
   */
  readonly parse?: ((value: unknown) => Decoded<In>) | undefined
  /**
   * Used instead of `parse`: a schema of zod, valibot, arktype or another library that implements Standard Schema. It
   * must be synchronous. Its output is the message. @defaultValue none
   */
  readonly schema?: StandardSchema<In> | undefined
}

/**
 * The plain codec: one JSON text a frame. A binary frame, a text that does not parse and a value that does not fit are
 * issues, never a throw. Without `parse` and `schema` the messages are `unknown`.
 */
export function jsonText<In = unknown, Out = unknown>(
  options: JsonTextOptions<In> = {},
): Codec<In, Out, WebSocketFrame, WebSocketFrame> {
  const { schema, parse } = options
  return parsedJson(schema === undefined ? parse : (value) => read(schema, value))
}

/** {@link jsonText} with `parse` alone: smaller, for codecs that bring checks of their own. */
export function parsedJson<In, Out>(
  parse: (value: unknown) => Decoded<In> = (value) => ({ ok: true, message: value as In }),
): Codec<In, Out, WebSocketFrame, WebSocketFrame> {
  return {
    decode(frame) {
      if (typeof frame !== 'string') return { ok: false, issue: 'expected a text frame, got binary', raw: frame }
      let value: unknown
      try {
        value = JSON.parse(frame)
      } catch {
        return { ok: false, issue: 'not valid JSON', raw: frame }
      }
      return parse(value)
    },
    encode: (message) => JSON.stringify(message),
  }
}

function read<In>(schema: StandardSchema<In>, value: unknown): Decoded<In> {
  try {
    const result = schema['~standard'].validate(value)
    if (!(result instanceof Promise)) {
      if (result.issues === undefined) return { ok: true, message: result.value }
      return { ok: false, issue: schemaIssue(result.issues), raw: value }
    }
    result.catch(() => {})
  } catch {}
  return { ok: false, issue: 'message: its schema gave no answer at once', raw: value }
}
