import { StreamError } from '../errors.ts'
import { formatOffset, type Offset, parseOffset, startOf } from '../stream/offset.ts'
import type { ReadyPage } from '../stream/page-cache.ts'
import { momentCaching, NEVER_KEPT, pageCaching } from './cache-policy.ts'
import { cursorAfter } from './cursor.ts'
import { demandPlainQuery } from './plain-query.ts'
import { endOf, leftOf, type ReadCall, type ReadContext } from './read-context.ts'
import { SseAnswer } from './sse-answer.ts'

interface ReadRequest {
  readonly start: Offset
  /** It began with a name of a place and not with the place. */
  readonly isSentinel: boolean
  readonly isNow: boolean
  readonly live: 'no' | 'long-poll' | 'sse'
  readonly cursor: string | undefined
}

/** Answers a read: what is there, what comes next, or everything from here on (protocol §5.6–5.8). */
export async function answerRead(context: ReadContext, call: ReadCall): Promise<undefined> {
  if (call.policy.isPublic) demandPlainQuery(call.request.url ?? '')
  const request = await readRequestOf(call)
  context.counts.read(request.live === 'no' ? 'page' : request.live)
  if (request.live === 'sse') return new SseAnswer(context, call, request).run()
  if (request.live === 'long-poll') return answerLongPoll(context, call, request)
  if (request.isNow) return answerNow(context, call, request)
  const ready = await call.view.read(request.start)
  return answerPage(context, call, request, ready, {})
}

async function readRequestOf({ query, view }: ReadCall): Promise<ReadRequest> {
  const live = query.get('live') ?? 'no'
  if (live !== 'no' && live !== 'long-poll' && live !== 'sse') throw bad('live: expected long-poll or sse')
  const offsets = query.getAll('offset')
  if (offsets.length > 1) throw bad('offset: expected one')
  const [text] = offsets
  if (text === undefined && live !== 'no') throw bad('offset: expected one with live')
  const start = text === undefined ? 'start' : parseOffset(text)
  const cursor = query.get('cursor') ?? undefined
  const common = { live, cursor, isSentinel: typeof start === 'string', isNow: start === 'now' } as const
  if (start === 'start') return { ...common, start: startOf(view.epoch) }
  return { ...common, start: start === 'now' ? (await view.end()).tail : start }
}

async function answerNow(context: ReadContext, call: ReadCall, { start }: ReadRequest): Promise<undefined> {
  const { isClosed } = await call.view.end()
  const headers = {
    'content-type': call.view.contentType,
    'cache-control': NEVER_KEPT,
    'stream-next-offset': formatOffset(start),
    'stream-up-to-date': 'true',
    ...(isClosed ? { 'stream-closed': 'true' } : {}),
  }
  return write(context, call, 200, headers, call.view.form === 'json' ? Buffer.from('[]') : Buffer.alloc(0))
}

function answerPage(
  context: ReadContext,
  call: ReadCall,
  request: ReadRequest,
  ready: ReadyPage,
  more: Readonly<Record<string, string>>,
): undefined {
  const { page } = ready
  const etag = `"${page.start.epoch}:${page.start.n}:${page.next.n}${page.isClosed ? ':c' : ''}"`
  const headers = {
    'content-type': call.view.contentType,
    'cache-control': pageCaching(call.policy, page, request.isSentinel, context.clock.epoch()),
    ...(request.isNow ? {} : { etag }),
    ...placeHeaders(ready),
    ...more,
  }
  const isKnown = request.live === 'no' && isKnownTag(call.request.headers['if-none-match'], etag)
  if (!isKnown) return write(context, call, 200, headers, ready.body)
  context.counts.notModified += 1
  return write(context, call, 304, headers)
}

async function answerLongPoll(context: ReadContext, call: ReadCall, request: ReadRequest): Promise<undefined> {
  const ready = await nextPage(context, call, request.start)
  if (ready === undefined || call.response.destroyed) return undefined
  const { page } = ready
  const cursor = cursorAfter(request.cursor, context.clock.epoch(), context.random)
  const more: Record<string, string> = page.isClosed ? {} : { 'stream-cursor': cursor }
  if (page.pieces.length > 0 || page.next.n > request.start.n) return answerPage(context, call, request, ready, more)
  const caching = { 'cache-control': request.isNow ? NEVER_KEPT : momentCaching(call.policy) }
  return write(context, call, 204, { ...caching, ...placeHeaders(ready), ...more })
}

/** The page behind an offset, as soon as there is something, or when it was waited for long enough. */
async function nextPage(context: ReadContext, call: ReadCall, start: Offset): Promise<ReadyPage | undefined> {
  const { clock, limits, readers } = context
  const { view, response, principal, who } = call
  let ready = await view.read(start)
  if (isSomething(ready)) return ready
  const release = readers.add(who, 'long-poll')
  const until = clock.now() + Math.min(limits.longPollMs, leftOf(principal, clock))
  const { end, stop } = endOf(context, response, principal)
  try {
    while (!isSomething(ready) && clock.now() < until && !end.isOver) {
      await view.changed(ready.page.next, until - clock.now(), end)
      if (response.destroyed) return undefined
      await call.recheck()
      ready = await view.read(start)
    }
    return ready
  } finally {
    stop()
    release()
  }
}

function isSomething({ page }: ReadyPage): boolean {
  return page.isClosed || !page.isUpToDate || page.next.n > page.start.n
}

function placeHeaders({ page }: ReadyPage): Readonly<Record<string, string>> {
  return {
    'stream-next-offset': formatOffset(page.next),
    ...(page.isUpToDate ? { 'stream-up-to-date': 'true' } : {}),
    ...(page.isClosed ? { 'stream-closed': 'true' } : {}),
  }
}

function isKnownTag(given: string | undefined, etag: string): boolean {
  if (given === undefined) return false
  return given.split(',').some((one) => one.trim() === '*' || one.trim().replace(/^W\//, '') === etag)
}

function write(
  { counts }: ReadContext,
  { response, headers: common }: ReadCall,
  status: number,
  headers: Readonly<Record<string, string>>,
  body?: Buffer | undefined,
): undefined {
  if (response.destroyed) return undefined
  counts.readBytes += body?.length ?? 0
  const length = body === undefined ? {} : { 'content-length': String(body.length) }
  response.writeHead(status, { ...common, ...headers, ...length }).end(body)
  return undefined
}

function bad(message: string): StreamError {
  return new StreamError('streams/bad_request', message)
}
