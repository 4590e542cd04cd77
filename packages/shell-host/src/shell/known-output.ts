import type { AttachRequest } from '../client/attach-request.ts'
import type { Lease } from '../client/leases.ts'
import type { Role } from '../client/role.ts'
import type { RingBuffer } from './ring-buffer.ts'

/** What a shell knows about a client that attaches. */
export interface KnownClient {
  readonly epoch: string
  readonly ring: RingBuffer
  readonly role: Role
  /** Its lease, where it has been here before. */
  readonly lease: Lease | undefined
  /** What the last writer without acknowledgements is known to have. */
  readonly lastReceived: number
}

/** How much of the output a client has already: by its own word, by its lease, or by what the last one like it was sent. */
export function knownOutput(target: AttachRequest['target'], known: KnownClient): number {
  const isSameProgram = target.epoch === undefined || target.epoch === known.epoch
  if (target.received !== undefined && isSameProgram) return target.received
  if (target.lease !== undefined && known.lease?.received !== undefined && isSameProgram) return known.lease.received
  if (known.role === 'observer' || target.lease !== undefined) return known.ring.replayFrom(0)
  return known.lastReceived
}

/**
 * It wrote to this very program once, and what arrived of it is not known any more. Under its old lease it would send
 * that again; under a new one it takes it for in doubt (shell §5).
 */
export function isForgotten({ lease, epoch }: AttachRequest['target'], known: KnownClient): boolean {
  return known.role === 'writer' && lease !== undefined && epoch === known.epoch && known.lease === undefined
}
