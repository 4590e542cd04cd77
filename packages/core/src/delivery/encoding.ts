import { coreError } from '../errors.ts'
import type { Entry } from './delivery.ts'
import type { OutboxHost } from './outbox-host.ts'
import type { PendingMessages } from './pending-messages.ts'
import { tooLarge } from './refusals.ts'

/** Makes the frames of a message. False: it could not be encoded, and was rejected. */
export function encodeEntry<Out>(entry: Entry<Out>, host: OutboxHost<Out>, pending: PendingMessages<Out>): boolean {
  const { delivery, message } = entry
  try {
    const isMade = typeof message === 'function'
    const value = isMade ? (message as () => Out)() : message
    // What a function made is marked as a repetition, not made a second time.
    if (isMade && host.marksAgain === true) entry.message = value
    const { id, seq } = delivery
    const again = entry.mark > 0
    const settledThrough = seq === undefined ? undefined : pending.settledThrough(seq)
    const mark = seq === undefined && !again ? delivery : { id, seq, settledThrough, again }
    const { wire, bytes } = host.encode(value, mark)
    pending.setSize(entry, bytes)
    entry.wire = wire
    return true
  } catch (cause) {
    const error = coreError('delivery/encode_failed', 'The codec could not encode it.', { cause })
    pending.settle(entry, 'rejected', 'encodeFailed', error)
    return false
  }
}

/** It has frames, and the peer takes as much. False: it was rejected. */
export function isSendable<Out>(
  entry: Entry<Out>,
  host: OutboxHost<Out>,
  pending: PendingMessages<Out>,
  maxBytes: number | undefined,
): boolean {
  if (entry.wire === undefined && !encodeEntry(entry, host, pending)) return false
  const error = tooLarge(entry.wire, entry.bytes, maxBytes)
  if (error !== undefined) pending.settle(entry, 'rejected', 'tooLarge', error)
  return error === undefined
}
