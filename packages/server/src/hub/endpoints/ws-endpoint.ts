import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type HoldfastError, randomId, type Timer, type WebSocketChannel } from '@holdfast/contract'
import {
  CompactRequest,
  ConnectionGate,
  type PendingConnection,
  type Principal,
  type UpgradeEndpoint,
} from '@holdfast/gate/internals'
import type { HubConnectionParameters } from '@holdfast/protocol/hub'
import { Connection } from '../connection/connection.ts'
import type { ConnectionOwner, ConnectionParts } from '../connection/connection-parts.ts'
import type { OpenConnection } from '../connection/connection-summary.ts'
import { initMessage } from '../connection/init-message.ts'
import { decideResumeWhenReady } from '../connection/resume-decision.ts'
import { visitingSender } from '../connection/visiting-sender.ts'
import type { HubContext } from '../context.ts'
import { eventFilter } from '../delivery/filters.ts'
import { asHubError, HUB_ERRORS, HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import type { HubSession } from '../session/hub-session.ts'
import type { HubSessions } from '../session/hub-sessions.ts'
import { driverName } from '../session/visibility.ts'
import { defined } from '../state/entries.ts'
import { type Authorization, demandVisible, noCredential, unauthorized } from './authorization.ts'
import { accessOf, credentialOf, demandUpgrade, draining, metadataOf, roleOf } from './connection-request.ts'

/** Where the hub's WebSocket is. Hub §1. */
const PATH = '/api/ws'

/** How long a client has to answer a close before its socket is dropped. */
const CLOSE_TIMEOUT_MS = 5_000

/** What an endpoint is made of. */
export interface WebSocketEndpointParts {
  readonly context: HubContext
  readonly authorization: Authorization
  readonly sessions: HubSessions
  /** Open connections of the whole hub. */
  count(): number
}

/** The hub's WebSocket endpoint (hub §1–§4): authenticates a client, then accepts it or refuses it with the code of hub §5. */
export class HubWebSocketEndpoint implements UpgradeEndpoint, ConnectionOwner {
  readonly #parts: WebSocketEndpointParts
  readonly #gate: ConnectionGate
  /** By id. */
  readonly #connections = new Map<string, Connection>()
  #draining = false
  #checks: Timer | undefined
  #marks: Timer | undefined

  constructor(parts: WebSocketEndpointParts) {
    this.#parts = parts
    const { limits, clock, logger, metrics } = parts.context
    this.#gate = new ConnectionGate({
      handles: (path) => path === PATH || path === `${PATH}/`,
      entrance: parts.authorization.entrance,
      clock,
      logger,
      errors: { rows: HUB_ERRORS, as: asHubError },
      terms: { maxFrameBytes: limits.maxFrameBytes },
      handshakeTimeoutMs: limits.handshakeTimeoutMs,
      closeTimeoutMs: CLOSE_TIMEOUT_MS,
      demandRoom: (waiting) => this.#demandRoom(waiting),
      demandUpgrade,
      demandFirst: (request, principal) => this.#demandFirst(request, principal),
      firstFrame: { timeoutMs: limits.firstFrameMs, missing: noCredential },
      credentialOf,
      enter: (pending, principal, request) => this.#enter(pending, principal, request),
      refuse: (channel, error) => this.#refuse(channel, error),
      refused: (code) => metrics.refused(code),
    })
  }

  get size(): number {
    return this.#connections.size
  }

  get connections(): Iterable<OpenConnection> {
    return this.#connections.values()
  }

  get bufferedBytes(): number {
    let bytes = 0
    for (const connection of this.#connections.values()) bytes += connection.bufferedBytes
    return bytes
  }

  handles(path: string): boolean {
    return this.#gate.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#gate.upgrade(request, socket, head)
  }

  async drain(reconnectWindowMs: number): Promise<void> {
    this.#draining = true
    for (const connection of this.#connections.values()) connection.drain(reconnectWindowMs)
    this.#gate.refuseWaiting((channel) => this.#refuse(channel, draining()))
  }

  /** Ends everything at once. */
  close(): void {
    this.#draining = true
    this.#checks?.cancel()
    this.#marks?.cancel()
    for (const connection of this.#connections.values()) connection.refuse(draining())
    this.#gate.close()
  }

  #demandRoom(waiting: number): void {
    if (this.#parts.count() + waiting < this.#parts.context.limits.maxConnections) return
    throw new HubError('hub/unavailable', 'The hub has as many connections as it may.')
  }

  /** What is answered with a close code, before anything is waited for. */
  #demandFirst(request: IncomingMessage, principal: Principal | undefined): void {
    if (this.#draining) throw draining()
    const { apiKey, auth } = this.#parts.authorization.parameters(request)
    if (principal !== undefined) return
    // A key that was shown in the URL and is of no use will not get better.
    if (apiKey !== undefined) throw unauthorized()
    if (auth === 'none') throw noCredential()
  }

  async #enter(pending: PendingConnection, principal: Principal, request: IncomingMessage): Promise<void> {
    const { authorization } = this.#parts
    const parameters = authorization.parameters(request)
    authorization.takeUpgrade(principal)
    const role = roleOf(parameters)
    const left = authorization.connected(principal)
    let leave = left
    try {
      const sessionId = await this.#session(principal, role, parameters)
      const { session, release: leaveSession } = await this.#parts.sessions.enter(sessionId, principal.id)
      leave = () => {
        leaveSession()
        left()
      }
      await this.#join(pending, { session, principal, role, parameters, release: leave, request })
    } catch (error) {
      leave()
      throw error
    }
  }

  async renew({ request, role, session }: ConnectionParts, known: Principal, bearer: string): Promise<Principal> {
    const { authorization } = this.#parts
    const renewed = await authorization.renew(request.request, known, bearer)
    await authorization.permit(renewed, accessOf(role), session.sessionId)
    return renewed
  }

  ended(id: string): void {
    this.#connections.delete(id)
  }

  /** The session to join; made where the client may. Hub §1, §10. */
  async #session(
    principal: Principal,
    role: Participant['role'],
    parameters: HubConnectionParameters,
  ): Promise<string> {
    const { authorization, sessions, context } = this.#parts
    const wanted = role === 'sub_agent' ? (parameters.parent ?? parameters.sessionId) : parameters.sessionId
    await authorization.permit(principal, accessOf(role), wanted ?? '')
    const record = wanted === undefined ? null : await context.log.findSession(wanted)
    if (record !== null) {
      demandVisible(principal, record)
      if (record.status !== 'archived' || role === 'observer') return record.id
      throw new HubError('hub/forbidden', 'The session is archived. Resume it first.')
    }
    if (wanted !== undefined && role !== 'lead') throw new HubError('hub/not_found', 'There is no such session.')
    await authorization.permit(principal, 'create', wanted ?? '')
    authorization.takeCreation(principal)
    const { label, task, origin, orgId } = parameters
    const data = defined({ mode: 'tui', visibility: 'private', task, origin, orgId })
    const owned = { owner: principal.id, reach: context.reach, data }
    const made = await sessions.create(wanted, { ...(label === undefined ? {} : { label }), ...owned })
    // Another request may have been faster.
    demandVisible(principal, made)
    return made.id
  }

  async #join(
    pending: PendingConnection,
    who: {
      readonly session: HubSession
      readonly principal: Principal
      readonly role: Participant['role']
      readonly parameters: HubConnectionParameters
      readonly release: () => void
      readonly request: IncomingMessage
    },
  ): Promise<void> {
    const { session, principal, role, parameters, release, request } = who
    const { context } = this.#parts
    const made = eventFilter(parameters.subscribe ?? [], context.limits)
    if (!made.ok) throw new HubError('hub/bad_request', made.issue)
    const id = `c_${randomId(context.random)}`
    const resumes = parameters.resume === true
    const isPaged = resumes && parameters.paged === true
    const { driverInstanceId } = parameters
    const driver =
      driverInstanceId === undefined
        ? undefined
        : driverName(principal, driverInstanceId, session.record, session.state)
    const start = await decideResumeWhenReady(session, role === 'observer', {
      asked: resumes,
      after: resumes ? parameters.after : undefined,
      // Without the extension nothing holds across connections: another one is another client.
      name: driver ?? (resumes ? undefined : id),
      sends: role !== 'observer',
      isPaged,
      fresh: role === 'lead' ? session.router.leadStart : undefined,
    })
    if (pending.isGone) return release()
    session.presence.demandRoom()
    const sender = await visitingSender(session, start, parameters, role !== 'observer')
    const parts = {
      id,
      channel: pending.channel,
      context,
      session,
      principal,
      role,
      filter: made.filter,
      resumes,
      isPaged,
      isDriver: role === 'lead' && parameters.driverMode === 'rpc',
      sender: sender?.id || undefined,
      metadata: metadataOf(parameters, principal),
      clientSessionId: start.clientSessionId,
      request: new CompactRequest(request),
      owner: this,
      release: sender === undefined ? release : both(sender.release, release),
    }
    const connection = new Connection(parts, start)
    this.#connections.set(id, connection)
    pending.become(connection)
    if (role === 'lead') await connection.lead()
    this.#watch()
    connection.open(initMessage(parts, parameters, sender?.offer ?? start.offer), start.isFresh)
    pending.open()
  }

  /** Two rounds through all connections, as long as there are any. */
  #watch(): void {
    const { clock, limits, slices } = this.#parts.context
    const check = (): void => {
      this.#checks = this.size === 0 ? undefined : clock.after(limits.pingIntervalMs, check)
      slices.each(this.#connections, (connection) => connection.check())
    }
    const mark = (): void => {
      this.#marks = this.size === 0 ? undefined : clock.after(limits.markIntervalMs, mark)
      slices.each(this.#connections, (connection) => connection.mention())
    }
    this.#checks ??= clock.after(limits.pingIntervalMs, check)
    this.#marks ??= clock.after(limits.markIntervalMs, mark)
  }

  #refuse(channel: WebSocketChannel, error: HoldfastError): void {
    const { metrics, logger } = this.#parts.context
    const refusal = asHubError(error)
    metrics.refused(refusal.code)
    if (refusal.code === 'hub/internal') logger.error('a connection failed', { error: String(refusal.cause) })
    channel.close(refusal.closeCode, refusal.message)
  }
}

function both(first: () => void, second: () => void): () => void {
  return () => {
    first()
    second()
  }
}
