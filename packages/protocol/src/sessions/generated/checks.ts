// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Kinds,
  type Shape,
  closed,
  fields,
  kindOf,
  kinds,
  maybeBoolean,
  maybeText,
  object,
  oneOf,
  optional,
  orNull,
  outline,
  text,
} from '@holdfast/contract/shape'
import type {
  SessionAssistantMessage,
  SessionAuthFrame,
  SessionControlCancel,
  SessionControlInner,
  SessionControlMessage,
  SessionControlRequest,
  SessionControlResponse,
  SessionControlResult,
  SessionInitializeRequest,
  SessionInterruptRequest,
  SessionKnownMessage,
  SessionMessage,
  SessionOtherMessage,
  SessionPermissionAnswer,
  SessionPermissionRequest,
  SessionResultMessage,
  SessionSetModelRequest,
  SessionSetPermissionModeRequest,
  SessionStreamEventMessage,
  SessionSystemMessage,
  SessionUserMessage,
} from './types.ts'

export const sessionPermissionRequest: Shape<SessionPermissionRequest> = /* @__PURE__ */ object<SessionPermissionRequest>({
  subtype: /* @__PURE__ */ oneOf('can_use_tool'),
  tool_name: text,
  input: fields,
  tool_use_id: maybeText,
})

export const sessionInterruptRequest: Shape<SessionInterruptRequest> = /* @__PURE__ */ object<SessionInterruptRequest>({
  subtype: /* @__PURE__ */ oneOf('interrupt'),
})

export const sessionSetPermissionModeRequest: Shape<SessionSetPermissionModeRequest> = /* @__PURE__ */ object<SessionSetPermissionModeRequest>({
  subtype: /* @__PURE__ */ oneOf('set_permission_mode'),
  mode: text,
})

export const sessionSetModelRequest: Shape<SessionSetModelRequest> = /* @__PURE__ */ object<SessionSetModelRequest>({
  subtype: /* @__PURE__ */ oneOf('set_model'),
  model: /* @__PURE__ */ optional(/* @__PURE__ */ orNull(text)),
})

export const sessionInitializeRequest: Shape<SessionInitializeRequest> = /* @__PURE__ */ object<SessionInitializeRequest>({
  subtype: /* @__PURE__ */ oneOf('initialize'),
})

export const sessionControlInner: Shape<SessionControlInner> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  subtype: text,
}))

export const sessionPermissionAnswerKinds: Kinds<SessionPermissionAnswer> = /* @__PURE__ */ kinds<SessionPermissionAnswer>('behavior', {
  allow: /* @__PURE__ */ object<Omit<Extract<SessionPermissionAnswer, { readonly behavior: 'allow' }>, 'behavior'>>({
    updatedInput: /* @__PURE__ */ optional(fields),
  }),
  deny: /* @__PURE__ */ object<Omit<Extract<SessionPermissionAnswer, { readonly behavior: 'deny' }>, 'behavior'>>({
    message: text,
    interrupt: maybeBoolean,
  }),
})

export const sessionPermissionAnswer: Shape<SessionPermissionAnswer> = /* @__PURE__ */ closed('behavior', sessionPermissionAnswerKinds)

const sessionControlRequestMembers = /* @__PURE__ */ object<Omit<SessionControlRequest, 'type'>>({
  request_id: text,
  request: sessionControlInner,
})

export const sessionControlRequest: Shape<SessionControlRequest> = /* @__PURE__ */ kindOf('type', 'control_request', sessionControlRequestMembers)

export const sessionControlResultKinds: Kinds<SessionControlResult> = /* @__PURE__ */ kinds<SessionControlResult>('subtype', {
  success: /* @__PURE__ */ object<Omit<Extract<SessionControlResult, { readonly subtype: 'success' }>, 'subtype'>>({
    request_id: text,
    response: /* @__PURE__ */ optional(fields),
  }),
  error: /* @__PURE__ */ object<Omit<Extract<SessionControlResult, { readonly subtype: 'error' }>, 'subtype'>>({
    request_id: text,
    error: text,
  }),
})

export const sessionControlResult: Shape<SessionControlResult> = /* @__PURE__ */ closed('subtype', sessionControlResultKinds)

const sessionControlResponseMembers = /* @__PURE__ */ object<Omit<SessionControlResponse, 'type'>>({
  response: sessionControlResult,
})

export const sessionControlResponse: Shape<SessionControlResponse> = /* @__PURE__ */ kindOf('type', 'control_response', sessionControlResponseMembers)

const sessionControlCancelMembers = /* @__PURE__ */ object<Omit<SessionControlCancel, 'type'>>({
  request_id: text,
})

export const sessionControlCancel: Shape<SessionControlCancel> = /* @__PURE__ */ kindOf('type', 'control_cancel_request', sessionControlCancelMembers)

export const sessionControlMessageKinds: Kinds<SessionControlMessage> = /* @__PURE__ */ kinds<SessionControlMessage>('type', {
  control_request: sessionControlRequestMembers,
  control_response: sessionControlResponseMembers,
  control_cancel_request: sessionControlCancelMembers,
})

export const sessionControlMessage: Shape<SessionControlMessage> = /* @__PURE__ */ closed('type', sessionControlMessageKinds)

const sessionAssistantMessageMembers = /* @__PURE__ */ object<Omit<SessionAssistantMessage, 'type'>>({
  uuid: maybeText,
  session_id: maybeText,
  message: fields,
})

export const sessionAssistantMessage: Shape<SessionAssistantMessage> = /* @__PURE__ */ kindOf('type', 'assistant', sessionAssistantMessageMembers)

const sessionUserMessageMembers = /* @__PURE__ */ object<Omit<SessionUserMessage, 'type'>>({
  uuid: maybeText,
  session_id: maybeText,
  message: fields,
})

export const sessionUserMessage: Shape<SessionUserMessage> = /* @__PURE__ */ kindOf('type', 'user', sessionUserMessageMembers)

const sessionResultMessageMembers = /* @__PURE__ */ object<Omit<SessionResultMessage, 'type'>>({
  uuid: maybeText,
  session_id: maybeText,
  subtype: text,
})

export const sessionResultMessage: Shape<SessionResultMessage> = /* @__PURE__ */ kindOf('type', 'result', sessionResultMessageMembers)

const sessionSystemMessageMembers = /* @__PURE__ */ object<Omit<SessionSystemMessage, 'type'>>({
  uuid: maybeText,
  session_id: maybeText,
  subtype: text,
})

export const sessionSystemMessage: Shape<SessionSystemMessage> = /* @__PURE__ */ kindOf('type', 'system', sessionSystemMessageMembers)

const sessionStreamEventMessageMembers = /* @__PURE__ */ object<Omit<SessionStreamEventMessage, 'type'>>({
  uuid: maybeText,
  session_id: maybeText,
  event: fields,
})

export const sessionStreamEventMessage: Shape<SessionStreamEventMessage> = /* @__PURE__ */ kindOf('type', 'stream_event', sessionStreamEventMessageMembers)

export const sessionAuthFrame: Shape<SessionAuthFrame> = /* @__PURE__ */ object<SessionAuthFrame>({
  type: /* @__PURE__ */ oneOf('auth'),
  credential: /* @__PURE__ */ object<SessionAuthFrame['credential']>({
    type: /* @__PURE__ */ oneOf('oauth'),
    token: text,
  }),
})

export const sessionKnownMessageKinds: Kinds<SessionKnownMessage> = /* @__PURE__ */ kinds<SessionKnownMessage>('type', {
  assistant: sessionAssistantMessageMembers,
  user: sessionUserMessageMembers,
  result: sessionResultMessageMembers,
  system: sessionSystemMessageMembers,
  stream_event: sessionStreamEventMessageMembers,
})

export const sessionKnownMessage: Shape<SessionKnownMessage> = /* @__PURE__ */ closed('type', sessionKnownMessageKinds)

export const sessionOtherMessage: Shape<SessionOtherMessage> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  type: text,
}))

export const sessionMessage: Shape<SessionMessage> = /* @__PURE__ */ outline(/* @__PURE__ */ object({
  type: text,
}))
