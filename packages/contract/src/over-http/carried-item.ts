import type { WebSocketFrame } from '../channel/channel.ts'

/** Headers of the requests that carry a WebSocket (docs/wire/over-http.md), and the two ways to ask for one. */
export const OVER_HTTP: {
  readonly channel: 'holdfast-channel'
  readonly number: 'holdfast-number'
  readonly protocols: 'holdfast-protocols'
  readonly events: 'events'
  readonly poll: 'poll'
} = {
  /** How a new channel is to be brought, or the secret name of one that is open. */
  channel: 'holdfast-channel',
  /** Counts requests of one kind, from 0: what something on the way repeats has its effect once. */
  number: 'holdfast-number',
  /** Subprotocols that are offered: pages may not send `Sec-WebSocket-Protocol`. */
  protocols: 'holdfast-protocols',
  events: 'events',
  poll: 'poll',
}

/** The first item of an open channel. */
export interface CarriedOpening {
  /** Its name. It is enough to send and to read: it is a secret. */
  readonly channel: string
  /** The subprotocol that was selected, or an empty text. */
  readonly protocol: string
  readonly headers: Readonly<Record<string, string>>
}

/** One item that either end sends to the other. */
export type CarriedItem =
  | { readonly kind: 'frame'; readonly frame: WebSocketFrame }
  | { readonly kind: 'ping' }
  | { readonly kind: 'pong' }
  | { readonly kind: 'close'; readonly code: number | undefined; readonly reason: string }
  | { readonly kind: 'opened'; readonly opening: CarriedOpening }

/** An item as JSON: a text message is a string, everything else an object with one member. */
export function itemText(item: CarriedItem): string {
  switch (item.kind) {
    case 'frame':
      return JSON.stringify(typeof item.frame === 'string' ? item.frame : { bytes: base64Of(item.frame) })
    case 'close':
      return JSON.stringify({ close: { code: item.code, reason: item.reason } })
    case 'opened':
      return JSON.stringify({ opened: item.opening })
    default:
      return JSON.stringify({ [item.kind]: true })
  }
}

/** The item; undefined where the value is not one. Never throws. */
export function carriedItem(value: unknown): CarriedItem | undefined {
  if (typeof value === 'string') return { kind: 'frame', frame: value }
  const { bytes, ping, pong, close, opened } = membersOf(value)
  if (typeof bytes === 'string') return bytesItem(bytes)
  if (ping === true) return { kind: 'ping' }
  if (pong === true) return { kind: 'pong' }
  if (typeof close === 'object') return closeItem(membersOf(close))
  return openedItem(membersOf(opened))
}

type Members = Readonly<Record<string, unknown>>

function membersOf(value: unknown): Members {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function bytesItem(text: string): CarriedItem | undefined {
  try {
    return { kind: 'frame', frame: Uint8Array.from(atob(text), (character) => character.charCodeAt(0)) }
  } catch {
    return undefined
  }
}

/** What a close frame can carry (RFC 6455 §5.5.1, §7.4): no code or reason is delivered that no WebSocket could have brought. */
function closeItem({ code, reason = '' }: Members): CarriedItem | undefined {
  if (code !== undefined && !isCloseCode(code)) return undefined
  if (typeof reason !== 'string' || new TextEncoder().encode(reason).length > MAX_REASON_BYTES) return undefined
  return { kind: 'close', code, reason }
}

/** Of a control frame's 125 bytes, two are the code. */
const MAX_REASON_BYTES = 123

function isCloseCode(code: unknown): code is number {
  return typeof code === 'number' && Number.isInteger(code) && code >= 1_000 && code <= 4_999
}

function openedItem({ channel, protocol, headers }: Members): CarriedItem | undefined {
  if (typeof channel !== 'string' || typeof protocol !== 'string') return undefined
  const texts = Object.entries(membersOf(headers)).flatMap(([name, text]) =>
    typeof text === 'string' ? [[name, text] as const] : [],
  )
  return { kind: 'opened', opening: { channel, protocol, headers: Object.fromEntries(texts) } }
}

/** As many bytes become text in one call: more would be too many arguments. */
const PIECE_BYTES = 8_192

function base64Of(bytes: Uint8Array): string {
  let binary = ''
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) {
    binary += String.fromCharCode(...bytes.subarray(at, at + PIECE_BYTES))
  }
  return btoa(binary)
}
