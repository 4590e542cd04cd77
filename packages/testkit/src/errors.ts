import { type ErrorDetails, HoldfastError } from '@holdfast/contract'

/** The code of an error that the testkit throws. */
export type TestkitErrorCode =
  | 'testkit/clock_busy'
  | 'testkit/invalid_time'
  | 'testkit/runaway'
  | 'testkit/limit_reached'
  | 'testkit/invalid_option'
  | 'testkit/already_answered'
  | 'testkit/unexpected'
  | 'testkit/leak'
  | 'testkit/invariant_broken'
  | 'channel/already_started'
  | 'channel/unsupported'
  | 'channel/invalid_close_code'
  | 'channel/connection_lost'
  | 'channel/close_timeout'

/** Every code that the testkit throws: what it means, and what the test can do. */
export const TESTKIT_ERRORS: Readonly<
  Record<TestkitErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'testkit/clock_busy': {
    sentence: 'The virtual clock is already advancing.',
    action: 'Await the running advance() first, and never advance from inside a timer.',
  },
  'testkit/invalid_time': {
    sentence: 'A duration was negative, NaN or infinite.',
    action: 'Give a finite number of milliseconds, zero or more.',
  },
  'testkit/runaway': {
    sentence: 'One instant of virtual time ran more timers than allowed.',
    action: 'Look for a timer that re-arms itself with zero delay, or raise maxTimersPerInstant.',
  },
  'testkit/limit_reached': {
    sentence: 'A condition did not come true within the given virtual time.',
    action: 'Read what the message says is pending; raise the limit only if the wait is right.',
  },
  'testkit/invalid_option': {
    sentence: 'An option had a value that is not allowed.',
    action: 'Give a value that the message allows.',
  },
  'testkit/already_answered': {
    sentence: 'A dial was accepted or refused a second time.',
    action: 'Answer each request once.',
  },
  'testkit/unexpected': {
    sentence: 'A scripted peer received something else than the script expects, or the link ended first.',
    action: 'Compare what the message says was expected with what came.',
  },
  'testkit/invariant_broken': {
    sentence: 'An audit found that a promise was broken.',
    action: 'Read its lines; play the same seed again with a trace.',
  },
  'testkit/leak': {
    sentence: 'Timers, channels or listeners are left after a test.',
    action: 'Close what the message names; ask for origins to see where it was made.',
  },
  'channel/already_started': {
    sentence: 'start() was called a second time on one channel.',
    action: 'Start a channel once; share its frames above it.',
  },
  'channel/unsupported': {
    sentence: 'The channel lacks what was asked of it.',
    action: 'Look at its traits first.',
  },
  'channel/invalid_close_code': {
    sentence: 'The close code may not be sent (RFC 6455 section 7.4).',
    action: 'Use 1000 to 1003, 1007 to 1014, or 3000 to 4999.',
  },
  'channel/connection_lost': {
    sentence: 'The simulated connection broke under an open channel.',
    action: 'Nothing: a test asked for it.',
  },
  'channel/close_timeout': {
    sentence: 'The peer did not answer close() in time.',
    action: 'Nothing; raise closeTimeoutMs where the peer is meant to be slow.',
  },
}

export function testkitError(code: TestkitErrorCode, message: string, details?: ErrorDetails): HoldfastError {
  return new HoldfastError(code, message, { details })
}
