// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
/** A project of the tracker. Tracker §1. */
export interface TrackerProject {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly chat_id?: string | undefined
}

/** The token is accepted. Tracker §1. */
export interface TrackerAuthOk {
  readonly type: 'auth.ok'
  readonly data: {
    readonly lobby_chat_id?: string | undefined
    readonly projects: readonly TrackerProject[]
    readonly online: readonly unknown[]
    /** Of our own server: what it takes, for runtimes that show no headers of an upgrade. */
    readonly holdfast?: {
      readonly limits: {
        readonly maxFrameBytes?: number | undefined
      }
    } | undefined
  }
}

/** The token is refused. Tracker §1. */
export interface TrackerAuthError {
  readonly type: 'auth.error'
  readonly message: string
}

/** A heartbeat has arrived. Tracker §1. */
export interface TrackerHeartbeatAck {
  readonly type: 'heartbeat.ack'
}

/** A subscription is there. Tracker §1. */
export interface TrackerSubscribeOk {
  readonly type: 'subscribe.ok'
  readonly data?: unknown
}

/** Everything else that the tracker says: an event, named by `type`. Tracker §1. */
export interface TrackerEvent {
  readonly type: string
  readonly id?: string | undefined
  readonly data: unknown
  /** Milliseconds since 1970. */
  readonly ts?: number | undefined
}

/** The tracker's messages about the connection. Tracker §1. */
export type TrackerKnownServerFrame = TrackerAuthOk | TrackerAuthError | TrackerHeartbeatAck | TrackerSubscribeOk

/** A message as the tracker writes it: by `type`. Tracker §1. */
export type TrackerServerFrame = TrackerKnownServerFrame | TrackerEvent

/** The first frame. Tracker §1. */
export interface TrackerAuth {
  readonly type: 'auth'
  readonly token: string
}

/** `busy` while the agent has tasks. Tracker §1. */
export interface TrackerHeartbeat {
  readonly type: 'heartbeat'
  readonly status: 'busy' | 'online'
}

/** The event has been handled. `id` is the event's, where it has one. Tracker §1. */
export interface TrackerAck {
  readonly type: 'ack'
  readonly id?: string | undefined
}

/** The event could not be handled: an extension, for trackers that send again. */
export interface TrackerNack {
  readonly type: 'nack'
  readonly id?: string | undefined
  readonly reason?: string | undefined
}

/** Says something in a chat or on a task: one of `chat_id` and `task_id`. Tracker §1. */
export interface TrackerChatSend {
  readonly type: 'chat.send'
  readonly chat_id?: string | undefined
  readonly task_id?: string | undefined
  readonly content: string
  readonly mentions: readonly string[]
  readonly thinking?: string | undefined
  /** An extension: the sender's name for the message, so that a second copy is recognised. */
  readonly id?: string | undefined
}

/** `agent.stream.delta`, `agent.stream.tool` and any other stream event, with its own members. Tracker §1. */
export interface TrackerStreamEvent {
  readonly type: string
  readonly [member: string]: unknown
}

/** The messages of an agent that tracker §1 names. */
export type TrackerKnownClientMessage = TrackerAuth | TrackerHeartbeat | TrackerAck | TrackerNack | TrackerChatSend

/** Anything that an agent may say. Ask `isKnownTrackerClientMessage` before a `switch`. Tracker §1. */
export type TrackerClientMessage = TrackerKnownClientMessage | TrackerStreamEvent
