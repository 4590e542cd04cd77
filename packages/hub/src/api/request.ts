import type { AttemptContext, Clock, Decoded } from '@holdfast/core'
import type { Fresh } from '@holdfast/core/client'
import { bodyText, retryAfterMs } from '@holdfast/core/contract'
import { deferred } from '@holdfast/core/internals'
import { type HubRestTarget, hubRestUrl, parseHubRest } from '@holdfast/protocol/hub/rest'
import { ask } from '../options.ts'
import { HubApiError, type HubApiErrorCode, type HubApiErrorDetails } from './errors.ts'
import type { HubFetch, HubFetchBody, HubFetchResponse } from './fetch-types.ts'

/** What a status means, where the hub's own error or the table of classes does not say it better. */
const MEANINGS: Readonly<Record<number, HubApiErrorCode>> = {
  400: 'api/bad_request',
  401: 'api/unauthorized',
  403: 'api/forbidden',
  404: 'api/not_found',
  409: 'api/conflict',
  410: 'api/not_found',
  413: 'api/too_large',
  422: 'api/bad_request',
  429: 'api/rate_limited',
}

/** How requests are made, with every default filled in. */
export interface HubRequestOptions {
  readonly url: Fresh
  readonly token: Fresh | undefined
  readonly orgId: string | undefined
  readonly fetch: HubFetch
  readonly timeoutMs: number
  readonly maxResponseBytes: number
  readonly clock: Clock
}

/** One request. */
export interface HubCall<Answer> {
  readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE'
  readonly target: HubRestTarget
  readonly query?: Readonly<Record<string, string | number | undefined>> | undefined
  readonly body?: object | undefined
  readonly signal?: AbortSignal | undefined
  /** Checks the answer. */
  readonly read: (body: unknown) => Decoded<Answer>
}

/** Sends it; once more with a fresh key where the hub refused one that is a function. @throws {@link HubApiError}, or the signal's reason */
export async function request<Answer>(options: HubRequestOptions, call: HubCall<Answer>): Promise<Answer> {
  const { signal } = call
  const isAborted = (): boolean => signal?.aborted === true
  if (isAborted()) throw signal?.reason
  const limit = limited(options, call)
  const answer = attempts(options, call, limit.signal)
  // Also where a function of the caller's does not come back.
  answer.catch(() => {})
  try {
    return await Promise.race([answer, limit.over])
  } catch (error) {
    if (isAborted()) throw signal?.reason
    throw error instanceof HubApiError ? error : failed(call, 'api/unreachable', reasonOf(error), {}, error)
  } finally {
    limit.done()
  }
}

async function attempts<Answer>(
  options: HubRequestOptions,
  call: HubCall<Answer>,
  signal: AbortSignal,
): Promise<Answer> {
  const first = await send(options, call, signal, 'initial')
  if (first.status !== 401 || typeof options.token !== 'function') return answerOf(options, call, first)
  await first.body?.getReader().cancel()
  return answerOf(options, call, await send(options, call, signal, 'refused'))
}

/** The deadline and the caller's signal as one; older runtimes cannot combine signals. */
function limited({ clock, timeoutMs }: HubRequestOptions, call: HubCall<unknown>) {
  const controller = new AbortController()
  const over = deferred<never>()
  over.promise.catch(() => {})
  const abort = (): void => {
    over.reject(failed(call, 'api/timeout', `no answer within ${timeoutMs} ms`, { timeoutMs }))
    controller.abort()
  }
  const timer = clock.after(timeoutMs, abort)
  call.signal?.addEventListener('abort', abort, { once: true })
  return {
    signal: controller.signal,
    over: over.promise,
    done: (): void => {
      timer.cancel()
      call.signal?.removeEventListener('abort', abort)
    },
  }
}

async function send(
  options: HubRequestOptions,
  { method, target, query, body }: HubCall<unknown>,
  signal: AbortSignal,
  reason: AttemptContext['reason'],
): Promise<HubFetchResponse> {
  const context: AttemptContext = { attempt: reason === 'initial' ? 1 : 2, reason, previousError: undefined, signal }
  const [base, key] = [await ask(options.url, context), await ask(options.token, context)]
  const headers = {
    accept: 'application/json',
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(key === '' ? {} : { authorization: `Bearer ${key}` }),
    ...(options.orgId === undefined ? {} : { 'x-agentuity-orgid': options.orgId }),
  }
  const url = hubRestUrl(base, target, query)
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  return options.fetch(url, { method, headers, ...sent, signal, redirect: 'manual', cache: 'no-store' })
}

async function answerOf<Answer>(
  options: HubRequestOptions,
  call: HubCall<Answer>,
  response: HubFetchResponse,
): Promise<Answer> {
  const { status, headers } = response
  // A browser reports a redirect that it does not follow as status 0.
  if (status === 0 || (status >= 300 && status < 400)) {
    throw failed(call, 'api/redirected', 'the server redirects', { status })
  }
  const text = await textOf(call, response.body, options.maxResponseBytes)
  const body = json(text)
  if (status < 200 || status >= 300) throw refusal(call, status, headers, body, options.clock)
  const answer = call.read(body)
  if (answer.ok) return answer.message
  throw failed(call, 'api/invalid_response', answer.issue, { status })
}

function refusal(
  call: HubCall<unknown>,
  status: number,
  headers: HubFetchResponse['headers'],
  body: unknown,
  clock: Clock,
): HubApiError {
  const error = parseHubRest.httpError(body)
  const { code: serverCode, message: serverMessage } = error.ok ? error.message.error : {}
  const wait = retryAfterMs(headers.get('retry-after'), headers.get('date'), clock.epoch())
  const code = MEANINGS[status] ?? (status >= 500 ? 'api/unavailable' : 'api/refused')
  const details = { status, serverCode, serverMessage, retryAfterMs: wait }
  return failed(call, code, serverMessage ?? `HTTP ${status}`, details)
}

/** The body, up to the bound. @throws `api/too_large` */
async function textOf(call: HubCall<unknown>, body: HubFetchBody | null, maxBytes: number): Promise<string> {
  const text = body === null ? '' : await bodyText(body, maxBytes)
  if (text !== undefined) return text
  throw failed(call, 'api/too_large', `the answer has more than ${maxBytes} bytes`, { maxBytes })
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Names the request by its method and resource: the URL may hold what is not to be logged. */
function failed(
  { method, target: { route, sessionId } }: HubCall<unknown>,
  code: HubApiErrorCode,
  what: string,
  details: HubApiErrorDetails,
  cause?: unknown,
): HubApiError {
  return new HubApiError(code, `${method} ${route} failed: ${what}`, { ...details, sessionId }, cause)
}

function reasonOf(error: unknown): string {
  const deep = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return deep instanceof Error ? deep.message : 'the request could not be made'
}
