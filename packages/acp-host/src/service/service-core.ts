import type { Logger, Random } from '@holdfast/contract'
import type { SessionLog } from '@holdfast/log'
import type { AcpPeer, LogOrigin } from '../peer.ts'
import type { AgentRunner } from '../runner/agent-runner.ts'
import type { AcpSession } from '../session/acp-session.ts'
import type { LedSessions } from '../session/led-sessions.ts'
import type { AcpAuthor } from '../state/records.ts'

/** What a new session is made of. */
export interface SessionRequest {
  readonly id: string
  readonly cwd: string
  readonly params: Readonly<Record<string, unknown>>
  readonly by: AcpAuthor
  /** The agent's own session that is to be loaded. */
  readonly theirs?: string | undefined
}

/** The agents and their sessions, as their clients know them. */
export interface ServiceCore {
  readonly log: SessionLog
  readonly access: LedSessions
  readonly random: Random
  readonly logger: Logger
  /** An agent by its name; the first one without. @throws `acp/not_found` */
  agent(name?: string | undefined): AgentRunner
  /** A session that is there, led here. @throws `acp/not_found`; where another process leads it */
  session(id: string): Promise<AcpSession>
  create(runner: AgentRunner, request: SessionRequest): Promise<AcpSession>
}

/** A client, as what it does in sessions knows it. */
export interface ClientCore {
  readonly service: ServiceCore
  readonly peer: AcpPeer
  /** Names the client in records. */
  readonly client: string
  readonly capabilities: Readonly<Record<string, unknown>>
  /** Its link stands. */
  readonly isHere: boolean
  /** The agent that it works with. @throws `acp/not_found` */
  readonly runner: AgentRunner
  /** Something of the client was left out: people see it where their client shows notices. */
  notice(sessionId: string | undefined, title: string): void
  /** Ends it from here. */
  end(code: string, message: string): void
}

/** A request of the client that is at work. */
export interface PendingRequest {
  /** The client does not want it any more. */
  cancel: () => void
  /** Where the client is in a session once it has its answer. */
  origin?: (() => LogOrigin) | undefined
  /** Called when it has its answer. */
  answered?: (() => void) | undefined
}

/** A request of a client about sessions. */
export interface SessionCall {
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
  readonly key: string | undefined
  /** What to do where the client does not want it any more. */
  readonly work: PendingRequest
}
