import { type Clock, OpenError, type PeerWord } from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { Cause, ClientProtocol, RetryDecision } from '../client-protocol.ts'
import type { Outbox } from '../delivery/outbox/outbox.ts'
import { isTooLarge } from '../retry/failure-meaning.ts'
import { defaultRetryPolicy } from '../retry/retry-policy.ts'
import type { Machine } from './machine/state.ts'
import type { Notifier } from './notifier.ts'
import type { ResolvedOptions } from './options.ts'

/** A peer that refuses a credential takes less, one that waits for it more. */
const LATE_MS = 4_000

/** What a decision is made from. */
export interface DecideHost<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly machine: Machine
  readonly clock: Clock
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>
  readonly outbox: Outbox<Out>
  readonly notifier: Notifier
}

/**
 * What becomes of a connection that ended so: the protocol's word, and where it has none the generic policy's.
 * `isWithheld`: credentials were kept back from this dial.
 */
export function decide<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  { machine, clock, options, protocol, outbox, notifier }: DecideHost<In, Out, WireIn, WireOut, Ready>,
  cause: Cause,
  { isAccepted: wasOpen, dialedAt }: { readonly isAccepted: boolean; readonly dialedAt: number },
  isWithheld: boolean,
): RetryDecision {
  // Every new connection is sent it again: only a person can help.
  if ('error' in cause && isTooLarge(cause.error)) {
    notifier.problem(
      SENTENCES ? 'a message from the peer is larger than the transport takes' : 'too large',
      cause.error,
    )
  }
  // The peer refused what it was not shown.
  if (isWithheld) return { act: 'retry' }
  const { failures, opened: openedBefore, refreshed, spent } = machine
  const { retryFirst } = options.retry
  const { exchange } = options.transport
  const isLate = !wasOpen && clock.epoch() - dialedAt >= LATE_MS
  const word = wordOf(cause)
  const context = { failures, wasOpen, openedBefore, retryFirst, refreshed, isLate, spent, word, exchange }
  try {
    const decision = protocol.retryPolicy?.(cause, context) ?? defaultRetryPolicy(cause, context)
    const code = cause.kind === 'close' && wasOpen ? cause.code : undefined
    return outbox.recordPoisonStrike(code) ? { act: 'retry' } : decision
  } catch (error) {
    notifier.problem('retryPolicy threw', error)
    return { act: 'retry' }
  }
}

/** What the peer itself said of a dial, as its transport has read it. */
function wordOf(cause: Cause): PeerWord | undefined {
  return cause.kind === 'dial' && cause.error instanceof OpenError ? cause.error.details.word : undefined
}
