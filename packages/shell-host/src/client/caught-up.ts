import type { ServerControl } from '@holdfast/protocol/shell'
import { encodeFrames } from '@holdfast/shell-framing'
import type { ScreenPicture } from '../screen/screen-model.ts'
import { COALESCE_BYTES } from '../shell/flow.ts'
import type { RingBuffer } from '../shell/ring-buffer.ts'

/** What a client is sent in place of output that is gone, and where its output continues. */
export interface CaughtUp {
  readonly control: ServerControl
  readonly frames: readonly Uint8Array[]
  readonly next: number
}

/** A picture stands for everything up to it; a gap where there is none that the output still continues behind. */
export function caughtUp(picture: ScreenPicture | undefined, has: number, ring: RingBuffer): CaughtUp {
  if (picture === undefined || picture.at < Math.max(ring.start, has)) {
    const next = ring.replayFrom(has)
    return { control: { type: 'gap', from: has, to: next }, frames: [], next }
  }
  const { at, size, bytes } = picture
  const frames = [...encodeFrames('screen', bytes, COALESCE_BYTES)]
  return { control: { type: 'screen', at, bytes: bytes.length, size }, frames, next: at }
}
