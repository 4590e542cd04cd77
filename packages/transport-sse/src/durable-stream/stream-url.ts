import { OpenError } from '@holdfast/contract'

/** Where a hub serves a session's events, under both of its prefixes (hub §6). */
const HUB_EVENTS = /^(.*?)(?:\/api)?\/hub\/session\/([^/]+)\/events$/

declare const location: { readonly href: string } | undefined

/**
 * The stream of a session: beside the hub's own event stream, or where the target says.
 * @throws `channel/invalid_url` for a filter: a stream has every event
 */
export function streamUrlOf(
  url: string,
  given: string | undefined,
): { readonly stream: URL; readonly isOtherOrigin: boolean } {
  const base = typeof location === 'undefined' ? undefined : location.href
  const target = new URL(url, base)
  const stream = new URL(given ?? url, base)
  const isOtherOrigin = target.origin !== stream.origin
  const subscribe = target.searchParams.get('subscribe')
  if (subscribe !== null && subscribe !== '' && subscribe !== '*') {
    const text = 'A stream has every event of its session: leave `subscribe` out, or use another transport.'
    throw new OpenError(text, { unsent: true }, undefined, 'channel/invalid_url')
  }
  stream.pathname = stream.pathname.replace(HUB_EVENTS, '$1/streams/sessions/$2')
  const apiKey = stream.searchParams.get('api_key')
  stream.search = ''
  if (apiKey !== null) stream.searchParams.set('api_key', apiKey)
  return { stream, isOtherOrigin }
}

/** The address of the state that a reader begins with; with an offset only what it misses of it. */
export function stateUrl(stream: URL, after: string | undefined): string {
  const url = new URL(stream)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/state`
  if (after !== undefined) url.searchParams.set('after', after)
  return url.href
}

/** The address of what is behind an offset. Names in order, so that everybody's address is the same for a cache. */
export function pageUrl(
  stream: URL,
  offset: string,
  live: { readonly cursor: string | undefined } | undefined,
): string {
  const url = new URL(stream)
  if (live?.cursor !== undefined) url.searchParams.set('cursor', live.cursor)
  if (live !== undefined) url.searchParams.set('live', 'long-poll')
  url.searchParams.set('offset', offset)
  return url.href
}

/** Digits of an offset's number. */
const DIGITS = 16

/** A position of a session as an offset of its stream: `{epoch}.{n}.{eventHash}`, the number with zeros before it. */
export function offsetOf(position: string): string | undefined {
  const [epoch, n, eventHash = '', ...more] = position.split('.')
  if (epoch === undefined || n === undefined || more.length > 0 || !/^[0-9]{1,16}$/.test(n)) return undefined
  return `${epoch}.${n.padStart(DIGITS, '0')}${eventHash === '' ? '' : `.${eventHash}`}`
}

/** The way back: where an offset is, and its position. */
export function placeOf(offset: string): { readonly position: string; readonly seq: number; readonly anchor: string } {
  const [epoch = '', n = '0', anchor = ''] = offset.split('.')
  const seq = Number(n)
  return { position: `${epoch}.${seq}.${anchor}`, seq, anchor }
}
