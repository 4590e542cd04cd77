import type { AttachRequest } from '../client/attach-request.ts'
import type { Lease } from '../client/known-writers.ts'
import type { Role } from '../client/role.ts'
import type { RingBuffer } from './ring-buffer.ts'

/** What a shell knows about a client that attaches. */
export interface KnownClient {
  readonly epoch: string
  readonly ring: RingBuffer
  readonly role: Role
  /** Its lease, where it has been here before. */
  readonly lease: Lease | undefined
  /** What the last writer without acknowledgements is known to have; `undefined` where there was none. */
  readonly lastReceived: number | undefined
  /** There was no client before: it was made for this one. */
  readonly isFirst: boolean
}

/**
 * How much of the output a client has already: by its own word, by its lease, or by what the last one like it was sent.
 * `undefined`: it is unknown.
 */
export function knownOutput(target: AttachRequest['target'], known: KnownClient): number | undefined {
  const isSameProgram = target.epoch === undefined || target.epoch === known.epoch
  if (target.received !== undefined && isSameProgram) return target.received
  if (target.lease !== undefined && known.lease?.received !== undefined && isSameProgram) return known.lease.received
  if (known.isFirst) return 0
  // A client that says what it does with pictures has a lease when it comes back.
  const isAnother = target.lease !== undefined || target.screen !== undefined
  return known.role === 'observer' || isAnother ? undefined : known.lastReceived
}

/** A picture of the terminal stands for output that such a client has not, and that is gone or was never for it. */
export function needsPicture(target: AttachRequest['target'], has: number | undefined, ring: RingBuffer): boolean {
  return target.screen !== 'none' && (has === undefined || has < ring.start)
}

/**
 * It wrote to this very program once, and what arrived of it is not known any more. Under its old lease it would send
 * that again; under a new one it takes it for in doubt (shell §5).
 */
export function isForgotten({ lease, epoch }: AttachRequest['target'], known: KnownClient): boolean {
  return known.role === 'writer' && lease !== undefined && epoch === known.epoch && known.lease === undefined
}
