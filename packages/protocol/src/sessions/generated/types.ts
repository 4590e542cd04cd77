// Made from ../schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { Fields } from '@holdfast/contract/shape'

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

/** Begin. */
export interface SessionInitializeRequest {
  readonly subtype: 'initialize'
}

/** The content of a control request. The set is open: other subtypes pass with their own members. */
export type SessionControlInner =
  | SessionPermissionRequest
  | SessionInterruptRequest
  | SessionSetPermissionModeRequest
  | SessionSetModelRequest
  | SessionInitializeRequest
  | {
      readonly subtype: string
      readonly [member: string]: unknown
    }

/** The answer to a permission prompt. */
export type SessionPermissionAnswer =
  | {
      readonly behavior: 'allow'
      readonly updatedInput?: Fields | undefined
    }
  | {
      readonly behavior: 'deny'
      readonly message: string
      readonly interrupt?: boolean | undefined
    }

/** Asks the other side; answered by a response with the same `request_id`. Sessions §1. */
export interface SessionControlRequest {
  readonly type: 'control_request'
  readonly request_id: string
  readonly request: SessionControlInner
}

/** The answer's two forms. Sessions §1. */
export type SessionControlResult =
  | {
      readonly subtype: 'success'
      readonly request_id: string
      readonly response?: Fields | undefined
    }
  | {
      readonly subtype: 'error'
      readonly request_id: string
      readonly error: string
    }

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

/** Asks, answers or takes back a question. Sessions §1. */
export type SessionControlMessage = SessionControlRequest | SessionControlResponse | SessionControlCancel

/** A turn of the model. Sessions §1. */
export interface SessionAssistantMessage {
  /** Names a message across replays. */
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
  readonly type: 'assistant'
  readonly message: Fields
}

/** A turn of the user. Sessions §1. */
export interface SessionUserMessage {
  /** Names a message across replays. */
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
  readonly type: 'user'
  readonly message: Fields
}

/** The end of a run. Sessions §1. */
export interface SessionResultMessage {
  /** Names a message across replays. */
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
  readonly type: 'result'
  readonly subtype: string
}

/** A description of the session. Sessions §1. */
export interface SessionSystemMessage {
  /** Names a message across replays. */
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
  readonly type: 'system'
  readonly subtype: string
}

/** A part of a turn, as the model produces it. Sessions §1. */
export interface SessionStreamEventMessage {
  /** Names a message across replays. */
  readonly uuid?: string | undefined
  readonly session_id?: string | undefined
  readonly type: 'stream_event'
  readonly event: Fields
}

/** The first frame where headers cannot be set. Sessions §1. */
export interface SessionAuthFrame {
  readonly type: 'auth'
  readonly credential: {
    readonly type: 'oauth'
    readonly token: string
  }
}

/** The messages of the stream that sessions §1 names. */
export type SessionKnownMessage =
  | SessionAssistantMessage
  | SessionUserMessage
  | SessionResultMessage
  | SessionSystemMessage
  | SessionStreamEventMessage

/** Any object with a string `type`. */
export interface SessionOtherMessage {
  readonly type: string
  readonly [member: string]: unknown
}

/** Anything that either side may say. The set is open; the guards of this module narrow it. Sessions §1. */
export type SessionMessage = SessionKnownMessage | SessionControlMessage | SessionAuthFrame | SessionOtherMessage
