import type { HoldfastError } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../../errors.ts'
import type { DeliveryState } from './delivery.ts'
import type { OutboxOptions } from './outbox-host.ts'
import type { PendingMessages } from './pending-messages.ts'

/** The peer says with these that it did not take it: too large, or of a kind that it does not take. */
const NOT_TAKEN: readonly number[] = [1003, 1007, 1009, 4400]
/** With this it may have. */
const PROTOCOL_ERROR = 1002
/** Endings in a row that name a message or its size, and it is given up. */
const STRIKES = 3

/** What is known of a message that an ending with this code names; undefined: it names none. */
function fateBy(code: number | undefined): Extract<DeliveryState, 'rejected' | 'inDoubt'> | undefined {
  if (code === undefined) return undefined
  return NOT_TAKEN.includes(code) ? 'rejected' : code === PROTOCOL_ERROR ? 'inDoubt' : undefined
}

/** One more message of this size does not fit; its bytes are counted already. */
export function overflow(
  { count, bytes: all }: Pick<PendingMessages<unknown>, 'count' | 'bytes'>,
  { maxCount, maxBytes }: OutboxOptions,
  messageBytes: number,
): HoldfastError {
  const bytes = all - messageBytes
  const what = SENTENCES && `${count} messages of ${bytes} bytes wait; ${messageBytes} bytes more do not fit`
  return coreError('delivery/overflow', what, { details: { count, bytes, maxCount, maxBytes, messageBytes } })
}

/**
 * The peer ended the connection with this code. True: it names what was written, and the oldest unconfirmed message is
 * suspected, or was given up after three such endings in a row, the last two alone on its connection.
 */
export function recordPoisonStrike<Out>(pending: PendingMessages<Out>, code: number | undefined): boolean {
  const fate = fateBy(code)
  const head = pending.queue.first
  if (fate === undefined || head === undefined || head.probeMark === 0) return false
  head.strikes += 1
  if (head.strikes < STRIKES) return true
  pending.queue.shift()
  const error = coreError('delivery/poison', SENTENCES && `The peer closed with ${code} three times over it.`, {
    details: { closeCode: code, messageBytes: head.bytes },
  })
  pending.settle(head, fate, fate === 'rejected' ? 'poison' : fate, error)
  pending.gaveUp(head.delivery.seq)
  pending.onCapacityFreed()
  return true
}
