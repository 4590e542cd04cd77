import type { Channel, Codec, Decoded, MessageTaker } from '@holdfast/contract'

/** A codec may give one frame or several. */
export function writeFrames<WireOut>(channel: Channel<unknown, WireOut>, wire: WireOut | Iterable<WireOut>): void {
  if (typeof wire === 'string' || wire instanceof Uint8Array) channel.send(wire as WireOut)
  else for (const frame of wire as Iterable<WireOut>) channel.send(frame)
}

/** Text counts one byte a character. */
export function sizeOf(frame: unknown): number {
  return typeof frame === 'string' || frame instanceof Uint8Array ? frame.length : 0
}

/** The one message of a frame. */
export function decodeFrame<In, WireIn>(
  codec: Codec<In, unknown, WireIn, unknown>,
  frame: WireIn,
  taker: MessageTaker<In>,
): void {
  let decoded: Decoded<In>
  try {
    decoded = codec.decode(frame)
  } catch (error) {
    return taker.threw(error)
  }
  taker.decoded(decoded, sizeOf(frame))
}
