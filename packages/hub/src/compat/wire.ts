import type { Decoded } from '@holdfast/core'
import {
  type HubClientMessage,
  type HubServerMessage,
  type HubSseMessage,
  hubCloseMeaning,
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

/** True for the codes after which nobody comes back. */
export function isTerminalCloseCode(code: number): boolean {
  return hubCloseMeaning(code).terminal
}

/** The message, or null where it is none. */
export function parseServerMessage(data: unknown): HubServerMessage | null {
  return orNull(parseHubServerMessage(data))
}

/** The message, or null where it is none. */
export function parseClientMessage(data: unknown): HubClientMessage | null {
  return orNull(parseHubClientMessage(data))
}

/** The message, or null where it is none. */
export function parseObserverSseMessage(data: unknown): HubSseMessage | null {
  return orNull(parseHubSseEvent({ event: 'message', data: JSON.stringify(data) ?? '', id: '' }))
}

function orNull<Message>(decoded: Decoded<Message>): Message | null {
  return decoded.ok ? decoded.message : null
}
