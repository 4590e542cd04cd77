import { type Fields, maybeText, object, oneOf, type Shape, text } from '../shape.ts'

/** A project of the tracker. Tracker §1. */
export interface TrackerProject {
  readonly id: string
  readonly slug: string
  readonly name: string
  readonly chat_id?: string | undefined
}

/** What the tracker tells once the token is accepted. */
export interface TrackerWelcome {
  readonly lobbyChatId?: string | undefined
  readonly projects: readonly TrackerProject[]
  /** Who is online, as the tracker tells it. */
  readonly online: readonly unknown[]
}

/** A message of the tracker, whatever spelling it came in. `raw` is the frame's own object. Tracker §1. */
export type TrackerServerMessage =
  | { readonly kind: 'auth_ok'; readonly welcome: TrackerWelcome; readonly raw: Fields }
  | { readonly kind: 'auth_error'; readonly message: string; readonly raw: Fields }
  | { readonly kind: 'heartbeat_ack'; readonly raw: Fields }
  | { readonly kind: 'subscribe_ok'; readonly data?: unknown; readonly raw: Fields }
  | {
      readonly kind: 'event'
      readonly event: string
      /** Absent where the tracker gave none; such an event cannot be recognised when it comes again. */
      readonly id?: string | undefined
      /** The message's `data`, or the message itself where it has none. */
      readonly data: unknown
      /** Milliseconds since 1970. */
      readonly ts?: number | undefined
      readonly raw: Fields
    }

/** A message as the tracker writes it: by `type`. Tracker §1. */
export type TrackerServerFrame =
  | {
      readonly type: 'auth.ok'
      readonly data: {
        readonly lobby_chat_id?: string | undefined
        readonly projects: readonly TrackerProject[]
        readonly online: readonly unknown[]
      }
    }
  | { readonly type: 'auth.error'; readonly message: string }
  | { readonly type: 'heartbeat.ack' }
  | { readonly type: 'subscribe.ok'; readonly data?: unknown }
  | {
      readonly type: string
      readonly id?: string | undefined
      readonly data: unknown
      readonly ts?: number | undefined
    }

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

export type TrackerKnownClientMessage = TrackerAuth | TrackerHeartbeat | TrackerAck | TrackerNack | TrackerChatSend

/** Anything that an agent may say. Ask `isKnownTrackerClientMessage` before a `switch`. Tracker §1. */
export type TrackerClientMessage = TrackerKnownClientMessage | TrackerStreamEvent

export const project: Shape<TrackerProject> = object<TrackerProject>({
  id: text,
  slug: text,
  name: text,
  chat_id: maybeText,
})
export const heartbeatStatus: Shape<'busy' | 'online'> = oneOf('busy', 'online')
