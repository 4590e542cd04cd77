import { OutputFilter } from '@holdfast/terminal'
import { SequenceScanner } from '../screen/sequence-scanner.ts'
import type { RingBuffer } from './ring-buffer.ts'

/** What a terminal missed, as output that only paints. */
export interface QuietOutput {
  /** Output continues here. */
  readonly end: number
  readonly bytes: Uint8Array
}

/**
 * What came after `has` for a terminal that cannot distinguish what it missed from what comes: no clipboard, notification, bell
 * or window, and no question. A sequence that is not whole yet is behind it. `undefined` where nothing whole was missed.
 */
export function quietOutput(ring: RingBuffer, has: number): QuietOutput | undefined {
  const start = ring.start
  const kept = new Uint8Array(ring.end - start)
  ring.copy(start, kept)
  const scanner = new SequenceScanner(start)
  scanner.scan(kept, () => {})
  const end = scanner.boundary
  if (end <= has) return undefined
  const filter = new OutputFilter()
  filter.push(kept.subarray(0, has - start), false)
  const ended = filter.handOver()
  const { bytes } = filter.push(kept.subarray(has - start, end - start), true)
  return { end, bytes: Buffer.concat([ended, bytes]) }
}
