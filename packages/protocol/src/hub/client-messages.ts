import type { Fields } from '../shape.ts'
import type { HubUnknownMessage } from './server-messages.ts'

/** An acknowledgement id for messages that have no `id` of their own. Hub §11. */
interface WithMid {
  readonly mid?: string | undefined
}

/** An event of the session; answered with the same `id`. Hub §3. */
export interface HubEventRequest extends WithMid {
  readonly type: 'event'
  readonly id: string
  readonly event: string
  readonly data: Fields
}

/** A call of a hub tool; answered with the same `id`. Hub §3. */
export interface HubToolRequest extends WithMid {
  readonly type: 'tool'
  readonly id: string
  readonly name: string
  readonly toolCallId: string
  readonly params: Fields
}

/** A command that a person typed; answered with the same `id`. Hub §3. */
export interface HubCommandRequest extends WithMid {
  readonly type: 'command'
  readonly id: string
  readonly name: string
  readonly args: string
}

/** Appends one JSONL line to a session file. Hub §3. */
export interface HubSessionEntryMessage extends WithMid {
  readonly type: 'session_entry'
  readonly path: string
  readonly line: string
}

/** Writes a whole session file. Hub §3. */
export interface HubSessionWriteMessage extends WithMid {
  readonly type: 'session_write'
  readonly path: string
  readonly content: string
}

/** A controller is ready for its hydration. Hub §2, §3. */
export interface HubBootstrapReadyMessage extends WithMid {
  readonly type: 'bootstrap_ready'
}

/** Replaces the event filter. Hub §3. */
export interface HubSubscribeMessage extends WithMid {
  readonly type: 'subscribe'
  readonly patterns: readonly string[]
}

/** For the RPC driver; answered by `rpc_response`. Hub §3. */
export interface HubRpcCommandMessage extends WithMid {
  readonly type: 'rpc_command'
  readonly command: Fields
}

/** The answer to `rpc_ui_request`: `id` is the request's; the message's own is `mid`. Hub §3. */
export interface HubRpcUiResponseMessage extends WithMid {
  readonly type: 'rpc_ui_response'
  readonly id: string
  readonly result?: unknown
}

/** Hub §3. `timestamp` in milliseconds since 1970. */
export interface HubPingMessage {
  readonly type: 'ping'
  readonly timestamp: number
}

/** The application has processed everything up to `seq`. Hub §11. */
export interface HubAckMessage {
  readonly type: 'ack'
  readonly seq: number
}

/** Asks for entries of the conversation before an event; answered by `session_history` with the same `id`. Hub §11. */
export interface HubHistoryRequest extends WithMid {
  readonly type: 'history'
  readonly id: string
  /** As `earlier` of a hydration or of the page before told it. */
  readonly before: number
}

/** Newer credentials of the same principal, in place of those that the connection began with. Hub §11. */
export interface HubAuthRenewMessage {
  readonly type: 'auth.renew'
  readonly authorization: string
}

/** The first frame of a client with a credential or an org. It has no `type`. Hub §2. */
export interface HubBootstrapFrame {
  readonly type?: undefined
  readonly authorization?: string | undefined
  readonly org_id?: string | undefined
}

/** The messages that are answered with the same `id`. Hub §3. */
export type HubRequest = HubEventRequest | HubToolRequest | HubCommandRequest

/** The client's messages that have a `type`, known to this version. */
export type HubTypedClientMessage =
  | HubRequest
  | HubSessionEntryMessage
  | HubSessionWriteMessage
  | HubBootstrapReadyMessage
  | HubSubscribeMessage
  | HubRpcCommandMessage
  | HubRpcUiResponseMessage
  | HubPingMessage
  | HubAckMessage
  | HubAuthRenewMessage
  | HubHistoryRequest

/** The client's frames, known to this version. A `switch` over `type` narrows it. */
export type HubKnownClientMessage = HubTypedClientMessage | HubBootstrapFrame

/** Anything that a client may say. Ask {@link isKnownHubClientMessage} before a `switch`. Hub §2, §3. */
export type HubClientMessage = HubKnownClientMessage | HubUnknownMessage

/** The bootstrap frame; `undefined` where there is nothing to tell, and so nothing to send. Hub §2. */
export function hubBootstrapFrame(options: {
  readonly authorization?: string | undefined
  readonly orgId?: string | undefined
}): HubBootstrapFrame | undefined {
  const { authorization, orgId } = options
  if (!authorization && !orgId) return undefined
  return { ...(authorization ? { authorization } : {}), ...(orgId ? { org_id: orgId } : {}) }
}
