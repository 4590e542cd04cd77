import type { Codec, WebSocketFrame } from '@holdfast/contract'
import type { KnownChannel } from './channels.ts'
import { decodeFrame, encodeFrames, MAX_FRAME_BYTES, type ShellFrame } from './framing.ts'

/** What a peer sends: a channel and its payload, of any size. Text is encoded as UTF-8. */
export interface ShellMessage {
  readonly channel: KnownChannel
  readonly payload?: Uint8Array | string | undefined
}

/** What {@link shellCodec} may be told. */
export interface ShellCodecOptions {
  /** Largest message to send, the channel byte included. @defaultValue {@link MAX_FRAME_BYTES} */
  readonly maxFrameBytes?: number | undefined
}

/** The codec of the shell wire (shell §1): a payload too large for one message is split, text frames are issues. */
export function shellCodec(
  options: ShellCodecOptions = {},
): Codec<ShellFrame, ShellMessage, WebSocketFrame, Uint8Array> {
  const maxFrameBytes = options.maxFrameBytes ?? MAX_FRAME_BYTES
  return {
    decode: (frame) =>
      typeof frame === 'string'
        ? { ok: false, issue: 'expected a binary message, got text', raw: frame }
        : decodeFrame(frame),
    encode: (message) => encodeFrames(message.channel, message.payload ?? '', maxFrameBytes),
  }
}
