import { type Codec, type Decoded, parsedJson, type WebSocketFrame } from '@holdfast/contract'
import { array, expected, type Fields, fits, isObject, parseWith } from '@holdfast/contract/shape'
import { positiveLimit } from '../frame-limit-header.ts'
import { trackerClientMessage, trackerKnownClientMessageKinds, trackerProject } from './generated/checks.ts'
import type { TrackerClientMessage, TrackerKnownClientMessage, TrackerServerFrame } from './generated/types.ts'
import type { TrackerServerMessage } from './messages.ts'

const ALIASES: ReadonlyMap<string, 'auth_ok' | 'auth_error' | 'heartbeat_ack' | 'subscribe_ok'> = new Map([
  ['auth.ok', 'auth_ok'],
  ['auth_ok', 'auth_ok'],
  ['auth.error', 'auth_error'],
  ['auth_error', 'auth_error'],
  ['agent.heartbeat.ack', 'heartbeat_ack'],
  ['heartbeat.ack', 'heartbeat_ack'],
  ['heartbeat_ack', 'heartbeat_ack'],
  ['subscribe.ok', 'subscribe_ok'],
  ['chat.subscribe.ok', 'subscribe_ok'],
  ['project.subscribe.ok', 'subscribe_ok'],
])
const projects = /* @__PURE__ */ array(trackerProject)

/** The name of a message: `event` where there is one, else `type`. Tracker §1. */
export function trackerMessageName(value: unknown): string | undefined {
  if (!isObject(value)) return undefined
  for (const name of [value['event'], value['type']]) if (typeof name === 'string' && name !== '') return name
  return undefined
}

/** Reads a message of the tracker in either spelling. Never throws; an issue is one line without values. */
export function parseTrackerServerMessage(value: unknown): Decoded<TrackerServerMessage> {
  const name = trackerMessageName(value)
  if (!isObject(value)) return wrong(expected('object', value), value)
  if (name === undefined) return wrong(': expected an event or a type, got neither', value)
  const kind = ALIASES.get(name)
  if (kind === undefined) return { ok: true, message: eventOf(name, value) }
  if (kind === 'auth_ok') return welcomeOf(value)
  if (kind === 'auth_error') return { ok: true, message: { kind, message: refusalOf(value), raw: value } }
  if (kind === 'heartbeat_ack') return { ok: true, message: { kind, raw: value } }
  return { ok: true, message: { kind, data: value['data'], raw: value } }
}

/** The agent's end: tracker messages in, in one spelling; agent messages out, named by `type`. */
export const trackerClientCodec: Codec<TrackerServerMessage, TrackerClientMessage, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseTrackerServerMessage)

/** True for the messages of an agent that tracker §1 names; the rest are stream events. */
export function isKnownTrackerClientMessage(message: TrackerClientMessage): message is TrackerKnownClientMessage {
  return trackerKnownClientMessageKinds.isKnown(message)
}

/**
 * Reads a message of an agent. Agents name messages by `type`; one that has only `event` is named by that, while a
 * stream event may use `event` for its own. Never throws; an issue is one line without values.
 */
export function parseTrackerClientMessage(value: unknown): Decoded<TrackerClientMessage> {
  const untyped = isObject(value) && value['type'] === undefined && typeof value['event'] === 'string'
  return parseWith('message', trackerClientMessage, untyped ? { ...value, type: value['event'] } : value)
}

/** The tracker's end: agent messages in; tracker messages out, named by `type`. */
export const trackerServerCodec: Codec<TrackerClientMessage, TrackerServerFrame, WebSocketFrame, WebSocketFrame> =
  /* @__PURE__ */ parsedJson(parseTrackerClientMessage)

function eventOf(event: string, raw: Fields): TrackerServerMessage {
  const { id, data, ts } = raw
  const named = typeof id === 'string' || typeof id === 'number' ? { id: String(id) } : {}
  return {
    kind: 'event',
    event,
    ...named,
    data: data === undefined ? raw : data,
    ...(typeof ts === 'number' ? { ts } : {}),
    raw,
  }
}

function welcomeOf(raw: Fields): Decoded<TrackerServerMessage> {
  const from = [raw['data'], raw['init']].find((part) => part !== undefined) ?? {}
  if (!isObject(from)) return wrong(`(auth_ok).data${expected('object', from)}`, raw)
  const lobby = from['lobby_chat_id']
  const listed = from['projects'] ?? []
  const online = from['online'] ?? from['agents_online'] ?? []
  if (!fits(projects, listed)) return wrong(`(auth_ok).projects${projects(listed)}`, raw)
  if (!Array.isArray(online)) return wrong(`(auth_ok).online${expected('array', online)}`, raw)
  const { holdfast } = from
  const limits = isObject(holdfast) ? holdfast['limits'] : undefined
  const maxFrameBytes = positiveLimit(isObject(limits) ? limits['maxFrameBytes'] : undefined)
  const welcome = {
    ...(typeof lobby === 'string' ? { lobbyChatId: lobby } : {}),
    ...(maxFrameBytes === undefined ? {} : { maxFrameBytes }),
    projects: listed,
    online,
  }
  return { ok: true, message: { kind: 'auth_ok', welcome, raw } }
}

function refusalOf(raw: Fields): string {
  const { message, data } = raw
  for (const candidate of [message, data, isObject(data) ? data['message'] : undefined]) {
    if (typeof candidate === 'string' && candidate !== '') return candidate
  }
  return 'refused without a reason'
}

function wrong(issue: string, raw: unknown): Decoded<never> {
  return { ok: false, issue: `message${issue}`, raw }
}
