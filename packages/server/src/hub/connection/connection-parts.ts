import type { WebSocketChannel } from '@holdfast/contract'
import type { CompactRequest, Principal } from '@holdfast/gate/internals'
import type { HubServerMessage } from '@holdfast/protocol/hub'
import type { HubContext } from '../context.ts'
import type { EventFilter } from '../delivery/filters.ts'
import type { Subscription } from '../delivery/subscription.ts'
import type { HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import type { HubSession } from '../session/hub-session.ts'
import { GIVEN_NAME } from './resume-decision.ts'

/** A participant that the hub accepted. */
export interface ConnectionParts {
  readonly id: string
  readonly channel: WebSocketChannel
  readonly context: HubContext
  readonly session: HubSession
  readonly principal: Principal
  readonly role: Participant['role']
  readonly filter: EventFilter
  /** The client speaks the resume extension (hub §11). */
  readonly resumes: boolean
  /** It asks for the conversation page by page. */
  readonly isPaged: boolean
  readonly isDriver: boolean
  /** Its messages are numbered, under this name. */
  readonly sender: string | undefined
  readonly metadata: Readonly<Record<string, unknown>>
  /** Names the client across its connections. */
  readonly clientSessionId: string
  /** How it came. */
  readonly request: CompactRequest
  readonly owner: ConnectionOwner
  /** Releases what is held for it. */
  readonly release: () => void
}

/** Names the sender of a connection's messages, which gets their answers. */
export function scopeOf({ role, sender, clientSessionId }: ConnectionParts): string {
  // A person's page can be duplicated, with its position and so with the name in it: each of the two is a sender.
  const mayBeCopied = role === 'controller' && GIVEN_NAME.test(clientSessionId)
  return (mayBeCopied ? sender : undefined) ?? clientSessionId
}

/** As the others in its session see it. */
export function participantOf({ id, role, filter, metadata, context }: ConnectionParts): MessageHost['participant'] {
  const epoch = context.clock.epoch()
  const { patterns: subscriptions } = filter
  return { id, role, transport: 'ws', subscriptions, connectedAt: epoch, lastActivity: epoch, metadata }
}

/** The endpoint that accepted a connection: the same for all of them. */
export interface ConnectionOwner {
  /** Who newer credentials stand for. @throws HubError where they are of no use here */
  renew(parts: ConnectionParts, known: Principal, bearer: string): Promise<Principal>
  /** Called once, when the connection has ended. */
  ended(id: string): void
}

/** The connection whose messages are taken. */
export interface MessageHost {
  readonly parts: ConnectionParts
  readonly subscription: Subscription
  readonly participant: { -readonly [K in keyof Participant]: Participant[K] }
  /** Names the client across its connections, and across processes that go on from its position. */
  readonly instance: string
  /** Names the sender of its messages, which gets their answers. */
  readonly scope: string
  /** The fence that a lead writes under. */
  readonly fence: number | undefined
  send(message: HubServerMessage): void
  readonly hydrationSize: number
  hydrate(): void
  sendHistory(id: string, before: number): Promise<void>
  readonly principal: Principal
  renew(bearer: string): Promise<void>
  refuse(error: HubError): void
}

/** Answers a message with `protocol_error`. */
export type Protest = (code: string, message: string, id?: string | undefined) => void
