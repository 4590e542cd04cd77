import type { Decoded } from '@holdfast/core'
import {
  type HubKnownClientMessage,
  type HubKnownServerMessage,
  type HubKnownSseMessage,
  hubCloseMeaning,
  isKnownHubAction,
  isKnownHubClientMessage,
  isKnownHubServerMessage,
  isKnownHubSseMessage,
  parseHubClientMessage,
  parseHubServerMessage,
  parseHubSseEvent,
} from '@holdfast/protocol/hub'

/** Hub §5 under the published names. */
export const CODER_WS_CLOSE_CODE = {
  BAD_REQUEST: 4400,
  AUTH_REQUIRED: 4401,
  FORBIDDEN: 4403,
  SESSION_NOT_FOUND: 4404,
  UNAVAILABLE: 4408,
  SESSION_ACTIVE: 4409,
  STALE_DRIVER: 4410,
  RATE_LIMITED: 4429,
  INTERNAL_ERROR: 4500,
} as const

export type CoderWsCloseCode = (typeof CODER_WS_CLOSE_CODE)[keyof typeof CODER_WS_CLOSE_CODE]

/** True for the close codes after which a client does not reconnect. */
export function isTerminalCloseCode(code: number): boolean {
  return hubCloseMeaning(code).terminal
}

/** The server message, or null where the data is not one. */
export function parseServerMessage(data: unknown): HubKnownServerMessage | null {
  const message = orNull(parseHubServerMessage(data))
  if (message === null || !isKnownHubServerMessage(message)) return null
  if (message.type !== undefined) return message
  return 'actions' in message && message.actions.every(isKnownHubAction) ? message : null
}

/** The client message, or null where the data is not one. */
export function parseClientMessage(data: unknown): HubKnownClientMessage | null {
  const message = orNull(parseHubClientMessage(data))
  return message !== null && isKnownHubClientMessage(message) ? message : null
}

/** The message of an event stream, or null where the data is not one. */
export function parseObserverSseMessage(data: unknown): HubKnownSseMessage | null {
  const message = orNull(parseHubSseEvent({ event: 'message', data: JSON.stringify(data) ?? '', id: '' }))
  return message !== null && isKnownHubSseMessage(message) ? message : null
}

function orNull<Message>(decoded: Decoded<Message>): Message | null {
  return decoded.ok ? decoded.message : null
}
