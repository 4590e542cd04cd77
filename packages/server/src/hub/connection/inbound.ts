import type { WebSocketFrame } from '@holdfast/contract'
import {
  type HubKnownClientMessage,
  type HubResponse,
  isKnownHubClientMessage,
  parseHubClientMessage,
  parseHubServerMessage,
} from '@holdfast/protocol/hub'
import type { HubRpcEventMessage, HubRpcResponseMessage, HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { isFields } from '../state/entries.ts'

/** What an RPC driver sends: hub §4's own messages, on their way to controllers. */
export type DriverMessage = HubRpcEventMessage | HubRpcResponseMessage | HubRpcUiRequestMessage

/** One frame of a client, understood. */
export type Inbound =
  | { readonly kind: 'client'; readonly message: HubKnownClientMessage }
  /** A lead's answer to a request that was routed to it. */
  | { readonly kind: 'answer'; readonly message: HubResponse }
  | { readonly kind: 'driver'; readonly message: DriverMessage }
  | { readonly kind: 'unknown'; readonly type: string }
  | { readonly kind: 'issue'; readonly issue: string; readonly id?: string | undefined }

const DRIVER_TYPES: ReadonlySet<unknown> = new Set(['rpc_event', 'rpc_response', 'rpc_ui_request'])

/** Reads a frame. Never throws; an issue is one line without values. */
export function readInbound(frame: WebSocketFrame): Inbound {
  if (typeof frame !== 'string') return { kind: 'issue', issue: 'frame: expected text, got binary' }
  let value: unknown
  try {
    value = JSON.parse(frame)
  } catch {
    return { kind: 'issue', issue: 'frame: not valid JSON' }
  }
  if (isFields(value) && (DRIVER_TYPES.has(value['type']) || (value['type'] === undefined && 'actions' in value))) {
    return readServerSide(value)
  }
  const decoded = parseHubClientMessage(value)
  if (!decoded.ok) return { kind: 'issue', issue: decoded.issue, id: idOf(value) }
  const { message } = decoded
  return isKnownHubClientMessage(message) ? { kind: 'client', message } : { kind: 'unknown', type: message.type }
}

function readServerSide(value: unknown): Inbound {
  const decoded = parseHubServerMessage(value)
  if (!decoded.ok) return { kind: 'issue', issue: decoded.issue, id: idOf(value) }
  const { message } = decoded
  if (isAnswer(message)) return { kind: 'answer', message }
  return isDriverMessage(message) ? { kind: 'driver', message } : { kind: 'issue', issue: 'message: not understood' }
}

function isAnswer(message: object): message is HubResponse {
  return 'actions' in message && !('type' in message)
}

function isDriverMessage(message: object): message is DriverMessage {
  return 'type' in message && DRIVER_TYPES.has(message.type)
}

function idOf(value: unknown): string | undefined {
  if (!isFields(value)) return undefined
  const id = value['mid'] ?? value['id']
  return typeof id === 'string' ? id : undefined
}
