import type { Principal } from '@holdfast/gate/internals'
import type { HubConnectionSummary } from '@holdfast/protocol/hub/rest'
import type { HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'

/** A connection, over WebSocket or SSE, as operators see it. */
export interface OpenConnection {
  readonly participant: Participant
  readonly principal: Principal
  readonly bufferedBytes: number
  readonly subscription: { readonly at: number }
  readonly parts: { readonly session: { readonly sessionId: string; readonly head: number } }
  ended(error: HubError): void
}

/** The summary of a connection. */
export function connectionSummary(connection: OpenConnection): HubConnectionSummary {
  const { participant, principal, bufferedBytes, subscription, parts } = connection
  const { session } = parts
  const { id, role, transport, connectedAt, lastActivity } = participant
  return {
    id,
    sessionId: session.sessionId,
    role,
    transport,
    principal: principal.id,
    connectedAt,
    lastActivityAt: lastActivity,
    bufferedBytes,
    behindEvents: Math.max(0, session.head - subscription.at),
  }
}
