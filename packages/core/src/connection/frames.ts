import type { Channel, Codec, Decoded } from '@holdfast/contract'

/** A codec may give one frame or several. */
export function writeFrames<WireOut>(channel: Channel<unknown, WireOut>, wire: WireOut | Iterable<WireOut>): void {
  if (typeof wire === 'string' || wire instanceof Uint8Array) channel.send(wire as WireOut)
  else for (const frame of wire as Iterable<WireOut>) channel.send(frame)
}

/** Text counts one byte a character. */
export function sizeOf(frame: unknown): number {
  return typeof frame === 'string' || frame instanceof Uint8Array ? frame.length : 0
}

interface Problems {
  problem(what: string, error?: unknown): void
}

/** What a codec makes of a frame; one that throws is reported, and the frame is invalid. */
export function decodeFrame<In, WireIn>(
  codec: Codec<In, unknown, WireIn, unknown>,
  frame: WireIn,
  problems: Problems,
): Decoded<In> {
  try {
    return codec.decode(frame)
  } catch (error) {
    return threw(error, problems)
  }
}

/** The same of a codec whose frames carry none, one or many messages. */
export function decodeFrames<In, WireIn>(
  codec: Codec<In, unknown, WireIn, unknown>,
  frame: WireIn,
  problems: Problems,
): readonly Decoded<In>[] {
  try {
    return [...(codec.decodeAll?.(frame) ?? [])]
  } catch (error) {
    return [threw(error, problems)]
  }
}

function threw(error: unknown, problems: Problems): { readonly ok: false; readonly issue: string } {
  problems.problem('the codec threw', error)
  return { ok: false, issue: 'the codec threw' }
}
