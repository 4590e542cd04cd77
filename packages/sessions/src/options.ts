import type {
  AttemptContext,
  ConnectionOptions,
  HandshakeResult,
  RetryChoice,
  Transport,
  WebSocketFrame,
} from '@holdfast/core'
import type { DialLimit } from '@holdfast/core/retry'
import { type SessionMessage, sessionsSubscribeUrl } from '@holdfast/protocol/sessions'
import { SessionsError } from './errors.ts'
import type { TokenSource } from './handshake.ts'
import { SESSIONS_JITTER, SESSIONS_WINDOW } from './judge.ts'

type Engine = ConnectionOptions<
  SessionMessage,
  SessionMessage,
  WebSocketFrame,
  WebSocketFrame,
  HandshakeResult | undefined
>

/** Why a subscription is over. */
export type SessionEnding = { readonly reason: 'user' } | { readonly reason: 'error'; readonly error: SessionsError }

/** Options of a {@link SessionSubscription}. `transport`, `url`, `sessionId` and `token` are needed; all else has a default. */
export interface SessionSubscriptionOptions
  extends Pick<Engine, 'deadlines' | 'signals' | 'signal' | 'clock' | 'random' | 'logger' | 'stableAfterMs'> {
  /** `nodeWebSocket()` or `browserWebSocket()`. Headers, proxies and client certificates are its options. */
  readonly transport: Transport
  /** The server's base, `wss://…` or `https://…`. A function is asked anew for every attempt. */
  readonly url: string | ((context: AttemptContext) => string | Promise<string>)
  readonly sessionId: string
  readonly organizationId?: string | undefined
  /** A function is asked anew for every attempt; throw `CredentialsRefused` to end it. */
  readonly token: TokenSource
  /** More request headers, where the transport can set them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Go on after this place: `subscription.position` of an earlier process. */
  readonly after?: string | undefined
  /** Every message, known or not, that no handler answers. */
  readonly onMessage?: ((message: SessionMessage) => unknown) | undefined
  /**
   * Messages that an async `onMessage` is at work with at once: with 1 each waits for the one before it. `Infinity`: it is
   * called at once and not waited for. @defaultValue 1
   */
  readonly concurrency?: number | undefined
  /** At every connection. */
  readonly onConnected?: (() => unknown) | undefined
  /** A connection or an attempt ended, and another follows. */
  readonly onReconnecting?: (() => unknown) | undefined
  /** It is over for good. */
  readonly onClose?: ((ending: SessionEnding) => unknown) | undefined
  /** Something harmed one message, one callback or one delivery. The subscription lives on. */
  readonly onError?: ((error: SessionsError) => unknown) | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.missingRetries` */
  readonly missingRetries?: number | undefined
  /** Retries of any other trouble, in one outage. @defaultValue Infinity: a limit has to be asked for */
  readonly retries?: number | undefined
  /**
   * Mean wait before a retry, a quarter more or less; n times as long before the n-th of a missing session. In milliseconds.
   * @defaultValue {@link SESSIONS_DEFAULTS}`.retryDelayMs` for a missing session, that of `retry.preset` for the rest
   */
  readonly retryDelayMs?: number | undefined
  /** How an outage is retried. @defaultValue the preset `eager`, for ever */
  readonly retry?: RetryChoice | undefined
  /** Dials of every cause, together; `retry.flapLimits` bounds those of links that did not last. @defaultValue that of `retry.preset` */
  readonly limits?: readonly DialLimit[] | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.pingIntervalMs` */
  readonly pingIntervalMs?: number | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.pongTimeoutMs` */
  readonly pongTimeoutMs?: number | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.silenceMs` */
  readonly silenceMs?: number | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.requestTimeoutMs` */
  readonly requestTimeoutMs?: number | undefined
  /** Messages that wait or are unconfirmed; more are refused with `delivery/overflow`. @defaultValue none: 8 MiB, each with 256 bytes more, is the bound */
  readonly maxQueueSize?: number | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.maxSeen` */
  readonly maxSeen?: number | undefined
}

/** Every default number. Milliseconds and counts. */
export const SESSIONS_DEFAULTS = {
  /** Retries of close code 4001 in one outage (sessions §2). */
  missingRetries: 3,
  /** Mean wait before a retry, spread by a quarter; n times as long for a missing session (sessions §2). */
  retryDelayMs: 2_000,
  /** No wait is longer, whatever the retry. */
  maxRetryDelayMs: 30_000,
  /** A protocol ping every so often (sessions §1). */
  pingIntervalMs: 30_000,
  /** A ping without its pong for so long ends the connection. */
  pongTimeoutMs: 10_000,
  /** Where the transport has no pings: inbound silence for so long does. */
  silenceMs: 120_000,
  /** A forced reconnect dials after this pause (sessions §3). */
  reconnectDelayMs: 500,
  requestTimeoutMs: 30_000,
  /** Uuids remembered for telling replays. */
  maxSeen: 10_000,
  /** Control requests whose handlers run at once. */
  maxHandlers: 16,
  /** Those that wait behind them, and those that wait for a handler; more are answered with an error, or forgotten. */
  maxWaiting: 100,
  /** Answers remembered for a prompt that comes again. */
  maxAnswers: 1_000,
} as const

/** What the engine is told. */
export function engineOptions(options: SessionSubscriptionOptions): Omit<Engine, 'transport' | 'target'> {
  const { deadlines, signals, signal, clock, random, logger, stableAfterMs } = options
  return {
    deadlines,
    signals,
    signal,
    clock,
    random,
    logger,
    stableAfterMs,
    concurrency: options.concurrency,
    retry: { ...evenWaits(options.retryDelayMs), limits: options.limits, ...options.retry },
    outbox: { maxCount: options.maxQueueSize },
  }
}

/** The same wait before every retry, where one is asked for. */
function evenWaits(meanMs: number | undefined): RetryChoice {
  if (meanMs === undefined) return {}
  return {
    jitter: SESSIONS_JITTER,
    capMs: SESSIONS_DEFAULTS.maxRetryDelayMs,
    schedule: () => meanMs * SESSIONS_WINDOW,
  }
}

/** @throws `sessions/invalid_option` naming what is missing. */
export function assertOptions(options: SessionSubscriptionOptions): void {
  const { url, sessionId, token } = options
  if (!isGiven(url)) throw invalid('url', 'the server as wss://… or https://…, or a function that returns it')
  if (typeof sessionId !== 'string' || sessionId === '') throw invalid('sessionId', 'the id of a session')
  if (!isGiven(token)) throw invalid('token', 'a token, or a function that returns one')
}

/** The URL of one attempt. */
export async function subscribeUrl(
  options: SessionSubscriptionOptions,
  after: string | undefined,
  context: AttemptContext,
): Promise<string> {
  const { url, sessionId, organizationId } = options
  const base = typeof url === 'function' ? await url(context) : url
  return sessionsSubscribeUrl(base, { sessionId, organizationId, after })
}

function isGiven(value: unknown): boolean {
  return typeof value === 'function' || (typeof value === 'string' && value !== '')
}

function invalid(option: string, expected: string): SessionsError {
  return new SessionsError('sessions/invalid_option', `Option ${option}: expected ${expected}`, { option })
}
