import type { Clock, Logger, Random } from '@holdfast/contract'
import type { Authenticate, Principal } from '@holdfast/gate/internals'
import type { SessionLog, SessionReach } from '@holdfast/log'
import type { HubAction, HubInitMessage, HubRequest } from '@holdfast/protocol/hub'
import type { HubMetrics } from '../metrics.ts'
import type { InboundTotal } from './connection/inbound-flow.ts'
import type { HydrationGate } from './delivery/hydration-gate.ts'
import type { Slices } from './delivery/slices.ts'
import type { HubLimits } from './limits.ts'
import type { RemotePresence } from './presence/remote-presence.ts'

/** What a principal wants to do with a session. */
export type HubAccess = 'lead' | 'control' | 'observe' | 'create' | 'manage'

/**
 * Decides on one access, after the scopes allowed it. For a principal with a grant, it is called for the grant's maker
 * too, each time.
 */
export type AuthorizeSession = (
  principal: Principal,
  access: HubAccess,
  sessionId: string,
) => boolean | Promise<boolean>

/** A request of a lead or sub-agent that the hub answers. */
export interface LeadRequest {
  readonly sessionId: string
  readonly principal: Principal
  readonly role: 'lead' | 'sub_agent'
  readonly message: HubRequest
}

/**
 * Answers requests of leads: actions, or `undefined` for the next handler and in the end a plain `ACK`. Called after
 * the request is in the log, and once for each request unless the process crashes before the answer is in the log too.
 */
export type HandleRequest = (
  request: LeadRequest,
) => readonly HubAction[] | undefined | Promise<readonly HubAction[] | undefined>

/** How a request of a lead waits. */
export interface ApprovalPlan {
  /** So long at most. In milliseconds. */
  readonly timeoutMs: number
  /** The answer where none came in that time, or where too many requests wait. */
  readonly otherwise: readonly HubAction[]
}

/**
 * Whether a request of a lead waits for an answer by {@link SessionHandle.answerApproval}, which may come on any node
 * and at any time; undefined: it does not wait. Decided before the request is written, from its content alone: it waits
 * from the moment it is in the log. Handlers are called too, and may answer first.
 */
export type RequireApproval = (request: LeadRequest) => ApprovalPlan | undefined

/** Further members of an `init`: tools, commands, agents, model and so on. */
export type DescribeInit = (joined: {
  readonly sessionId: string
  readonly role: HubInitMessage['role']
  readonly principal: Principal
}) => Partial<Omit<HubInitMessage, 'type' | 'role' | 'sessionId' | 'holdfast'>>

/** Hooks for embedding. */
export interface HubHooks {
  /** @defaultValue every client may do everything */
  readonly authenticate?: Authenticate | undefined
  /** @defaultValue what the scopes allow */
  readonly authorize?: AuthorizeSession | undefined
  readonly onRequest?: HandleRequest | undefined
  /** @defaultValue nothing waits */
  readonly requireApproval?: RequireApproval | undefined
  readonly onInit?: DescribeInit | undefined
  /**
   * Called when a request arrives in a session without a lead. `true`: a lead is starting, and the request waits for
   * it. @defaultValue no lead is started
   */
  readonly wake?: ((sessionId: string) => Promise<boolean>) | undefined
}

/** What every part of one hub shares. */
export interface HubContext {
  readonly log: SessionLog
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly limits: HubLimits
  readonly metrics: HubMetrics
  readonly hooks: HubHooks
  readonly gate: HydrationGate
  readonly inbound: InboundTotal
  readonly slices: Slices
  /** Who may find a session that names no reach. */
  readonly reach: SessionReach
  /** Names this hub among those that share a log. */
  readonly node: string
  /** Who is at the other hubs; absent where this is the only one. */
  readonly remotePresence: RemotePresence | undefined
}
