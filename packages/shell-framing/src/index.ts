export { CHANNEL_BYTES, type ChannelName, channelName, type KnownChannel } from './channels.ts'
export { type ErrorRow, SHELL_FRAMING_ERRORS, type ShellFramingErrorCode } from './errors.ts'
export {
  decodeFrame,
  encodeFrame,
  encodeFrames,
  encodeHalfClose,
  halfClosedStream,
  MAX_FRAME_BYTES,
  type ShellCodecOptions,
  type ShellFrame,
  type ShellMessage,
  shellCodec,
  splitPayload,
} from './framing.ts'
export { TextDecoders } from './text-decoders.ts'
