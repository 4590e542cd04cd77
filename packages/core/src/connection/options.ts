import {
  type Clock,
  type HoldfastError,
  type Logger,
  type Maybe,
  mergeDefaults,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
  type Target,
  type Transport,
  type WakeSignals,
} from '@holdfast/contract'
import { SENTENCES } from '@holdfast/contract/words'
import type { ClientProtocol, Credentials } from '../client-protocol.ts'
import type { OutboxOptions } from '../delivery/outbox/outbox-host.ts'
import { coreError } from '../errors.ts'
import { RETRY_PRESETS, type RetryOptions, type RetryPreset, STABLE_AFTER_MS } from '../retry/presets.ts'
import type { AttemptContext } from '../support/attempt-context.ts'
import type { Status } from './status.ts'

/** The protocol alone says what the messages are. */
type Offer<Out> = Credentials<NoInfer<Out>>

/** Everything but `transport` and `target` has a default. */
export interface ConnectionOptions<In, Out, WireIn, WireOut, Ready extends object | undefined> {
  readonly transport: Transport<WireIn, WireOut>
  /** Where to dial. A function is called again for every attempt. */
  readonly target: string | Target | ((context: AttemptContext) => string | Target | Promise<string | Target>)
  /**
   * Called again for every attempt, one call at a time; a result that comes after its attempt was given up is used by
   * the next one. Throw `CredentialsRefused` to park in `authRequired`.
   */
  readonly credentials?: ((context: AttemptContext) => Offer<Out> | Promise<Offer<Out>>) | undefined
  /** @defaultValue JSON text messages, no handshake, liveness by the transport's pings */
  readonly protocol?: ClientProtocol<In, Out, WireIn, WireOut, Ready> | undefined
  /** May be async: the next message waits until it is done. */
  readonly onMessage?: ((message: NoInfer<In>) => unknown) | undefined
  /** Calls of an async `onMessage` that may run at once. `Infinity`: they are not awaited. @defaultValue 1 */
  readonly concurrency?: number | undefined
  readonly onStatus?: ((status: Status, previous: Status) => unknown) | undefined
  /** How an outage is retried: a preset, or options that override a preset. @defaultValue `eager` of {@link RETRY_PRESETS} */
  readonly retry?: RetryChoice | undefined
  readonly deadlines?: Maybe<Deadlines> | undefined
  readonly outbox?: Maybe<OutboxOptions> | undefined
  /**
   * After this time open, with a confirmed round trip, attempts count from 1 again, and the end of the link is no flap.
   * In milliseconds. @defaultValue 2000 with the preset `eager`, 10000 with `fleet` ({@link STABLE_AFTER_MS})
   */
  readonly stableAfterMs?: number | undefined
  /** Hints that the network may have changed (`browserWakeSignals()`). */
  readonly signals?: WakeSignals | undefined
  /** Aborting it closes the connection. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** The option `retry`: a preset, and options that override it. */
export type RetryChoice = Maybe<RetryOptions> & {
  /** @defaultValue 'eager' */
  readonly preset?: RetryPreset | undefined
}

/** Time limits of one attempt, in milliseconds. */
export interface Deadlines {
  /** Time for target and credentials functions, which may ask a person. The others start after it. @defaultValue 60000 */
  readonly prepareMs: number
  /** Time until the transport is open; grows with the attempts up to twice this. @defaultValue 10000 */
  readonly dialMs: number
  /** Time for the protocol's handshake. @defaultValue 10000 */
  readonly handshakeMs: number
}

/** How long `connect()` waits. */
export interface ConnectOptions {
  /** Aborting it ends the wait, not the connection. */
  readonly signal?: AbortSignal | undefined
  /**
   * Limit of the wait, in milliseconds; then it rejects with `connection/connect_timeout`, and the connection continues
   * trying. @defaultValue no limit
   */
  readonly timeoutMs?: number | undefined
}

/** Options of `close()`. */
export interface CloseOptions {
  /** Close code that is sent to the peer. @defaultValue 1000 */
  readonly code?: number | undefined
  readonly reason?: string | undefined
  /** How long `close()` waits for queued and unconfirmed messages. In milliseconds. @defaultValue 1000 */
  readonly flushMs?: number | undefined
}

/** Every default number of a connection. Milliseconds and bytes. */
export const CONNECTION_DEFAULTS: {
  readonly retry: RetryOptions
  readonly deadlines: Deadlines
  readonly outbox: OutboxOptions
  readonly stableAfterMs: number
} = {
  retry: RETRY_PRESETS.eager,
  deadlines: { prepareMs: 60_000, dialMs: 10_000, handshakeMs: 10_000 },
  outbox: { maxCount: undefined, maxBytes: 8_388_608, highWaterBytes: 1_048_576 },
  stableAfterMs: STABLE_AFTER_MS.eager,
}

/** Options with every default filled in. */
export type ResolvedOptions<In, Out, WireIn, WireOut, Ready extends object | undefined> = ConnectionOptions<
  In,
  Out,
  WireIn,
  WireOut,
  Ready
> & {
  readonly retry: RetryOptions
  readonly deadlines: Deadlines
  readonly outbox: OutboxOptions
  readonly stableAfterMs: number
  readonly concurrency: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/**
 * Applies the defaults and checks every option.
 * @throws `connection/invalid_option` with the option, the value given and the values allowed
 */
export function resolveOptions<In, Out, WireIn, WireOut, Ready extends object | undefined>(
  options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
): ResolvedOptions<In, Out, WireIn, WireOut, Ready> {
  const { deadlines, outbox } = CONNECTION_DEFAULTS
  check('', OPTION_RULES, Object.assign({ transport: undefined, target: undefined }, options))
  check('transport.', { liveness: aLiveness }, { liveness: options.transport.liveness })
  const { transport, target, credentials, protocol, onMessage, onStatus, signals, signal } = options
  // Spelled out: what a spread makes has a hidden class of its own for each connection.
  return {
    transport,
    target,
    credentials,
    protocol,
    onMessage,
    onStatus,
    signals,
    signal,
    retry: resolveRetry(options.retry),
    deadlines: fill('deadlines', deadlines, options.deadlines),
    outbox: fill('outbox', outbox, options.outbox),
    stableAfterMs: options.stableAfterMs ?? STABLE_AFTER_MS[options.retry?.preset ?? 'eager'],
    concurrency: options.concurrency ?? 1,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  }
}

/**
 * The retry options: a preset, overridden by the options given. An option that replaces the schedule or its jitter also
 * replaces the preset's options that belong to it.
 */
export function resolveRetry(choice: RetryChoice | undefined): RetryOptions {
  if (choice === undefined) return RETRY_PRESETS.eager
  check('', { retry: aGroup }, { retry: choice })
  const { preset = 'eager', ...given } = choice
  if (!Object.hasOwn(RETRY_PRESETS, preset)) throw invalid('retry.preset', SENTENCES && "'eager' or 'fleet'", preset)
  if (isOnlyClosing(given)) return CLOSING[preset]
  const filled = fill('retry', RETRY_PRESETS[preset], given)
  const { schedule, jitter, firstJitter, stages } = given
  return {
    ...filled,
    firstJitter: jitter === undefined ? filled.firstJitter : firstJitter,
    stages: schedule === undefined ? filled.stages : (stages ?? []),
  }
}

/** Shared by clients whose outage is over once it is given up, and that set nothing else: an idle one is small. */
const CLOSING: Readonly<Record<RetryPreset, RetryOptions>> = {
  eager: { ...RETRY_PRESETS.eager, onExhausted: 'close' },
  fleet: { ...RETRY_PRESETS.fleet, onExhausted: 'close' },
}

function isOnlyClosing({ onExhausted, ...others }: Maybe<RetryOptions>): boolean {
  return onExhausted === 'close' && Object.values(others).every((value) => value === undefined)
}

/** What an option may be, in words, and the test for it: the methods that it has, or a function. */
type Rule = readonly [allowed: string | false, fits: string | ((value: unknown) => boolean)]
type Rules = Readonly<Record<string, Rule>>

const isFunction = (value: unknown): boolean => typeof value === 'function'
const isFrom = (least: number, value: unknown): boolean => typeof value === 'number' && value >= least

const aFunction: Rule = [SENTENCES && 'a function', isFunction]
const aNumber: Rule = [SENTENCES && 'a number of at least 0', (value) => isFrom(0, value)]
const aCount: Rule = [SENTENCES && 'a number of at least 1', (value) => isFrom(1, value)]
const aPart: Rule = [SENTENCES && 'a number from 0 to 1', (value) => isFrom(0, value) && Number(value) <= 1]
/** A transport that says nothing would leave its links unwatched, unnoticed. */
const aLiveness: Rule = [
  SENTENCES && "how it notices a dead link: transportPing() with pings, doubtAfterSleep() without, or 'none'",
  (value) => isFunction(value) || value === 'none',
]
const aGroup: Rule = [SENTENCES && 'an object', '']

/** A list of objects with these numbers, each at least as large as said. */
const aList = (least: Readonly<Record<string, number>>): Rule => [
  SENTENCES && `a list of { ${Object.keys(least).join(', ')} }`,
  (value) =>
    Array.isArray(value) &&
    value.every((item) => Object.entries(least).every(([name, from]) => isFrom(from, fieldOf(item, name)))),
]
const limitsRule = aList({ max: 1, perMs: 0 })

const OPTION_RULES: Rules = {
  transport: [SENTENCES && 'a transport such as nodeWebSocket()', 'open'],
  target: [
    SENTENCES && 'a URL, a target with a url, or a function that returns one',
    (value) => isFunction(value) || isUrl(value) || isUrl(fieldOf(value, 'url')),
  ],
  credentials: aFunction,
  protocol: [SENTENCES && 'a protocol with a codec', (value) => has('decode encode', fieldOf(value, 'codec'))],
  onMessage: aFunction,
  onStatus: aFunction,
  retry: aGroup,
  deadlines: aGroup,
  outbox: aGroup,
  stableAfterMs: aNumber,
  concurrency: aCount,
  // Without it this machine itself would not be dialed while there is no network, and credentials would go to strangers.
  signals: [
    SENTENCES && 'wake signals with nearness: NEARNESS',
    (value) => has('subscribe', value) && has('isLoopback', fieldOf(value, 'nearness')),
  ],
  signal: [SENTENCES && 'an AbortSignal', 'addEventListener'],
  clock: [SENTENCES && 'a clock', 'now epoch after'],
  random: aFunction,
  logger: [SENTENCES && 'a logger', 'info warn'],
}

/** Those of the options in groups that are not a number of at least 0. */
const GROUP_RULES: Rules = {
  jitter: aPart,
  firstJitter: aPart,
  schedule: aFunction,
  onExhausted: [SENTENCES && "'suspend' or 'close'", (value) => value === 'suspend' || value === 'close'],
  limits: limitsRule,
  flapLimits: limitsRule,
  stages: aList({ untilMs: 0, capMs: 0 }),
  retryFirst: [SENTENCES && 'true or false', (value) => typeof value === 'boolean'],
  maxCount: aCount,
  maxBytes: aCount,
}

const isUrl = (value: unknown): boolean => typeof value === 'string' && value !== ''

function fieldOf(value: unknown, name: string): unknown {
  return (value as { readonly [name: string]: unknown } | null | undefined)?.[name]
}

/** An object with these methods. */
function has(methods: string, value: unknown): boolean {
  const isObject = typeof value === 'object' && value !== null
  return isObject && (methods === '' || methods.split(' ').every((name) => isFunction(fieldOf(value, name))))
}

/** Defaults overlaid with what was given. */
function fill<T extends object>(group: string, defaults: T, given: Maybe<T> | undefined): T {
  if (given === undefined) return defaults
  const rules = Object.fromEntries(Object.keys(defaults).map((name) => [name, GROUP_RULES[name] ?? aNumber]))
  check(`${group}.`, rules, given)
  return mergeDefaults(defaults, given)
}

const REQUIRED: readonly string[] = ['transport', 'target', 'liveness']

/** Undefined is "not given". */
function check(prefix: string, rules: Rules, given: object): void {
  for (const [name, value] of Object.entries(given)) {
    const [allowed, fits] = rules[name] ?? [SENTENCES && `one of ${Object.keys(rules).join(', ')}`, () => false]
    if (value === undefined && name in rules && !REQUIRED.includes(name)) continue
    if (typeof fits === 'string' ? has(fits, value) : fits(value)) continue
    throw invalid(prefix + name, allowed, value)
  }
}

export function invalid(option: string, allowed: string | false, value: unknown): HoldfastError {
  const shown = typeof value === 'number' || value === null ? value : typeof value
  const what = SENTENCES ? `Option ${option}: expected ${allowed}, got ${shown}` : option
  return coreError('connection/invalid_option', what, { details: { option } })
}
