import { bodyText } from '@holdfast/contract'
import { errorOf } from '../errors.ts'
import { redirected, refused, unreachable } from '../open-error.ts'
import { readRefusal } from '../refusal-body.ts'
import { assertHeader } from '../request-headers.ts'
import type { ResolvedOptions } from './options.ts'

/** One request that waits for items. */
export interface PollRequest {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly signal: AbortSignal
}

/** The items of one answer, as JSON has them. @throws OpenError, or `channel/event_too_large` */
export async function askForItems(
  { url, headers: given, signal }: PollRequest,
  { fetch, maxMessageChars, bounds }: ResolvedOptions,
): Promise<readonly unknown[]> {
  const sent: Record<string, string> = { accept: 'application/json', ...given }
  for (const [name, value] of Object.entries(sent)) assertHeader(name, value)
  // As WebSockets do not follow either: the place that answers has the channel.
  const init = { cache: 'no-store', redirect: 'manual', headers: sent, signal }
  const response = await fetch(url, init).catch((error: unknown) => {
    throw unreachable(error)
  })
  const { status, body } = response
  const headers = Object.fromEntries(response.headers)
  if (status === 0 || (status >= 300 && status < 400)) throw redirected(status, headers, url)
  const isJson = /^application\/json *(;|$)/i.test(headers['content-type'] ?? '')
  if (status !== 200 || !isJson || body === null) {
    const said = body === null ? undefined : await readRefusal(body, bounds.clock, signal)
    throw refused(status, headers, said, bounds.clock, 'application/json')
  }
  const text = await bodyText(body, Infinity, maxMessageChars)
  if (text === undefined) throw errorOf('channel/event_too_large')
  return itemsIn(text)
}

function itemsIn(text: string): readonly unknown[] {
  try {
    const items: unknown = JSON.parse(text)
    return Array.isArray(items) ? items : [items]
  } catch (cause) {
    throw errorOf('channel/peer_violation', cause)
  }
}
