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
  type WebSocketFrame,
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
  if (typeof options.transport?.open !== 'function') {
    throw invalid('transport', options.transport, 'a transport, such as nodeWebSocket() or browserWebSocket()')
  }
  const { target } = options
  const url = typeof target === 'object' && target !== null ? target.url : target
  if (typeof url !== 'function' && (typeof url !== 'string' || url === '')) {
    throw invalid('target', target, 'a URL, a target with a url, or a function that returns one')
  }
  return {
    retry: fill('retry', CONNECTION_DEFAULTS.retry, options.retry),
    deadlines: fill('deadlines', CONNECTION_DEFAULTS.deadlines, options.deadlines),
    outbox: fill('outbox', CONNECTION_DEFAULTS.outbox, options.outbox),
    stableAfterMs: number('stableAfterMs', options.stableAfterMs, CONNECTION_DEFAULTS.stableAfterMs),
    noticeAfterMs: number('noticeAfterMs', options.noticeAfterMs, CONNECTION_DEFAULTS.noticeAfterMs),
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    logger: options.logger ?? silentLogger,
  }
}

/** Defaults overlaid with what was given; numbers are checked. */
function fill<T extends object>(group: string, defaults: T, given: Maybe<T> | undefined): T {
  if (given === undefined) return defaults
  const filled: T = { ...defaults }
  for (const name in given) {
    const value = given[name]
    if (value === undefined) continue
    if (!(name in defaults)) throw invalid(`${group}.${name}`, value, `one of ${Object.keys(defaults).join(', ')}`)
    if (typeof defaults[name] === 'number') number(`${group}.${name}`, value, 0)
    filled[name] = value
  }
  return filled
}

function number(name: string, given: unknown, byDefault: number): number {
  if (given === undefined) return byDefault
  if (typeof given !== 'number' || !(given >= 0)) throw invalid(name, given, 'a number of at least 0')
  return given
}

function invalid(name: string, given: unknown, allowed: string): HoldfastError {
  const shown = typeof given === 'number' || given === null ? String(given) : typeof given
  return coreError('connection/invalid_option', `Option ${name}: expected ${allowed}, got ${shown}`, {
    details: { option: name },
  })
}

/** The wire of a WebSocket, for protocols that do not name theirs. */
export type DefaultWire = WebSocketFrame
