import type { Principal, RestCall, RestRoute } from '@holdfast/gate/internals'
import type { SessionRecord } from '@holdfast/log'
import { StreamError } from '../errors.ts'
import type { ReadLinks } from '../links/read-links.ts'
import type { SessionSource } from '../session-source.ts'
import { formatOffset, type Offset, parseOffset, startOf } from '../stream/offset.ts'
import type { ReadableStreamView } from '../stream/open-stream.ts'
import type { SessionViews } from '../stream/session-views.ts'
import type { StreamStore } from '../stream/stream-store.ts'
import { type CachePolicy, momentCaching, NEVER_KEPT, PRIVATE } from './cache-policy.ts'
import { demandPlainQuery } from './plain-query.ts'
import { answerRead } from './read-answer.ts'
import type { ReadContext } from './read-context.ts'

/** What sessions as streams are made of. */
export interface SessionRoutesParts {
  readonly source: SessionSource
  readonly views: SessionViews
  readonly context: ReadContext
}

/** What is read through a link. */
export interface LinkRoutesParts {
  readonly links: ReadLinks
  readonly store: StreamStore
  /** Absent: links of streams alone. */
  readonly sessions: Pick<SessionRoutesParts, 'source' | 'views'> | undefined
  readonly context: ReadContext
}

/** What is read: a view, its caching, and for whom a reader counts. */
interface Reading {
  readonly view: ReadableStreamView
  readonly policy: CachePolicy
  readonly who: string
  /** How long: a reader's credentials, or a link, end. */
  readonly principal: Pick<Principal, 'expiresAt' | 'revoked'>
  /** Of a session, for its state. */
  readonly session?: SessionRecord | undefined
}

const OWN_ORIGIN = { 'cross-origin-resource-policy': 'same-origin' }
const ANY_ORIGIN = { 'cross-origin-resource-policy': 'cross-origin' }

/** Sessions of another endpoint as read-only streams: `/sessions/{id}` and its state. */
export function sessionRoutes({ source, views, context }: SessionRoutesParts): readonly RestRoute[] {
  const find = async ({ principal, parameters: { id = '' } }: RestCall): Promise<Reading> => {
    const session = await source.find(principal, id, 'read')
    return { view: views.of(session), policy: PRIVATE, who: principal.id, principal, session }
  }
  return readingRoutes('/sessions/{id}', find, { context, source })
}

/** `/links/{secret}`: the holder of the address reads what the link names, until its end. */
export function linkRoutes({ links, store, sessions, context }: LinkRoutesParts): readonly RestRoute[] {
  const find = async ({ parameters: { secret = '' } }: RestCall): Promise<Reading> => {
    const link = await links.find(secret)
    if (link === undefined) throw notFound()
    const policy = { isPublic: true, endsAt: link.endsAt, isOneLife: true }
    const who = `link ${link.linkId}`
    const principal = { expiresAt: link.endsAt }
    if (link.kind === 'stream') {
      const found = await store.find(link.id)
      if (found === undefined || 'deleted' in found || found.stream.record.epoch !== link.epoch) throw notFound()
      const { stream } = found
      if (stream.record.reach === 'private' && stream.record.owner !== link.by) throw notFound()
      store.touch(stream)
      return { view: stream, policy, who, principal }
    }
    const session = await sessions?.source.findShared(link.by, link.id)
    if (sessions === undefined || session === undefined || session.epoch !== link.epoch) throw notFound()
    return { view: sessions.views.of(session), policy, who, principal, session }
  }
  return readingRoutes('/links/{secret}', find, { context, source: sessions?.source, credentials: 'none' })
}

function readingRoutes(
  path: string,
  find: (call: RestCall) => Promise<Reading>,
  parts: {
    readonly context: ReadContext
    readonly source: SessionSource | undefined
    readonly credentials?: 'none' | undefined
  },
): readonly RestRoute[] {
  const { context, source, credentials } = parts
  const headers = credentials === 'none' ? ANY_ORIGIN : OWN_ORIGIN
  const read = async (call: RestCall): Promise<undefined> => {
    const { request, response, query } = call
    const recheck = (): Promise<Reading> => find(call)
    return answerRead(context, { ...{ request, response, query, headers, recheck }, ...(await find(call)) })
  }
  const head = async (call: RestCall): Promise<undefined> => {
    context.counts.read('head')
    const { view } = await find(call)
    const { tail, isClosed } = await view.end()
    call.response.writeHead(200, {
      ...headers,
      'cache-control': NEVER_KEPT,
      'content-type': view.contentType,
      'stream-next-offset': formatOffset(tail),
      ...(isClosed ? { 'stream-closed': 'true' } : {}),
    })
    call.response.end()
    return undefined
  }
  const state = async (call: RestCall): Promise<undefined> => {
    const { session, policy } = await find(call)
    if (policy.isPublic) demandPlainQuery(call.request.url ?? '')
    if (source === undefined || session === undefined) throw notFound()
    context.counts.read('state')
    return answerState(source, session, call, { ...headers, 'cache-control': momentCaching(policy) })
  }
  return [
    { method: 'GET', path, credentials, run: read },
    { method: 'HEAD', path, credentials, run: head },
    { method: 'GET', path: `${path}/state`, credentials, run: state },
  ]
}

/** Where a reader begins that has nothing, or continues that has an offset: what it needs to know, and where to read on. */
async function answerState(
  source: SessionSource,
  session: SessionRecord,
  { query, response }: RestCall,
  headers: Readonly<Record<string, string>>,
): Promise<undefined> {
  const position = positionIn(query.get('after'), session.epoch)
  const { messages, position: from } = await source.state(session.id, position)
  // Where nothing of it was known it is the state at the end; with a position that holds, only that it does.
  const isAtEnd = position !== from
  const [epoch = '', n = '0', eventHash = ''] = from.split('.')
  const body = Buffer.from(`[${messages.join(',')}]`)
  if (response.destroyed) return undefined
  response.writeHead(200, {
    ...headers,
    'content-type': 'application/json',
    'content-length': String(body.length),
    'stream-next-offset': formatOffset({ epoch, n: Number(n), eventHash }),
    ...(isAtEnd ? { 'stream-up-to-date': 'true' } : {}),
  })
  response.end(body)
  return undefined
}

/** As the log writes it. What is no offset is passed to the source as it came: the state is sent again. */
function positionIn(after: string | null, epoch: string): string | undefined {
  if (after === null || after === '' || after === 'now') return undefined
  const place = offsetIn(after, epoch)
  return place === undefined ? after : `${place.epoch}.${place.n}.${place.eventHash}`
}

function offsetIn(after: string, epoch: string): Offset | undefined {
  try {
    const start = parseOffset(after)
    if (start === 'now') return undefined
    return start === 'start' ? startOf(epoch) : start
  } catch {
    return undefined
  }
}

function notFound(): StreamError {
  return new StreamError('streams/not_found', 'There is no such stream, or the link has ended.')
}
