export { type ErrorRow, SHELL_FRAMING_ERRORS, type ShellFramingErrorCode } from './errors.ts'
export {
  CHANNEL_BYTES,
  type ChannelName,
  channelName,
  decodeFrame,
  encodeFrame,
  encodeFrames,
  encodeHalfClose,
  halfClosedStream,
  type KnownChannel,
  MAX_FRAME_BYTES,
  type ShellCodecOptions,
  type ShellFrame,
  type ShellMessage,
  shellCodec,
  splitPayload,
} from './framing.ts'
export { TextDecoders } from './text-decoders.ts'
