import type { AttemptContext, Credentials, RetryChoice } from '@holdfast/core'
import {
  type ClientEvents,
  type ClientOptions,
  type Fresh,
  freshOf,
  isGiven,
  type ListenersOf,
  type LivenessOptions,
} from '@holdfast/core/client'
import type { ChannelTraits } from '@holdfast/core/contract'
import {
  type SessionMessage,
  sessionAuthFrame,
  sessionsHeaders,
  sessionsSubscribeUrl,
} from '@holdfast/protocol/sessions'
import { SessionsError } from './errors.ts'

/** The events of `subscription.on(name, …)`. */
export type SessionEvents = ClientEvents<SessionMessage, SessionsError>

/** Options of a {@link SessionSubscription}. `transport`, `url`, `sessionId` and `token` are needed; all else has a default. */
export interface SessionSubscriptionOptions extends ClientOptions, ListenersOf<SessionEvents> {
  /** Base URL of the server, `wss://…` or `https://…`. A function is called again for every attempt. */
  readonly url: Fresh
  readonly sessionId: string
  readonly organizationId?: string | undefined
  /** The bearer token. A function is called again for every attempt; throw `CredentialsRefused` to end it. */
  readonly token: Fresh
  /** More request headers, where the transport can set them. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The position to continue after: `subscription.position` of an earlier process. */
  readonly after?: string | undefined
  /** Retries of a missing session in one outage. @defaultValue {@link SESSIONS_DEFAULTS}`.missingRetries` */
  readonly missingRetries?: number | undefined
  /**
   * Mean wait before a retry of a missing session, a quarter more or less; n times as long before the n-th. In milliseconds.
   * @defaultValue {@link SESSIONS_DEFAULTS}`.missingDelayMs`
   */
  readonly missingDelayMs?: number | undefined
  /**
   * A ping every `intervalMs`, dead after `timeoutMs` without its pong; where the transport has no pings, after
   * `silenceMs` of inbound silence. In milliseconds.
   * @defaultValue {@link SESSIONS_DEFAULTS}
   */
  readonly liveness?: (LivenessOptions & { readonly silenceMs?: number | undefined }) | undefined
  /** How long a control request waits for its answer. In milliseconds. @defaultValue {@link SESSIONS_DEFAULTS}`.requestTimeoutMs` */
  readonly requestTimeoutMs?: number | undefined
  /** @defaultValue {@link SESSIONS_DEFAULTS}`.maxRememberedIds` */
  readonly maxRememberedIds?: number | undefined
}

/** Every default number. Milliseconds and counts. */
export const SESSIONS_DEFAULTS = {
  /** Retries of close code 4001 in one outage (sessions §2). */
  missingRetries: 3,
  /** Mean wait before a retry of a missing session, spread by a quarter; n times as long before the n-th (sessions §2). */
  missingDelayMs: 2_000,
  /** How often a protocol ping is sent, in milliseconds (sessions §1). */
  livenessIntervalMs: 30_000,
  /** A ping without its pong for this long ends the connection. In milliseconds. */
  livenessTimeoutMs: 10_000,
  /** Where the transport has no pings: inbound silence of this long ends the connection. In milliseconds. */
  silenceMs: 120_000,
  /** A forced reconnect dials after this pause (sessions §3). */
  reconnectDelayMs: 500,
  requestTimeoutMs: 30_000,
  /** Uuids remembered to recognise replays. */
  maxRememberedIds: 10_000,
  /** Control requests whose handlers run at once. */
  maxHandlers: 16,
  /** Requests that wait behind those, and requests that wait for a handler; more are answered with an error, or dropped. */
  maxWaiting: 100,
  /** Answers remembered for a prompt that comes again. */
  maxAnswers: 1_000,
} as const

/** What the engine knows of retries: the protocol counts how many there may be. */
export function retryOf({ retry }: SessionSubscriptionOptions): RetryChoice {
  return { ...retry, maxAttempts: undefined }
}

/** Checks the options. @throws `sessions/invalid_option` with what is missing */
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
  const base = await freshOf(url, context)
  return sessionsSubscribeUrl(base, { sessionId, organizationId, after })
}

/**
 * How a connection authenticates (sessions §1): by request headers where the transport can set them, else by the first
 * frame. Either way the connection is usable as soon as the socket opens.
 */
export async function sessionsCredentials(
  token: Fresh,
  traits: Pick<ChannelTraits, 'requestHeaders'>,
  context: AttemptContext,
): Promise<Credentials<SessionMessage>> {
  const secret = await freshOf(token, context)
  return traits.requestHeaders ? { headers: sessionsHeaders(secret) } : { firstFrame: sessionAuthFrame(secret) }
}

function invalid(option: string, expected: string): SessionsError {
  return new SessionsError('sessions/invalid_option', `Option ${option}: expected ${expected}`, { option })
}
