import type { Codec, Decoded, SseEvent } from '@holdfast/contract'
import { expected, isObject, parseWith } from '@holdfast/contract/shape'
import { hubKnownSseMessageKinds, hubSseMessage } from './generated/checks.ts'
import type { HubKnownSseMessage, HubSseMessage } from './generated/types.ts'

/** True where the message is of a kind that this version knows, so that a `switch` over `type` narrows it. */
export function isKnownHubSseMessage(message: HubSseMessage): message is HubKnownSseMessage {
  return hubKnownSseMessageKinds.isKnown(message)
}

/**
 * One event of a session's stream (hub §6). The payload's `type` is the kind; where it has none, the event's name is.
 * Never throws; an issue is one line without values.
 */
export function parseHubSseEvent(event: SseEvent): Decoded<HubSseMessage> {
  let payload: unknown
  try {
    payload = JSON.parse(event.data)
  } catch {
    return { ok: false, issue: 'event: not valid JSON', raw: event.data }
  }
  if (!isObject(payload)) return { ok: false, issue: `event${expected('object', payload)}`, raw: payload }
  const named = event.event !== '' && event.event !== 'message'
  const message = payload['type'] === undefined && named ? { ...payload, type: event.event } : payload
  return parseWith('event', hubSseMessage, message)
}

/** The observer's end of an event stream: receive only. */
export const hubEventStreamCodec: Codec<HubSseMessage, never, SseEvent, never> = {
  decode: parseHubSseEvent,
  encode: () => [],
}
