import {
  type Clock,
  type HoldfastError,
  type Logger,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
  type Target,
  type Transport,
  type WakeSignals,
} from '@holdfast/contract'
import type { ClientProtocol, Credentials, HandshakeResult } from '../client-protocol.ts'
import type { OutboxOptions } from '../delivery/outbox-host.ts'
import { coreError } from '../errors.ts'
import type { Deadlines } from './dial.ts'
import type { DialReason, RetryOptions } from './machine.ts'
import type { Status } from './status.ts'

/** What target and credentials functions are told. */
export interface AttemptContext {
  /** Number of this dial in its outage, 1 for the first. */
  readonly attempt: number
  readonly reason: DialReason
  /** What ended the attempt before. */
  readonly previousError: unknown
  /** Aborted when the attempt is given up. */
  readonly signal: AbortSignal
}

type Maybe<T> = { readonly [Name in keyof T]?: T[Name] | undefined }

/** The protocol alone says what the messages are. */
type Offer<Out> = Credentials<NoInfer<Out>>

/** Everything but `transport` and `target` has a default. */
export interface ConnectionOptions<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined> {
  readonly transport: Transport<WireIn, WireOut>
  /** Where to dial. A function is asked anew for every attempt. */
  readonly target: string | Target | ((context: AttemptContext) => string | Target | Promise<string | Target>)
  /** Asked anew for every attempt. Throw `CredentialsRefused` to park in `authRequired`. */
  readonly credentials?: ((context: AttemptContext) => Offer<Out> | Promise<Offer<Out>>) | undefined
  /** @defaultValue JSON text messages, no handshake, liveness by the transport's pings */
  readonly protocol?: ClientProtocol<In, Out, WireIn, WireOut, Ready> | undefined
  readonly onMessage?: ((message: NoInfer<In>) => void) | undefined
  readonly onStatus?: ((status: Status, previous: Status) => void) | undefined
  /** Defaults: {@link CONNECTION_DEFAULTS}`.retry`. */
  readonly retry?: Maybe<RetryOptions> | undefined
  readonly deadlines?: Maybe<Deadlines> | undefined
  readonly outbox?: Maybe<OutboxOptions> | undefined
  /** Open this long, and one confirmed round trip: attempts count from 1 again. In milliseconds. @defaultValue 10000 */
  readonly stableAfterMs?: number | undefined
  /** Trouble shorter than this is not worth a `lost` event. In milliseconds. @defaultValue 5000 */
  readonly noticeAfterMs?: number | undefined
  /** Hints that the network may have changed (`browserWakeSignals()`). */
  readonly signals?: WakeSignals | undefined
  /** Aborting it closes the connection. */
  readonly signal?: AbortSignal | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  /** @defaultValue nothing is logged */
  readonly logger?: Logger | undefined
}

/** Every default number of a connection. Milliseconds and bytes. */
export const CONNECTION_DEFAULTS: {
  readonly retry: RetryOptions
  readonly deadlines: Deadlines
  readonly outbox: OutboxOptions
  readonly stableAfterMs: number
  readonly noticeAfterMs: number
} = {
  retry: {
    baseMs: 1_000,
    capMs: 30_000,
    floorMs: 100,
    firstMs: 2_000,
    jitter: 1,
    schedule: undefined,
    maxAttempts: Number.POSITIVE_INFINITY,
    giveUpAfterMs: 86_400_000,
    onExhausted: 'suspend',
    limits: [
      { max: 12, perMs: 60_000 },
      { max: 30, perMs: 300_000 },
    ],
  },
  deadlines: { prepareMs: 10_000, dialMs: 10_000, handshakeMs: 10_000 },
  outbox: { maxCount: 1_000, maxBytes: 8_388_608, highWaterBytes: 1_048_576 },
  stableAfterMs: 10_000,
  noticeAfterMs: 5_000,
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly retry: RetryOptions
  readonly deadlines: Deadlines
  readonly outbox: OutboxOptions
  readonly stableAfterMs: number
  readonly noticeAfterMs: number
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

/** @throws `connection/invalid_option` naming the option, what was given and what is allowed. */
export function resolveOptions<In, Out, WireIn, WireOut, Ready extends HandshakeResult | undefined>(
  options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>,
): ResolvedOptions {
  check('', OPTION_RULES, options)
  return {
    retry: fill('retry', CONNECTION_DEFAULTS.retry, options.retry),
    deadlines: fill('deadlines', CONNECTION_DEFAULTS.deadlines, options.deadlines),
    outbox: fill('outbox', CONNECTION_DEFAULTS.outbox, options.outbox),
    stableAfterMs: options.stableAfterMs ?? CONNECTION_DEFAULTS.stableAfterMs,
    noticeAfterMs: options.noticeAfterMs ?? CONNECTION_DEFAULTS.noticeAfterMs,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  }
}

/** What an option may be, in words, and the test for it. */
type Rule = readonly [allowed: string, fits: (value: unknown) => boolean]
type Rules = Readonly<Record<string, Rule>>

const has =
  (...methods: string[]) =>
  (value: unknown): boolean =>
    typeof value === 'object' &&
    value !== null &&
    methods.every((method) => typeof (value as Record<string, unknown>)[method] === 'function')

const aFunction: Rule = ['a function', (value) => typeof value === 'function']
const aNumber: Rule = ['a number of at least 0', (value) => typeof value === 'number' && value >= 0]
const aCount: Rule = ['a number of at least 1', (value) => typeof value === 'number' && value >= 1]
const aGroup: Rule = ['an object', has()]

const OPTION_RULES: Rules = {
  transport: ['a transport, such as nodeWebSocket() or browserWebSocket()', has('open')],
  target: ['a URL, a target with a url, or a function that returns one', isTarget],
  credentials: aFunction,
  protocol: [
    'a protocol with a codec',
    (value) => has()(value) && has('decode', 'encode')((value as { codec?: unknown }).codec),
  ],
  onMessage: aFunction,
  onStatus: aFunction,
  retry: aGroup,
  deadlines: aGroup,
  outbox: aGroup,
  stableAfterMs: aNumber,
  noticeAfterMs: aNumber,
  signals: ['wake signals, such as browserWakeSignals()', has('subscribe')],
  signal: ['an AbortSignal', has('addEventListener')],
  clock: ['a clock', has('now', 'epoch', 'after')],
  random: aFunction,
  logger: ['a logger', has('info', 'warn')],
}

const GROUP_RULES: Rules = {
  jitter: ['a number from 0 to 1', (value) => typeof value === 'number' && value >= 0 && value <= 1],
  schedule: aFunction,
  onExhausted: ["'suspend' or 'close'", (value) => value === 'suspend' || value === 'close'],
  limits: ['a list of { max, perMs }', (value) => Array.isArray(value) && value.every(isLimit)],
  maxCount: aCount,
  maxBytes: aCount,
}

function isTarget(value: unknown): boolean {
  const url = has()(value) ? (value as { url?: unknown }).url : value
  return typeof url === 'function' ? url === value : typeof url === 'string' && url !== ''
}

function isLimit(value: unknown): boolean {
  if (!has()(value)) return false
  const { max, perMs } = value as { max?: unknown; perMs?: unknown }
  return aCount[1](max) && aNumber[1](perMs)
}

/** Defaults overlaid with what was given. */
function fill<T extends object>(group: string, defaults: T, given: Maybe<T> | undefined): T {
  if (given === undefined) return defaults
  const rules = Object.fromEntries(Object.keys(defaults).map((name) => [name, GROUP_RULES[name] ?? aNumber]))
  check(`${group}.`, rules, given)
  const filled: T = { ...defaults }
  for (const name in given) {
    const value = given[name]
    if (value !== undefined) filled[name] = value
  }
  return filled
}

function check(prefix: string, rules: Rules, given: object): void {
  for (const name of new Set([...(prefix === '' ? ['transport', 'target'] : []), ...Object.keys(given)])) {
    const value = (given as Record<string, unknown>)[name]
    const rule = rules[name]
    if (rule === undefined) throw invalid(prefix + name, value, `one of ${Object.keys(rules).join(', ')}`)
    const required = name === 'transport' || name === 'target'
    if ((required || value !== undefined) && !rule[1](value)) throw invalid(prefix + name, value, rule[0])
  }
}

function invalid(name: string, given: unknown, allowed: string): HoldfastError {
  const shown = typeof given === 'number' || given === null ? String(given) : typeof given
  return coreError('connection/invalid_option', `Option ${name}: expected ${allowed}, got ${shown}`, {
    details: { option: name },
  })
}
