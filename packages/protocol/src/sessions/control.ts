import {
  type Fields,
  fields,
  fits,
  isObject,
  literal,
  maybeBoolean,
  maybeText,
  object,
  optional,
  type Shape,
  text,
} from '../shape.ts'

/** May the tool be used? The answer's `response` is a {@link SessionPermissionAnswer}. Sessions §1. */
export interface SessionPermissionRequest {
  readonly subtype: 'can_use_tool'
  readonly tool_name: string
  readonly input: Fields
  readonly tool_use_id?: string | undefined
}
/** Stop what is running. */
export interface SessionInterruptRequest {
  readonly subtype: 'interrupt'
}
/** Change how permissions are asked for. */
export interface SessionSetPermissionModeRequest {
  readonly subtype: 'set_permission_mode'
  readonly mode: string
}
/** Change the model; absent or `null`: the default one. */
export interface SessionSetModelRequest {
  readonly subtype: 'set_model'
  readonly model?: string | null | undefined
}
export interface SessionInitializeRequest {
  readonly subtype: 'initialize'
}
/** What a control request asks. The set is open: other subtypes pass with their own members. */
export type SessionControlInner =
  | SessionPermissionRequest
  | SessionInterruptRequest
  | SessionSetPermissionModeRequest
  | SessionSetModelRequest
  | SessionInitializeRequest
  | { readonly subtype: string; readonly [member: string]: unknown }

/** What a permission prompt is answered with. */
export type SessionPermissionAnswer =
  | { readonly behavior: 'allow'; readonly updatedInput?: Fields | undefined }
  | { readonly behavior: 'deny'; readonly message: string; readonly interrupt?: boolean | undefined }

/** Asks the other side; answered by a response with the same `request_id`. Sessions §1. */
export interface SessionControlRequest {
  readonly type: 'control_request'
  readonly request_id: string
  readonly request: SessionControlInner
}
/** The answer's two forms. Sessions §1. */
export type SessionControlResult =
  | { readonly subtype: 'success'; readonly request_id: string; readonly response?: Fields | undefined }
  | { readonly subtype: 'error'; readonly request_id: string; readonly error: string }
/** Answers a request. Sessions §1. */
export interface SessionControlResponse {
  readonly type: 'control_response'
  readonly response: SessionControlResult
}
/** The sender no longer wants the answer. Sessions §1. */
export interface SessionControlCancel {
  readonly type: 'control_cancel_request'
  readonly request_id: string
}

export type SessionControlMessage = SessionControlRequest | SessionControlResponse | SessionControlCancel

const inner = object<{ readonly subtype: string }>({ subtype: text })
const control: Shape<SessionControlRequest> = object<SessionControlRequest>({
  type: literal('control_request'),
  request_id: text,
  request: (value) => inner(value),
})
const success = object<{
  readonly subtype: 'success'
  readonly request_id: string
  readonly response?: Fields | undefined
}>({
  subtype: literal('success'),
  request_id: text,
  response: optional(fields),
})
const failure = object<{ readonly subtype: 'error'; readonly request_id: string; readonly error: string }>({
  subtype: literal('error'),
  request_id: text,
  error: text,
})
const result: Shape<SessionControlResult> = (value) =>
  isObject(value) && value['subtype'] === 'error' ? failure(value) : success(value)
const response: Shape<SessionControlResponse> = object<SessionControlResponse>({
  type: literal('control_response'),
  response: result,
})
const cancel: Shape<SessionControlCancel> = object<SessionControlCancel>({
  type: literal('control_cancel_request'),
  request_id: text,
})
const permission: Shape<SessionPermissionRequest> = object<SessionPermissionRequest>({
  subtype: literal('can_use_tool'),
  tool_name: text,
  input: fields,
  tool_use_id: maybeText,
})
const permissionMode = object<SessionSetPermissionModeRequest>({ subtype: literal('set_permission_mode'), mode: text })
const allow = object<{ readonly behavior: 'allow'; readonly updatedInput?: Fields | undefined }>({
  behavior: literal('allow'),
  updatedInput: optional(fields),
})
const deny = object<{ readonly behavior: 'deny'; readonly message: string; readonly interrupt?: boolean | undefined }>({
  behavior: literal('deny'),
  message: text,
  interrupt: maybeBoolean,
})
const permissionAnswer: Shape<SessionPermissionAnswer> = (value) =>
  isObject(value) && value['behavior'] === 'deny' ? deny(value) : allow(value)

const SHAPES: ReadonlyMap<unknown, (value: unknown) => string | undefined> = new Map<
  unknown,
  (value: unknown) => string | undefined
>([
  ['control_request', control],
  ['control_response', response],
  ['control_cancel_request', cancel],
])

/** A control request that can be answered. */
export function isSessionControlRequest(message: unknown): message is SessionControlRequest {
  return fits(control, message)
}
/** A control response that names its request. */
export function isSessionControlResponse(message: unknown): message is SessionControlResponse {
  return fits(response, message)
}
/** A cancel that names its request. */
export function isSessionControlCancel(message: unknown): message is SessionControlCancel {
  return fits(cancel, message)
}
/** A permission prompt that is complete. */
export function isSessionPermissionRequest(request: unknown): request is SessionPermissionRequest {
  return fits(permission, request)
}
/** A request to change the permission mode that is complete. */
export function isSessionSetPermissionMode(request: unknown): request is SessionSetPermissionModeRequest {
  return fits(permissionMode, request)
}
/** A complete answer to a permission prompt: allow, or deny with a message. */
export function isSessionPermissionAnswer(answer: unknown): answer is SessionPermissionAnswer {
  return fits(permissionAnswer, answer)
}

/** What is wrong with a control message, in one line without values; `undefined` for a good one and for other messages. */
export function sessionControlIssue(message: { readonly type: string }): string | undefined {
  const issue = SHAPES.get(message.type)?.(message)
  return issue === undefined ? undefined : `message(${message.type})${issue}`
}
