import type { AttachRequest } from '../client/attach-request.ts'
import type { OutputBeginning } from '../client/output-sender.ts'
import type { ScreenPicture } from '../screen/screen-model.ts'
import { needsPicture } from './known-output.ts'
import type { RingBuffer } from './ring-buffer.ts'

/** Modes that make a terminal report at once: nothing is typed by coming back. */
const REPORTING = /\u001b\[\?(1004|2031|2048)h/g

/** The picture that a client begins with, where it needs one and the output still continues behind it. */
export function pictureIn(
  request: Pick<AttachRequest, 'target' | 'picture'> & { readonly has: number | undefined },
  ring: RingBuffer,
): ScreenPicture | undefined {
  const { picture, target, has } = request
  if (picture === undefined || picture.at < ring.start) return undefined
  return needsPicture(target, has, ring) ? picture : undefined
}

/** The picture as such a client takes it: as frames of its own, or as output that only paints. */
export function paintedFor(
  target: AttachRequest['target'],
  picture: ScreenPicture | undefined,
): OutputBeginning['screen'] {
  if (picture === undefined) return undefined
  if (target.screen === 'frames') return { channel: 'screen', bytes: picture.bytes }
  const quiet = Buffer.from(picture.bytes).toString('utf8').replaceAll(REPORTING, '')
  return { channel: 'stdout', bytes: Buffer.from(quiet) }
}
