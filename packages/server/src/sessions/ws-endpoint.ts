import type { IncomingMessage } from 'node:http'
import {
  type Clock,
  type HoldfastError,
  type Logger,
  type Random,
  silentLogger,
  systemClock,
  systemRandom,
  type WebSocketChannel,
} from '@holdfast/contract'
import {
  type Authenticate,
  type FrameHandler,
  GATE_LIMITS,
  type GateLimits,
  limitsFrom,
  type Principal,
  QueuedGate,
  requestUrl,
  type TrustedProxies,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import {
  decodeSessionFrame,
  isSessionAuthFrame,
  parseSessionsSubscribeUrl,
  SESSIONS_CLOSE,
} from '@holdfast/protocol/sessions'
import { type Hub, HubError } from '../hub/index.ts'
import { Subscriber } from './subscriber.ts'

/** Bounds of the sessions endpoint. */
export interface SessionsLimits extends GateLimits {
  /** How many events a client without a position receives first. */
  readonly replayEvents: number
  readonly highWaterBytes: number
  /** How long the lead has to answer. */
  readonly askTimeoutMs: number
  /** How often a message is sent to clients that authenticated by a frame, which may have no pings. In milliseconds. */
  readonly keepAliveMs: number
}

export const SESSIONS_LIMITS: SessionsLimits = {
  ...GATE_LIMITS,
  replayEvents: 1_000,
  highWaterBytes: 1_048_576,
  askTimeoutMs: 30_000,
  keepAliveMs: 30_000,
}

/** Options of {@link sessionsEndpoint}. */
export interface SessionsEndpointOptions {
  /** Permission prompts are answered here where its option `requireApproval` is `permissionPrompts()`. */
  readonly hub: Hub
  readonly authenticate: Authenticate
  /** Browser origins that are allowed besides the server's own host. */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  readonly limits?: Partial<SessionsLimits> | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
}

/** An endpoint that can be ended. */
export interface SessionsEndpoint extends UpgradeEndpoint {
  readonly size: number
  drain(reconnectWindowMs: number): Promise<void>
  close(): void
}

/** `/v1/sessions/ws/{id}/subscribe`: a hub session in the sessions vocabulary (sessions §1, §2). */
export function sessionsEndpoint(options: SessionsEndpointOptions): SessionsEndpoint {
  const { hub, authenticate, origins = [], proxies, clock = systemClock, logger = silentLogger } = options
  const { random = systemRandom } = options
  const limits = limitsFrom(SESSIONS_LIMITS, options.limits)
  return new QueuedGate({
    handles: (path) => parseSessionsSubscribeUrl(path) !== undefined,
    authenticate,
    scopes: ['observe', 'control', 'lead'],
    origins,
    proxies,
    clock,
    logger,
    limits,
    credentialOf(frame) {
      const [first] = decodeSessionFrame(frame)
      return first?.ok === true && isSessionAuthFrame(first.message) ? first.message.credential.token : undefined
    },
    refuse,
    enter: async (
      channel: WebSocketChannel,
      principal: Principal,
      request: IncomingMessage,
      byFrame: boolean,
    ): Promise<FrameHandler> => {
      const url = requestUrl(request)
      const wanted = url === undefined ? undefined : parseSessionsSubscribeUrl(url.pathname, url.searchParams)
      const id = wanted?.sessionId ?? ''
      const session = await hub.sessionFor(principal, id)
      const mayControl = await hub.may(principal, 'control', id)
      const { replayEvents, highWaterBytes, askTimeoutMs } = limits
      const keepAliveMs = byFrame ? limits.keepAliveMs : undefined
      const after = wanted?.after
      const pace = { replayEvents, highWaterBytes, askTimeoutMs, keepAliveMs }
      return new Subscriber({ channel, principal, mayControl, session, clock, random, logger, after, ...pace })
    },
  })
}

/** Sessions §2: 4003, 4001, or a code that is retried. */
function refuse(channel: WebSocketChannel, error: HoldfastError): void {
  if (/^(server|hub)\/(unauthorized|forbidden)$/.test(error.code)) {
    channel.close(SESSIONS_CLOSE.unauthorized, error.message)
  } else if (error instanceof HubError && error.code === 'hub/not_found') {
    channel.close(SESSIONS_CLOSE.sessionNotFound, error.message)
  } else channel.close(1013, error.message)
}
