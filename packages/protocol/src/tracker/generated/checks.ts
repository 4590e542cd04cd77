// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  anything,
  array,
  closed,
  given,
  kindOf,
  kinds,
  maybeNumber,
  maybeText,
  object,
  oneOf,
  openTo,
  optional,
  outline,
  something,
  text,
} from '@holdfast/contract/shape'
import type {
  TrackerAck,
  TrackerAuth,
  TrackerAuthError,
  TrackerAuthOk,
  TrackerChatSend,
  TrackerClientMessage,
  TrackerEvent,
  TrackerHeartbeat,
  TrackerHeartbeatAck,
  TrackerKnownClientMessage,
  TrackerKnownServerFrame,
  TrackerNack,
  TrackerProject,
  TrackerServerFrame,
  TrackerStreamEvent,
  TrackerSubscribeOk,
} from './types.ts'

export const trackerProject: Shape<TrackerProject> = /* @__PURE__ */ object<TrackerProject>({
  id: text,
  slug: text,
  name: text,
  chat_id: maybeText,
})

const trackerAuthOkMembers = /* @__PURE__ */ object<Omit<TrackerAuthOk, 'type'>>({
  data: /* @__PURE__ */ object<Omit<TrackerAuthOk, 'type'>['data']>({
    lobby_chat_id: maybeText,
    projects: /* @__PURE__ */ array(trackerProject),
    online: /* @__PURE__ */ array(anything),
    holdfast: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Omit<TrackerAuthOk, 'type'>['data']['holdfast']>>({
      limits: /* @__PURE__ */ object<NonNullable<Omit<TrackerAuthOk, 'type'>['data']['holdfast']>['limits']>({
        maxFrameBytes: maybeNumber,
      }),
    })),
  }),
})

export const trackerAuthOk: Shape<TrackerAuthOk> = /* @__PURE__ */ kindOf('type', 'auth.ok', trackerAuthOkMembers)

const trackerAuthErrorMembers = /* @__PURE__ */ object<Omit<TrackerAuthError, 'type'>>({
  message: text,
})

export const trackerAuthError: Shape<TrackerAuthError> = /* @__PURE__ */ kindOf('type', 'auth.error', trackerAuthErrorMembers)

const trackerHeartbeatAckMembers = /* @__PURE__ */ object<Omit<TrackerHeartbeatAck, 'type'>>({})

export const trackerHeartbeatAck: Shape<TrackerHeartbeatAck> = /* @__PURE__ */ kindOf('type', 'heartbeat.ack', trackerHeartbeatAckMembers)

const trackerSubscribeOkMembers = /* @__PURE__ */ object<Omit<TrackerSubscribeOk, 'type'>>({
  data: anything,
})

export const trackerSubscribeOk: Shape<TrackerSubscribeOk> = /* @__PURE__ */ kindOf('type', 'subscribe.ok', trackerSubscribeOkMembers)

export const trackerEvent: Shape<TrackerEvent> = /* @__PURE__ */ object<TrackerEvent>({
  type: text,
  id: maybeText,
  data: something,
  ts: maybeNumber,
})

export const trackerKnownServerFrameKinds: Kinds<TrackerKnownServerFrame> = /* @__PURE__ */ kinds<TrackerKnownServerFrame>('type', {
  'auth.ok': trackerAuthOkMembers,
  'auth.error': trackerAuthErrorMembers,
  'heartbeat.ack': trackerHeartbeatAckMembers,
  'subscribe.ok': trackerSubscribeOkMembers,
})

export const trackerKnownServerFrame: Shape<TrackerKnownServerFrame> = /* @__PURE__ */ closed('type', trackerKnownServerFrameKinds)

export const trackerServerFrame: Shape<TrackerServerFrame> = /* @__PURE__ */ openTo(trackerKnownServerFrameKinds, trackerEvent)

const trackerAuthMembers = /* @__PURE__ */ object<Omit<TrackerAuth, 'type'>>({
  token: text,
})

export const trackerAuth: Shape<TrackerAuth> = /* @__PURE__ */ kindOf('type', 'auth', trackerAuthMembers)

const trackerHeartbeatMembers = /* @__PURE__ */ object<Omit<TrackerHeartbeat, 'type'>>({
  status: /* @__PURE__ */ oneOf('busy', 'online'),
})

export const trackerHeartbeat: Shape<TrackerHeartbeat> = /* @__PURE__ */ kindOf('type', 'heartbeat', trackerHeartbeatMembers)

const trackerAckMembers = /* @__PURE__ */ object<Omit<TrackerAck, 'type'>>({
  id: maybeText,
})

export const trackerAck: Shape<TrackerAck> = /* @__PURE__ */ kindOf('type', 'ack', trackerAckMembers)

const trackerNackMembers = /* @__PURE__ */ object<Omit<TrackerNack, 'type'>>({
  id: maybeText,
  reason: maybeText,
})

export const trackerNack: Shape<TrackerNack> = /* @__PURE__ */ kindOf('type', 'nack', trackerNackMembers)

const trackerChatSendMembers = /* @__PURE__ */ given(['chat_id', 'task_id'], /* @__PURE__ */ object<Omit<TrackerChatSend, 'type'>>({
  chat_id: maybeText,
  task_id: maybeText,
  content: text,
  mentions: /* @__PURE__ */ array(text),
  thinking: maybeText,
  id: maybeText,
}))

export const trackerChatSend: Shape<TrackerChatSend> = /* @__PURE__ */ kindOf('type', 'chat.send', trackerChatSendMembers)

export const trackerStreamEvent: Shape<TrackerStreamEvent> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  type: text,
}))

export const trackerKnownClientMessageKinds: Kinds<TrackerKnownClientMessage> = /* @__PURE__ */ kinds<TrackerKnownClientMessage>('type', {
  auth: trackerAuthMembers,
  heartbeat: trackerHeartbeatMembers,
  ack: trackerAckMembers,
  nack: trackerNackMembers,
  'chat.send': trackerChatSendMembers,
})

export const trackerKnownClientMessage: Shape<TrackerKnownClientMessage> = /* @__PURE__ */ closed('type', trackerKnownClientMessageKinds)

export const trackerClientMessage: Shape<TrackerClientMessage> = trackerKnownClientMessageKinds
