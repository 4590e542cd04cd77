import type { Server } from 'node:http'
import { getHeapStatistics } from 'node:v8'
import {
  type Clock,
  type Logger,
  type Random,
  randomId,
  silentLogger,
  systemClock,
  systemRandom,
} from '@holdfast/contract'
import {
  attachEndpoints,
  type Principal,
  type RequestEndpoint,
  type TrustedProxies,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import { INTERNAL_STATUS, type SessionInfo, type SessionLog, type SessionReach } from '@holdfast/log'
import type { Directory } from '@holdfast/log/directory'
import type { HubConnectionSummary } from '@holdfast/protocol/hub/rest'
import { HubMetrics } from '../metrics.ts'
import { AgentCatalog } from './agents/agent-catalog.ts'
import { connectionSummary } from './connection/connection-summary.ts'
import type { HubAccess, HubContext, HubHooks } from './context.ts'
import { HydrationGate } from './delivery/hydration-gate.ts'
import { Slices } from './delivery/slices.ts'
import { Authorization } from './endpoints/authorization.ts'
import { hubRequests } from './endpoints/rest-endpoint.ts'
import { EventStreams } from './endpoints/sse-endpoint.ts'
import { HubStreamSource } from './endpoints/stream-source.ts'
import { HubWebSocketEndpoint } from './endpoints/ws-endpoint.ts'
import { asHubError, HubError } from './errors.ts'
import { boundsOf, type HubLimits } from './limits.ts'
import { RemotePresence } from './presence/remote-presence.ts'
import { HubSessions } from './session/hub-sessions.ts'
import { SessionHandle } from './session/session-handle.ts'
import { isVisible } from './session/visibility.ts'

/** Options of {@link createHub}. */
export interface HubOptions extends HubHooks {
  /** Where sessions are kept. The hub does not close it. */
  readonly log: SessionLog
  /** Replaces single bounds. @defaultValue {@link HUB_LIMITS}; of a small heap at most a quarter for open sessions */
  readonly limits?: Partial<HubLimits> | undefined
  /** Browser origins that are allowed besides the server's own host. */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  /**
   * Set where several hubs share the log: the directory through which they find each other. A client may then connect
   * to any of them; leads hold a lease that all hubs check. The hub does not close it.
   */
  readonly cluster?: Directory | undefined
  /**
   * Who can find a session that was created without a `visibility`: everyone with the scope, or its owner alone. A
   * session's own `visibility` is set when it is created or changed. @defaultValue 'open'
   */
  readonly reach?: SessionReach | undefined
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
}

/**
 * A hub of agent sessions: the other end of hub.md. It serves WebSockets, event streams and REST beside whatever the
 * http server does already, keeps every session in the log, and has no other state that matters.
 */
export class Hub {
  readonly metrics: HubMetrics
  /** For an http server that dispatches upgrades itself. */
  readonly upgrades: UpgradeEndpoint
  /** For an http server that dispatches requests itself. */
  readonly requests: RequestEndpoint
  /** The hub's sessions, to be read straight from the log: pass it to `createStreams` of `@holdfast/streams`. */
  readonly streamSource: HubStreamSource
  readonly limits: HubLimits
  readonly #context: HubContext
  readonly #authorization: Authorization
  readonly #sessions: HubSessions
  readonly #webSockets: HubWebSocketEndpoint
  readonly #streams: EventStreams
  readonly #agents: AgentCatalog
  readonly #detach: (() => void)[] = []

  constructor(options: HubOptions) {
    const { clock = systemClock } = options
    this.metrics = new HubMetrics(
      () => ({
        sessions: this.#sessions.size,
        sessionBytes: this.#sessions.bytes,
        connections: this.size,
        bufferedBytes: this.bufferedBytes,
      }),
      () => clock.epoch(),
    )
    const context = contextOf(options, this.metrics)
    const { origins = [], proxies } = options
    this.limits = context.limits
    this.#context = context
    this.#sessions = new HubSessions(context)
    this.#streams = new EventStreams({ context, sessions: this.#sessions })
    this.#authorization = new Authorization(context, origins, proxies)
    const common = { context, authorization: this.#authorization, sessions: this.#sessions, count: () => this.size }
    this.#webSockets = new HubWebSocketEndpoint(common)
    this.upgrades = this.#webSockets
    this.streamSource = new HubStreamSource(common)
    this.#agents = new AgentCatalog(context)
    this.requests = hubRequests({ ...common, streams: this.#streams, agents: this.#agents })
  }

  /** Open connections, over WebSocket and SSE. */
  get size(): number {
    return this.#webSockets.size + this.#streams.size
  }

  /** Output that clients have not received yet, in bytes. */
  get bufferedBytes(): number {
    return this.#webSockets.bufferedBytes + this.#streams.bufferedBytes
  }

  /** Every open connection; those with the most unsent output first. */
  connections(): readonly HubConnectionSummary[] {
    const all = [...this.#webSockets.connections, ...this.#streams.connections].map(connectionSummary)
    return all.sort((a, b) => b.bufferedBytes - a.bufferedBytes || b.behindEvents - a.behindEvents)
  }

  /** Ends a connection for good, with the reason that an operator ended it. @returns whether there was one */
  disconnect(id: string): boolean {
    const found = [...this.#webSockets.connections, ...this.#streams.connections].find(
      ({ participant }) => participant.id === id,
    )
    found?.ended(new HubError('hub/disconnected', 'An operator ended this connection.'))
    return found !== undefined
  }

  /** Answers the hub's paths on an http server, in front of its own handlers. Returns a function that detaches it. */
  attach(server: Server): () => void {
    const detach = attachEndpoints(server, { upgrades: [this.upgrades], requests: [this.requests] })
    this.#detach.push(detach)
    return detach
  }

  /**
   * A session for code in this process. Close it when done.
   * @throws HubError `hub/not_found`, `hub/unavailable`
   */
  async session(id: string): Promise<SessionHandle> {
    const { session, release } = await inHubWords(this.#sessions.enter(id))
    return new SessionHandle(session, release)
  }

  /**
   * As {@link session}, on behalf of a principal: what its scopes, `authorize` and the session's owner allow. The
   * signal `ended` is also aborted when the principal can no longer find the session.
   * @throws HubError `hub/not_found`, `hub/forbidden`, `hub/unavailable`
   */
  async sessionFor(principal: Principal, id: string, access: HubAccess = 'observe'): Promise<SessionHandle> {
    await this.#authorization.permit(principal, access, id)
    const { session, release } = await inHubWords(this.#sessions.enter(id, principal.id))
    if (isVisible(principal, session.record)) return new SessionHandle(session, release, principal)
    release()
    throw new HubError('hub/not_found', 'There is no such session.')
  }

  /** Whether a principal may do this in a session that it can find: by its scopes and `authorize`. */
  async may(principal: Principal, access: HubAccess, id: string): Promise<boolean> {
    try {
      await this.#authorization.permit(principal, access, id)
      return true
    } catch (error) {
      if (error instanceof HubError && error.code === 'hub/forbidden') return false
      throw error
    }
  }

  /** As {@link may}, in a session that is there and that this principal finds. Nothing is opened for it. */
  async finds(principal: Principal, access: HubAccess, id: string): Promise<boolean> {
    if (!(await this.may(principal, access, id).catch(() => false))) return false
    const record = await inHubWords(this.#context.log.findSession(id))
    return record !== null && record.status !== INTERNAL_STATUS && isVisible(principal, record)
  }

  /** Makes a session, under a new id where none is given; one that exists is opened as it is. */
  async createSession(id?: string | undefined, info: Partial<SessionInfo> = {}): Promise<SessionHandle> {
    return this.session((await inHubWords(this.#sessions.create(id, info))).id)
  }

  /**
   * Refuses new connections, and asks all clients to reconnect, spread over the window, in milliseconds. Resolves when
   * all have left, at the latest after 5 s.
   */
  async drain(reconnectWindowMs: number): Promise<void> {
    this.#streams.drain(reconnectWindowMs)
    await this.#webSockets.drain(reconnectWindowMs)
    const deadline = this.#context.clock.now() + DRAIN_MS
    while (this.size > 0 && this.#context.clock.now() < deadline) {
      await new Promise<void>((resolve) => this.#context.clock.after(DRAIN_POLL_MS, resolve))
    }
  }

  /** Ends all connections and releases all sessions. The log stays open. */
  async close(): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach()
    this.#streams.close()
    this.#webSockets.close()
    this.#agents.close()
    await this.#sessions.close()
    this.#context.remotePresence?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function inHubWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw asHubError(error)
  }
}

/** How long clients have to answer the close, and how often that is looked at. */
const DRAIN_MS = 5_000
const DRAIN_POLL_MS = 20

/** A hub over a session log. */
export function createHub(options: HubOptions): Hub {
  return new Hub(options)
}

function contextOf(options: HubOptions, metrics: HubMetrics): HubContext {
  const { log, limits, cluster, logger = silentLogger, clock = systemClock, random = systemRandom } = options
  const { authenticate, authorize, onRequest, requireApproval, onInit, wake, reach = 'open' } = options
  const bounds = boundsOf(limits, getHeapStatistics().heap_size_limit)
  return {
    log,
    clock,
    random,
    logger,
    limits: bounds,
    gate: new HydrationGate({ clock, maxBytes: bounds.maxHydrationOut, timeoutMs: bounds.handshakeTimeoutMs }),
    inbound: { bytes: 0 },
    slices: new Slices(clock, (error) => logger.error('a client was not served', { error: String(error) })),
    metrics,
    reach,
    node: cluster?.node ?? `hub-${randomId(random)}`,
    remotePresence: cluster === undefined ? undefined : new RemotePresence(cluster),
    hooks: { authenticate, authorize, onRequest, requireApproval, onInit, wake },
  }
}
