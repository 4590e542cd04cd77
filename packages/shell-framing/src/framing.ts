import type { Codec, Decoded, WebSocketFrame } from '@holdfast/contract'
import { HoldfastError } from '@holdfast/contract'
import type { ShellFramingErrorCode } from './errors.ts'

/** The channel byte that begins every message (shell §1). */
export const CHANNEL_BYTES = {
  /** → shell, raw bytes. */
  stdin: 0x00,
  /** ← raw bytes. */
  stdout: 0x01,
  /** ← UTF-8 diagnostics, or the program's own error output where there is no terminal. */
  stderr: 0x02,
  /** ← JSON `metav1.Status`. */
  status: 0x03,
  /** → JSON size of the terminal. */
  resize: 0x04,
  /** Both ways, empty. */
  heartbeat: 0x05,
  /** Both ways, positions of the resume extension (shell §5). */
  ack: 0xf0,
  /** Both ways, JSON control messages of the resume extension (shell §5). */
  ctrl: 0xf1,
  /** ← bytes that paint what the terminal shows, and do nothing else (resume extension, shell §5). */
  screen: 0xf2,
  /** Both ways. Empty: the end of the shell. `[255, stream]`: half-close of that stream. */
  close: 0xff,
} as const

/** A channel that the protocol names. */
export type KnownChannel = keyof typeof CHANNEL_BYTES
/** A channel's name; `unknown` for a byte that the protocol does not name. */
export type ChannelName = KnownChannel | 'unknown'

const NAMES = /* @__PURE__ */ namesOf(CHANNEL_BYTES)

function namesOf<Name extends string>(bytes: Readonly<Record<Name, number>>): ReadonlyMap<number, Name> {
  const names = new Map<number, Name>()
  for (const name in bytes) names.set(bytes[name], name)
  return names
}

/** The name of a channel byte. */
export function channelName(byte: number): ChannelName {
  return NAMES.get(byte) ?? 'unknown'
}

/** Largest message, the channel byte included (shell §1). */
export const MAX_FRAME_BYTES = 65_536

/** One message of the wire. */
export interface ShellFrame {
  readonly channel: ChannelName
  /** The byte as it came; distinguishes what `unknown` combines. */
  readonly rawChannelByte: number
  /** A view into the received message, not a copy. */
  readonly payload: Uint8Array
}

const EMPTY = new Uint8Array(0)

/**
 * One message: the channel byte, then the payload. Text is encoded as UTF-8.
 * @throws `framing/frame_too_large` above {@link MAX_FRAME_BYTES}.
 */
export function encodeFrame(channel: KnownChannel, payload: Uint8Array | string = EMPTY): Uint8Array<ArrayBuffer> {
  return withChannelByte(CHANNEL_BYTES[channel], bytesOf(payload))
}

/**
 * As many messages as the payload needs, in order, each at most `maxFrameBytes` long with its channel byte.
 * An empty payload is one message. Produced one at a time: a large payload is never held twice.
 * @throws `framing/bad_frame_limit` when the limit is not an integer from 2 to {@link MAX_FRAME_BYTES}.
 */
export function* encodeFrames(
  channel: KnownChannel,
  payload: Uint8Array | string,
  maxFrameBytes: number = MAX_FRAME_BYTES,
): Generator<Uint8Array<ArrayBuffer>, void, void> {
  for (const piece of splitPayload(bytesOf(payload), maxFrameBytes)) {
    yield withChannelByte(CHANNEL_BYTES[channel], piece)
  }
}

/**
 * Views into the payload that each fit into one message. An empty payload gives one empty view.
 * @throws `framing/bad_frame_limit` as {@link encodeFrames}.
 */
export function* splitPayload(
  payload: Uint8Array,
  maxFrameBytes: number = MAX_FRAME_BYTES,
): Generator<Uint8Array, void, void> {
  if (!Number.isInteger(maxFrameBytes) || maxFrameBytes < 2 || maxFrameBytes > MAX_FRAME_BYTES) {
    throw framingError(
      'framing/bad_frame_limit',
      `Expected a message limit from 2 to ${MAX_FRAME_BYTES} bytes, got ${maxFrameBytes}.`,
    )
  }
  const step = maxFrameBytes - 1
  if (payload.length <= step) {
    yield payload
    return
  }
  for (let at = 0; at < payload.length; at += step) yield payload.subarray(at, at + step)
}

/** Reads one message. The payload is a view into it. An empty message is an issue; an unknown channel is a frame. */
export function decodeFrame(message: Uint8Array): Decoded<ShellFrame> {
  const rawChannelByte = message[0]
  if (rawChannelByte === undefined) {
    return { ok: false, issue: 'expected a channel byte, got an empty message', raw: message }
  }
  return {
    ok: true,
    message: { channel: channelName(rawChannelByte), rawChannelByte, payload: message.subarray(1) },
  }
}

/** `[255, stream]`: the end of one stream, as Kubernetes v5 says it. */
export function encodeHalfClose(stream: KnownChannel): Uint8Array<ArrayBuffer> {
  return new Uint8Array([CHANNEL_BYTES.close, CHANNEL_BYTES[stream]])
}

/** The stream that a half-close ends; `undefined` when the frame is none. */
export function halfClosedStream(frame: ShellFrame): ChannelName | undefined {
  const stream = frame.payload[0]
  if (frame.channel !== 'close' || frame.payload.length !== 1 || stream === undefined) return undefined
  return channelName(stream)
}

function withChannelByte(channelByte: number, payload: Uint8Array): Uint8Array<ArrayBuffer> {
  if (payload.length >= MAX_FRAME_BYTES) {
    throw framingError(
      'framing/frame_too_large',
      `Expected at most ${MAX_FRAME_BYTES - 1} bytes of payload, got ${payload.length}. Use encodeFrames() to split it.`,
    )
  }
  const frame = new Uint8Array(payload.length + 1)
  frame[0] = channelByte
  frame.set(payload, 1)
  return frame
}

function bytesOf(payload: Uint8Array | string): Uint8Array {
  return typeof payload === 'string' ? new TextEncoder().encode(payload) : payload
}

function framingError(code: ShellFramingErrorCode, message: string): HoldfastError {
  return new HoldfastError(code, message)
}

/** What a peer sends: a channel and its payload, of any size. Text is encoded as UTF-8. */
export interface ShellMessage {
  readonly channel: KnownChannel
  readonly payload?: Uint8Array | string | undefined
}

/** Options of {@link shellCodec}. */
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
