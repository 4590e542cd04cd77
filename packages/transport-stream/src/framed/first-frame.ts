import type { WebSocketChannel } from '@holdfast/contract'
import type { ChannelBounds } from '@holdfast/contract/channel'
import { streamError } from '../errors.ts'
import { type Frame, FrameCutter } from './frame.ts'
import { FramedSocket } from './framed-socket.ts'

/** What stands before the messages: a URL, headers, a body. */
const MAX_OPENING_BYTES = 65_536

/** A stream whose first frame has come, and which becomes a channel of messages. */
export interface FirstFrame {
  readonly frame: Frame
  /** What comes behind it is held. */
  channel(opening: FramedSocket['opening']): WebSocketChannel
}

/** Starts a channel of bytes, and waits for its first frame. @throws `channel/connection_lost`, `channel/peer_violation` */
export function firstFrame(
  stream: WebSocketChannel,
  maxMessageBytes: number,
  bounds: ChannelBounds,
): Promise<FirstFrame> {
  return new Promise((resolve, reject) => {
    const cutter = new FrameCutter(maxMessageBytes)
    const opening = new FrameCutter(MAX_OPENING_BYTES)
    let socket: FramedSocket | undefined
    let isOver = false
    let lost: { readonly cause: unknown } | undefined
    const make = (given: FramedSocket['opening']): WebSocketChannel => {
      socket = new FramedSocket({ stream, cutter, opening: given, bounds })
      if (lost !== undefined) socket.lost(lost.cause)
      return socket.channel
    }
    const first = (piece: Uint8Array): void => {
      opening.push(piece)
      const frame = opening.next()
      if (frame === undefined) return
      isOver = true
      stream.pause()
      if ('tooLarge' in frame) return reject(streamError('channel/peer_violation', 'The peer does not speak framed().'))
      cutter.push(opening.rest())
      resolve({ frame, channel: make })
    }
    stream.start({
      frame: (piece) => {
        const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece
        if (!isOver) return first(bytes)
        cutter.push(bytes)
        socket?.received()
      },
      closed: ({ cause }) => {
        lost = { cause }
        reject(streamError('channel/connection_lost', 'The stream ended before the first frame.', undefined, cause))
        socket?.lost(cause)
      },
    })
  })
}
