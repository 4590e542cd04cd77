// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields } from '@holdfast/contract/shape'
import type { HubAction, HubTaskState, HubStreamBlock, HubAgentActivity } from '@holdfast/protocol/hub/messages'

/** The definition of a custom agent, as published clients write it. */
export interface AgentFields {
  readonly slug: string
  readonly displayName: string
  readonly description?: string | undefined
  readonly instructions: string
  readonly model?: string | undefined
  readonly thinkingLevel?: string | undefined
  readonly headlessCompatible: boolean
  readonly tools: readonly string[]
  readonly serviceTools: readonly string[]
  /** This server stores no skills, so the list is empty. */
  readonly savedSkills: readonly unknown[]
  readonly companionAgents: readonly string[]
}

/** What others use of an agent: as it was at one moment, and never changed. */
export interface AgentVersion {
  readonly version: number
  readonly by: string
  /** In milliseconds since 1970. */
  readonly at: number
  readonly fields: AgentFields
}

/** A custom agent: what its owner works on, and what others have of it. */
export interface Agent {
  readonly id: string
  readonly owner: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly isArchived: boolean
  readonly draft: AgentFields
  /** The newest last; the oldest of very many are forgotten. */
  readonly versions: readonly AgentVersion[]
}

/** All custom agents. */
export type AgentsSnapshot = readonly Agent[]

/** A change of a custom agent. */
export type AgentRecord =
  /** An agent after a change of its owner, without its versions. */
  | {
      readonly t: 'agent'
      readonly id: string
      readonly owner: string
      readonly createdAt: number
      readonly updatedAt: number
      readonly isArchived: boolean
      readonly draft: AgentFields
    }
  /** One more version. */
  | {
      readonly t: 'version'
      readonly id: string
      readonly version: number
      readonly by: string
      /** In milliseconds since 1970. */
      readonly at: number
      readonly fields: AgentFields
    }

/** Body of `PATCH /agents/{name}`: what is absent stays as it is. Hub §7. */
export interface AgentChangeBody {
  readonly slug?: string | undefined
  readonly displayName?: string | undefined
  /** `null` takes it away. */
  readonly description?: string | null | undefined
  readonly instructions?: string | undefined
  /** `null` takes it away. */
  readonly model?: string | null | undefined
  /** `null` takes it away. */
  readonly thinkingLevel?: 'off' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null | undefined
  readonly headlessCompatible?: boolean | undefined
  readonly tools?: readonly string[] | undefined
  readonly serviceTools?: readonly string[] | undefined
  readonly companionAgents?: readonly string[] | undefined
  /** This hub keeps no skills: none, or left out. */
  readonly savedSkillIds?: readonly unknown[] | undefined
}

/** Body of `POST /agents`. Hub §7. */
export interface AgentBody {
  readonly slug: string
  readonly displayName: string
  /** `null` takes it away. */
  readonly description?: string | null | undefined
  readonly instructions: string
  /** `null` takes it away. */
  readonly model?: string | null | undefined
  /** `null` takes it away. */
  readonly thinkingLevel?: 'off' | 'minimal' | 'low' | 'medium' | 'high' | 'xhigh' | null | undefined
  readonly headlessCompatible?: boolean | undefined
  readonly tools?: readonly string[] | undefined
  readonly serviceTools?: readonly string[] | undefined
  readonly companionAgents?: readonly string[] | undefined
  /** This hub keeps no skills: none, or left out. */
  readonly savedSkillIds?: readonly unknown[] | undefined
}

/** The rights of the holder of a grant: for a session, or for a shell. */
export type GrantRole = 'observe' | 'control' | 'lead' | 'write'

/** One session or one shell that a principal lets others into, for a time. */
export interface Grant {
  readonly id: string
  /** The principal who made it. */
  readonly by: string
  readonly session?: string | undefined
  /** The epoch of the session: a session that is created again under its id has another one. */
  readonly epoch?: string | undefined
  readonly shell?: string | undefined
  readonly role: GrantRole
  /** For people. */
  readonly label?: string | undefined
  /** In milliseconds since 1970. */
  readonly createdAt: number
  /** In milliseconds since 1970. */
  readonly endsAt: number
}

/** A grant as it is kept: its token only as a digest. */
export interface StoredGrant {
  readonly id: string
  /** The principal who made it. */
  readonly by: string
  readonly session?: string | undefined
  /** The epoch of the session: a session that is created again under its id has another one. */
  readonly epoch?: string | undefined
  readonly shell?: string | undefined
  readonly role: GrantRole
  /** For people. */
  readonly label?: string | undefined
  /** In milliseconds since 1970. */
  readonly createdAt: number
  /** In milliseconds since 1970. */
  readonly endsAt: number
  readonly digest: string
}

/** The grants that had not ended. */
export type GrantsSnapshot = readonly StoredGrant[]

/** A record in the log of grants. */
export type GrantRecord =
  /** A grant was made. */
  | {
      readonly t: 'grant'
      readonly grant: StoredGrant
    }
  /** A grant was revoked before its expiry. */
  | {
      readonly t: 'revoked'
      readonly id: string
    }

/** Body of `POST /api/grants`: one session or one shell. */
export interface GrantBody {
  readonly session?: string | undefined
  readonly shell?: string | undefined
  /** @defaultValue `observe` */
  readonly role?: GrantRole | undefined
  /** Milliseconds. @defaultValue an hour */
  readonly expiresInMs?: number | undefined
  /** For people. */
  readonly label?: string | undefined
}

/** A participant of a session, as shown to the others, at other nodes too. */
export interface Participant {
  readonly id: string
  readonly role: 'lead' | 'observer' | 'controller' | 'sub_agent'
  readonly transport: 'ws' | 'sse'
  readonly subscriptions: readonly string[]
  readonly connectedAt: number
  readonly lastActivity: number
  readonly metadata?: Fields | undefined
}

/** Steps of an answer, as they are stored. */
export type Actions = readonly HubAction[]

/** Whose message a record is about, under which number, and up to where that client needs no answer any more. */
export type SenderNumber = readonly [sender: string, n: number, done: number]

/** Makes a request of a lead wait for an approval. */
export interface Hold {
  /** As the lead calls it; it is asked by whom the record is from. */
  readonly id: string
  /** When it is answered with `otherwise`, in milliseconds since 1970. */
  readonly until: number
  readonly otherwise: Actions
  readonly sender?: SenderNumber | undefined
}

/** An event of the session: sent to everybody whose filter it passes. */
export interface EventRecord {
  readonly t: 'event'
  readonly event: string
  readonly data: Fields
  readonly category: string
  readonly hold?: Hold | undefined
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** A tool or command that a lead requested from the hub. Stored for its answer; not sent to participants. */
export interface CallRecord {
  readonly t: 'call'
  readonly message: Fields
  readonly hold?: Hold | undefined
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** A controller's message for the lead. */
export interface RequestRecord {
  readonly t: 'request'
  /** As the lead gets it; its id is unique among what waits for the lead. */
  readonly message: Fields
  readonly wireId: string
  /** The asker; `id` is its id of the request. */
  readonly asker: string
  readonly id: string
  /** The deadline of the answer, in milliseconds since 1970. */
  readonly until?: number | undefined
  readonly sender?: SenderNumber | undefined
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** The lead's answer, for the sender of the request. */
export interface AnswerRecord {
  readonly t: 'answer'
  readonly wireId: string
  readonly asker: string
  readonly id: string
  readonly actions: Actions
  /** The number of the pending request that it answers. */
  readonly hold?: number | undefined
  /** Who answered such a request. */
  readonly by?: string | undefined
  /** Of the request that it answers. */
  readonly sender?: SenderNumber | undefined
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** An RPC message, for the driver, all controllers, or one scope. */
export interface RpcRecord {
  readonly t: 'rpc'
  readonly to: string
  readonly message: Fields
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** A change of a session file. */
export interface FileRecord {
  readonly t: 'file'
  readonly path: string
  readonly op: 'append' | 'write'
  readonly text: string
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** A new lead; older fences are no longer valid from here on. */
export interface LeadRecord {
  readonly t: 'lead'
  readonly fence: number
  readonly instance: string
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** The reach of the session was changed: every node reads its description. */
export interface ReachRecord {
  readonly t: 'reach'
  /** Hash of the message; a second use of its id with another hash is refused. */
  readonly fp?: string | undefined
  /** The sender of the message that caused this, with the scope of its ids. */
  readonly from?: string | undefined
}

/** A record of the hub in the log of a session. */
export type HubRecord =
  | EventRecord
  | CallRecord
  | RequestRecord
  | AnswerRecord
  | RpcRecord
  | FileRecord
  | LeadRecord
  | ReachRecord

/** A request without an answer. */
export interface PendingRequest {
  readonly n: number
  readonly asker: string
  readonly id: string
  readonly until?: number | undefined
  readonly sender?: SenderNumber | undefined
}

/** A request of a lead or sub-agent that waits for an approval. */
export interface PendingApproval {
  /** The number of the request in its session's log. */
  readonly n: number
  /** The asker; `id` is its id of the request. */
  readonly asker: string
  readonly id: string
  /** As the hub was asked: an `event`, `tool` or `command` of hub §3. */
  readonly message: Fields
  /** When it is answered with `otherwise`, in milliseconds since 1970. */
  readonly until: number
  readonly otherwise: Actions
  readonly sender?: SenderNumber | undefined
}

/** A pending request as it is stored. */
export interface StoredPendingApproval {
  /** The number of the request in its session's log. */
  readonly n: number
  /** The asker; `id` is its id of the request. */
  readonly asker: string
  readonly id: string
  /** As the hub was asked: an `event`, `tool` or `command` of hub §3. */
  readonly message: Fields
  /** When it is answered with `otherwise`, in milliseconds since 1970. */
  readonly until: number
  readonly otherwise: Actions
  readonly sender?: SenderNumber | undefined
  readonly fp?: string | undefined
  /** About what it occupies, in characters of JSON. */
  readonly length: number
}

/** An answer for a client that may ask for it again, under its number of the request. */
export interface StoredAnswer {
  readonly number: number
  readonly id: string
  readonly actions: Actions
}

/** The answers of one client, in the order in which they were given. */
export interface AnsweredSender {
  readonly name: string
  readonly answers: readonly StoredAnswer[]
  readonly length: number
  /** Answers up to this number may be gone. */
  readonly cut: number
  /** Number in the log of the newest answer. */
  readonly n: number
  /** When it was given, in milliseconds since 1970. */
  readonly at: number
}

/** Answers for clients that number what they send. */
export interface SenderAnswersState {
  /** Answers up to this number of the log were let go together with their sender. */
  readonly forgottenTo: number
  readonly senders: readonly AnsweredSender[]
}

/** Running tasks, agents and unfinished output. */
export interface StreamSnapshot {
  readonly tasks: readonly (readonly [string, HubTaskState])[]
  readonly agents: readonly (readonly [string, HubAgentActivity])[]
  readonly streams: readonly (readonly [string, HubStreamBlock])[]
  readonly main: HubStreamBlock
  readonly streaming: boolean
}

/** The open questions of the RPC driver. */
export interface QuestionsState {
  /** The position of a question without an answer, by its id. */
  readonly open: readonly (readonly [string, number])[]
  /** The position of the answer, by the id of the question. */
  readonly answered: readonly (readonly [string, number])[]
}

/** The conversation, as far as the server stores it. */
export interface EntriesState {
  /** Entries as JSON, many in each text. */
  readonly blocks: readonly string[]
  /** The event that each block begins with. Older ones do not know. */
  readonly firsts?: readonly number[] | undefined
  /** There were earlier ones. */
  readonly dropped?: boolean | undefined
}

/** A session's state after an event. Snapshots of earlier versions lack some of its members. */
export interface SessionSnapshot {
  /** Version of its format. A state of another version is built again from the log. */
  readonly v: 1
  readonly label?: string | undefined
  readonly task?: string | undefined
  readonly taskCount?: number | undefined
  readonly loop?: Fields | undefined
  readonly agent?: Fields | undefined
  readonly driver?: string | undefined
  readonly pastDrivers?: readonly string[] | undefined
  readonly entries?: EntriesState | undefined
  readonly stream?: StreamSnapshot | undefined
  /** By the id that the lead sees. */
  readonly pending?: readonly (readonly [string, PendingRequest])[] | undefined
  /** The positions of the answers, by asker and id. */
  readonly answers?: readonly (readonly [string, number])[] | undefined
  readonly senderAnswers?: SenderAnswersState | undefined
  /** Where the lead's answers are, by the id that it saw. */
  readonly answered?: readonly (readonly [string, number])[] | undefined
  readonly questions?: QuestionsState | undefined
  readonly held?: readonly StoredPendingApproval[] | undefined
  readonly files?: readonly (readonly [string, readonly string[]])[] | undefined
}

/** A task. */
export interface TrackerTask {
  readonly id: string
  readonly title: string
  readonly description: string
  readonly project_id: string
  /** The agent that should do it. */
  readonly assignee?: string | undefined
  readonly status: string
  readonly created_by: string
  /** Milliseconds since 1970. */
  readonly created_at: number
}

/** Something said in a chat or on a task. */
export interface TrackerChatMessage {
  readonly id: string
  readonly chat_id?: string | undefined
  readonly task_id?: string | undefined
  readonly author: string
  readonly content: string
  readonly mentions: readonly string[]
  readonly thinking?: string | undefined
  /** Milliseconds since 1970. */
  readonly created_at: number
}

/** A record in the log of the tracker. Its whole state is built from these. */
export type TrackerRecord =
  /** An agent is known from here on: it gets what concerns it, also while it is away. */
  | {
      readonly t: 'agent'
      readonly agent: string
    }
  /** A new task. */
  | {
      readonly t: 'task'
      readonly task: TrackerTask
    }
  /** The state of a task was changed. */
  | {
      readonly t: 'status'
      readonly taskId: string
      readonly status: string
      readonly by: string
    }
  /** A chat message. */
  | {
      readonly t: 'message'
      readonly message: TrackerChatMessage
    }
  /** The agent has handled the event of record `n`, or it is given up. */
  | {
      readonly t: 'ack'
      readonly agent: string
      readonly n: number
      readonly failed?: boolean | undefined
    }

/** An event for an agent. Its id is made of the record's number: the same after every restart, on every node. */
export interface InboxEvent {
  readonly n: number
  readonly type: string
  readonly data: Fields
  readonly ts: number
}

/** An agent, the numbers of what waits for it, and how many it lost. */
export type StoredInbox = readonly [agent: string, waiting: readonly number[], lost: number]

/** The events that wait for agents. An event that waits for several of them is stored once. */
export interface InboxState {
  readonly events: readonly InboxEvent[]
  readonly known: readonly StoredInbox[]
  /** Names of agents that were given work and have not connected yet. */
  readonly expected: readonly StoredInbox[]
}

/** Everything the tracker knows after a record. */
export interface TrackerSnapshot {
  /** Version of its format. A state of another version is built again from the log. */
  readonly v: 2
  readonly tasks: readonly TrackerTask[]
  /** The one that was silent longest first. */
  readonly chats: readonly (readonly [string, readonly TrackerChatMessage[]])[]
  readonly inboxes: InboxState
}

/** The relay's part of the data of the tracker's session; other members stay as they are. */
export interface RelayProgress {
  /** The last record that a relay has shown. */
  readonly relayed?: number | undefined
}

/** Body of `POST /api/tracker/tasks`. */
export interface TaskBody {
  readonly title: string
  readonly description?: string | undefined
  readonly project_id?: string | undefined
  readonly assignee?: string | undefined
}

/** Body of `PATCH /api/tracker/tasks/{id}`. */
export interface TaskChangeBody {
  readonly status: string
}

/** Body of a comment or a chat message. */
export interface MessageBody {
  readonly content: string
  readonly mentions?: readonly string[] | undefined
}
