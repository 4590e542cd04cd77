import { bodyText, type Clock, type Target } from '@holdfast/contract'
import { errorOf } from '../errors.ts'
import type { Fetch, FetchResponse } from '../fetch-types.ts'
import { redirected, refused, unreachable } from '../open-error.ts'
import { readRefusal } from '../refusal-body.ts'
import { isPlain } from '../request-headers.ts'

/** What a request needs beside its address. */
export interface PageRequestParts {
  readonly fetch: Fetch
  readonly init: Readonly<Record<string, unknown>> | undefined
  readonly headers: Readonly<Record<string, string>>
  readonly clock: Clock
  readonly maxPageBytes: number
}

/** One answer of a stream. */
export interface StreamPage {
  readonly headers: Readonly<Record<string, string>>
  /** Messages, as JSON has them; empty where nothing came. */
  readonly messages: readonly unknown[]
}

/** Headers of a target that are sent: an event stream's place is in the address here. */
export function pageHeaders(given: Target['headers']): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { accept: 'application/json' }
  for (const [name, value] of Object.entries(given ?? {})) {
    const lower = name.toLowerCase()
    if (lower !== 'last-event-id' && lower !== 'accept') headers[lower] = value
  }
  return headers
}

/** @throws OpenError for anything but a page of messages */
export async function askForPage(url: string, signal: AbortSignal, parts: PageRequestParts): Promise<StreamPage> {
  const redirect = isPlain(parts.headers) ? 'follow' : 'manual'
  const init = { cache: 'no-store', redirect, ...parts.init, headers: { ...parts.headers }, signal }
  const response = await parts.fetch(url, init).catch((error: unknown) => {
    throw unreachable(error)
  })
  const headers = Object.fromEntries(response.headers)
  const { status } = response
  if (status === 0 || (status >= 300 && status < 400)) throw redirected(status, headers, url)
  if (status === 204) {
    await response.body?.cancel().catch(() => {})
    return { headers, messages: [] }
  }
  if (status !== 200 || headers['stream-next-offset'] === undefined) {
    throw refused(status, headers, await said(response, parts.clock, signal), parts.clock, 'a page of a stream')
  }
  return { headers, messages: messagesIn(await textOf(response, parts.maxPageBytes)) }
}

async function textOf({ body }: FetchResponse, maxBytes: number): Promise<string> {
  const text = body === null ? '[]' : await bodyText(body, maxBytes)
  if (text === undefined) throw errorOf('channel/event_too_large')
  return text
}

async function said({ body }: FetchResponse, clock: Clock, signal: AbortSignal): Promise<string | undefined> {
  return body === null ? undefined : readRefusal(body, clock, signal)
}

function messagesIn(text: string): readonly unknown[] {
  const value: unknown = JSON.parse(text)
  return Array.isArray(value) ? value : [value]
}
