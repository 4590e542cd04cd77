import type { IncomingMessage } from 'node:http'
import { HoldfastError } from '@holdfast/contract'
import { type CarriedItem, carriedItem, OVER_HTTP } from '@holdfast/contract/over-http'

/** The most messages in one request, since each costs more than its bytes. Holdfast's clients never send more together. */
const MAX_ITEMS = 131_072

/** Whatever a page of an allowed origin wants to send: it is for the endpoint that is carried. */
export function askedHeaders({ headers }: IncomingMessage): readonly string[] {
  const names = String(headers['access-control-request-headers'] ?? '').split(',')
  return names.map((name) => name.trim()).filter((name) => /^[\w-]+$/.test(name))
}

/** @throws HoldfastError `server/bad_request` */
export function numberOf({ headers }: IncomingMessage): number {
  const text = String(headers[OVER_HTTP.number])
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new HoldfastError('server/bad_request', `${OVER_HTTP.number}: expected a whole number.`)
}

/** @throws HoldfastError `server/bad_request` */
export function itemsOf(body: unknown): readonly CarriedItem[] {
  if (Array.isArray(body) && body.length > MAX_ITEMS) {
    throw new HoldfastError('server/bad_request', `body: expected ${MAX_ITEMS} messages at most`)
  }
  const items = Array.isArray(body) ? body.map(carriedItem) : [undefined]
  return items.map((item) => {
    if (item !== undefined && item.kind !== 'opened') return item
    throw new HoldfastError('server/bad_request', 'body: expected an array of messages')
  })
}
