import { encodeResize } from '@holdfast/protocol/shell'
import { decodeFrame, encodeFrame, MAX_FRAME_BYTES } from '@holdfast/shell-framing'
import { ShellSessionError } from '../errors.ts'

/** Channel bytes by name, and names by byte. `UNKNOWN` never occurs on the wire. */
export const ShellChannel = {
  STDIN: 0,
  STDOUT: 1,
  STDERR: 2,
  STATUS: 3,
  RESIZE: 4,
  HEARTBEAT: 5,
  CLOSE: 255,
  UNKNOWN: -1,
  0: 'STDIN',
  1: 'STDOUT',
  2: 'STDERR',
  3: 'STATUS',
  4: 'RESIZE',
  5: 'HEARTBEAT',
  255: 'CLOSE',
  '-1': 'UNKNOWN',
} as const
export type ShellChannel = Extract<(typeof ShellChannel)[keyof typeof ShellChannel], number>

/** Largest message, the channel byte included. */
export const MAX_FRAME_SIZE: number = MAX_FRAME_BYTES

/** One message of the shell. */
export interface ShellFrame {
  readonly channel: ShellChannel
  readonly rawChannelByte: number
  /** A `Buffer`; in browsers, which have none, a `Uint8Array`. */
  readonly payload: Buffer
  readonly text: string
  json(): Record<string, unknown>
}

/** A frame of ours, or of a peer, as the published one. */
export function publishedFrame(rawChannelByte: number, bytes: Uint8Array, text?: string): ShellFrame {
  const payload = bufferOf(bytes)
  return {
    channel: channelOf(rawChannelByte),
    rawChannelByte,
    payload,
    text: text ?? new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes),
    json: () => JSON.parse(new TextDecoder().decode(bytes)),
  }
}

/** Encodes and decodes single frames. */
export class ShellFramer {
  /** @throws `shell/protocol_error` on an empty message */
  decode(frame: Uint8Array): ShellFrame {
    const decoded = decodeFrame(frame)
    if (!decoded.ok) throw new ShellSessionError('shell/protocol_error', decoded.issue)
    const { rawChannelByte, payload } = decoded.message
    return publishedFrame(rawChannelByte, payload)
  }

  /** @throws `framing/frame_too_large`; `encodeFrames()` of `@holdfast/shell-framing` splits */
  encodeStdin(data: string | Uint8Array): Buffer {
    return bufferOf(encodeFrame('stdin', data))
  }

  /** @throws `shell/invalid_option` where one is no whole number above 0 */
  encodeResize(width: number, height: number): Buffer {
    if (!(Number.isInteger(width) && Number.isInteger(height) && width > 0 && height > 0)) {
      const got = `${typeof width} ${width} and ${typeof height} ${height}`
      throw new ShellSessionError('shell/invalid_option', `Expected whole numbers above 0, got ${got}.`)
    }
    return bufferOf(encodeFrame('resize', encodeResize({ width, height })))
  }

  encodeHeartbeat(): Buffer {
    return bufferOf(encodeFrame('heartbeat'))
  }

  encodeClose(): Buffer {
    return bufferOf(new Uint8Array([ShellChannel.CLOSE]))
  }
}

const KNOWN: ReadonlySet<unknown> = new Set(Object.values(ShellChannel).filter((value) => typeof value === 'number'))

function channelOf(byte: number): ShellChannel {
  return isKnown(byte) ? byte : ShellChannel.UNKNOWN
}

function isKnown(byte: number): byte is ShellChannel {
  return KNOWN.has(byte)
}

/** The same bytes: as a `Buffer` where the runtime has them, else as they are. */
function bufferOf(bytes: Uint8Array): Buffer {
  if (typeof Buffer !== 'undefined') return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (isAsGood(bytes)) return bytes
  throw new TypeError('Expected bytes.')
}

/** In browsers, which have no `Buffer`, its type is that of the published client alone. */
function isAsGood(bytes: Uint8Array): bytes is Buffer {
  return bytes instanceof Uint8Array
}
