import { type ChannelErrorCode, type ErrorDetails, HoldfastError, type OpenErrorCode } from '@holdfast/contract'

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
  | Exclude<ChannelErrorCode, OpenErrorCode | 'channel/invalid_option'>

/** What the testkit throws beside `CHANNEL_ERRORS`: what it means, and what the test can do. */
export const TESTKIT_ERRORS: Readonly<
  Record<Exclude<TestkitErrorCode, ChannelErrorCode>, { readonly sentence: string; readonly action: string }>
> = {
  'testkit/clock_busy': {
    sentence: 'The virtual clock is already advancing.',
    action: 'Await the running advance() first, and never call it in a timer.',
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
}

export function testkitError(code: TestkitErrorCode, message: string, details?: ErrorDetails): HoldfastError {
  return new HoldfastError(code, message, { details })
}
