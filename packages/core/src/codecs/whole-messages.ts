import type { MessageCodec } from './framing.ts'

/** Messages that are the text itself. */
export const plainText: MessageCodec<string, string> = {
  decode: (frame) =>
    typeof frame === 'string'
      ? { ok: true, message: frame }
      : { ok: false, issue: 'expected text, got bytes', raw: frame },
  encode: (text) => text,
}

/** Messages that are the bytes themselves. */
export const plainBytes: MessageCodec<Uint8Array, Uint8Array> = {
  decode: (frame) =>
    typeof frame === 'string'
      ? { ok: false, issue: 'expected bytes, got text', raw: frame }
      : { ok: true, message: frame },
  encode: (bytes) => bytes,
}
