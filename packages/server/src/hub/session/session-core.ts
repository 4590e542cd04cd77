import type { Principal } from '@holdfast/gate/internals'
import type { AppendResult, SessionRecord, WriteOptions } from '@holdfast/log'
import type { HubAction, HubPresenceMessage, HubResponse } from '@holdfast/protocol/hub'
import type { HandleRequest, HubContext } from '../context.ts'
import type { Subscription } from '../delivery/subscription.ts'
import type { HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import type { HubRecord } from '../state/records.ts'
import type { SessionState } from '../state/session-state.ts'

/** A follower of the session. */
export interface Member {
  /** The principal of the credentials. */
  readonly principal: Principal
  readonly subscription: Subscription
  presence(message: HubPresenceMessage, text: string): void
  /** A lead is there, here or at another hub. */
  leadCame(): void
  /** The session is gone. */
  ended(error: HubError): void
}

/** Something beside events that all members are sent. */
export interface Notice {
  /** What it occupies while it waits. */
  readonly bytes: number
  readonly serve: (member: Member) => void
  /** How things are when this is called: sent in the place of notices that wait, where these are too many. */
  readonly latest: () => (member: Member) => void
}

/** How an event of the hub's own is published. */
export interface PublishOptions {
  /** @defaultValue derived from the event's name (hub §4) */
  readonly category?: string | undefined
  /** The same key again is the same event: it has no second effect. Remembered as the log remembers keys. */
  readonly key?: string | undefined
}

/** A session in this process, as its parts know it: what was applied, and the one way to write. */
export interface SessionCore {
  readonly sessionId: string
  readonly context: HubContext
  /** As the session is described. */
  readonly record: SessionRecord
  readonly state: SessionState
  /** The number of the event that was applied last, and the hash of its content. */
  readonly head: number
  readonly eventHash: string
  /** Names this life of the session. */
  readonly epoch: string
  readonly hasEnded: boolean
  readonly members: ReadonlySet<Member>
  /** Sends all members a message, in the order of the calls; many of them a few at a time. */
  notify(notice: Notice): void
  /** Everybody, here and at other hubs; of the observers only those who are here. */
  readonly participants: readonly Participant[]
  /** There is a lead, here or at another hub. */
  readonly isLed: boolean
  /** The handlers of the lead's requests, in the order in which they are called. */
  readonly handlers: readonly HandleRequest[]
  /** Writes one record. */
  append(record: HubRecord, options?: WriteOptions): Promise<AppendResult>
  /** Resolves when event `n` was applied, or the session has ended. */
  reached(n: number): Promise<void>
  recordAt(n: number): Promise<HubRecord | undefined>
  /** The answer to an earlier request, if there is one. */
  known(asker: string, id: string): Promise<HubResponse | undefined>
  /** Answers waiting request `n`. False where another answer came first. @throws HubError */
  settle(n: number, actions: readonly HubAction[]): Promise<boolean>
  /** Leads may have come or gone at other hubs. */
  remoteLeadCame(): void
}
