import { fits } from '@holdfast/contract/shape'
import {
  sessionControlCancel,
  sessionControlMessageKinds,
  sessionControlRequest,
  sessionControlResponse,
  sessionPermissionAnswer,
  sessionPermissionRequest,
  sessionSetPermissionModeRequest,
} from './generated/checks.ts'
import type {
  SessionControlCancel,
  SessionControlRequest,
  SessionControlResponse,
  SessionPermissionAnswer,
  SessionPermissionRequest,
  SessionSetPermissionModeRequest,
} from './generated/types.ts'

/** A control request that can be answered. */
export function isSessionControlRequest(message: unknown): message is SessionControlRequest {
  return fits(sessionControlRequest, message)
}
/** A control response that names its request. */
export function isSessionControlResponse(message: unknown): message is SessionControlResponse {
  return fits(sessionControlResponse, message)
}
/** A cancel that names its request. */
export function isSessionControlCancel(message: unknown): message is SessionControlCancel {
  return fits(sessionControlCancel, message)
}
/** A permission prompt that is complete. */
export function isSessionPermissionRequest(request: unknown): request is SessionPermissionRequest {
  return fits(sessionPermissionRequest, request)
}
/** A request to change the permission mode that is complete. */
export function isSessionSetPermissionMode(request: unknown): request is SessionSetPermissionModeRequest {
  return fits(sessionSetPermissionModeRequest, request)
}
/** A complete answer to a permission prompt: allow, or deny with a message. */
export function isSessionPermissionAnswer(answer: unknown): answer is SessionPermissionAnswer {
  return fits(sessionPermissionAnswer, answer)
}

/** What is wrong with a control message, in one line without values; `undefined` for a good one and for other messages. */
export function sessionControlIssue(message: { readonly type: string }): string | undefined {
  const issue = sessionControlMessageKinds(message)
  return issue === undefined ? undefined : `message${issue}`
}
