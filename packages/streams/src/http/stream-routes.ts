import { hasScope, type Principal, RateLimiter, type RestCall, type RestRoute } from '@holdfast/gate/internals'
import type { SessionReach } from '@holdfast/log'
import type { AppendRequest } from '../append/append-decision.ts'
import { StreamError } from '../errors.ts'
import { essenceOf, formOf, messagesOf } from '../stream/content.ts'
import { formatOffset } from '../stream/offset.ts'
import type { OpenStream } from '../stream/open-stream.ts'
import type { StreamData, StreamRecord } from '../stream/stream-record.ts'
import type { StreamStore } from '../stream/stream-store.ts'
import { NEVER_KEPT, PRIVATE } from './cache-policy.ts'
import { answerRead } from './read-answer.ts'
import type { ReadContext } from './read-context.ts'
import {
  accessIn,
  closesIn,
  contentTypeIn,
  expiryIn,
  forkIn,
  newContentTypeIn,
  producerIn,
  seqIn,
} from './stream-headers.ts'

/** What the routes of streams are made of. */
export interface StreamRoutesParts {
  readonly store: StreamStore
  readonly context: ReadContext
  /** Below which streams are. */
  readonly base: string
  /** Who may read a stream that names no reach. */
  readonly reach: SessionReach
}

const TEXT_HEADERS = { 'cross-origin-resource-policy': 'same-origin' }
const PUBLIC_HEADERS = { 'cross-origin-resource-policy': 'cross-origin' }

/** Streams that clients make and write (protocol §5). */
export function streamRoutes(parts: StreamRoutesParts): readonly RestRoute[] {
  const routes = new StreamRoutes(parts)
  const path = '/{name*}'
  return [
    { method: 'PUT', path, scopes: ['lead', 'control'], permit: demandNoGrant, run: (call) => routes.create(call) },
    { method: 'POST', path, scopes: ['lead', 'control'], permit: demandNoGrant, run: (call) => routes.append(call) },
    { method: 'GET', path, credentials: 'optional', run: (call) => routes.read(call) },
    { method: 'HEAD', path, credentials: 'optional', run: (call) => routes.head(call) },
    { method: 'DELETE', path, scopes: ['lead', 'control'], permit: demandNoGrant, run: (call) => routes.remove(call) },
  ]
}

class StreamRoutes {
  readonly #parts: StreamRoutesParts
  readonly #creations: RateLimiter

  constructor(parts: StreamRoutesParts) {
    const { clock, limits } = parts.context
    this.#parts = parts
    this.#creations = new RateLimiter({ clock, burst: limits.createBurst, everyMs: limits.createEveryMs })
  }

  async create(call: RestCall): Promise<undefined> {
    const { store, base, reach } = this.#parts
    const { request, principal } = call
    const name = this.#name(call)
    const access = accessIn(request.headers)
    const closes = closesIn(request.headers)
    const fork = forkIn(request.headers, (path) => nameBelow(base, path))
    const contentType = newContentTypeIn(request.headers)
    const expiry = expiryIn(request.headers)
    const known = await store.find(name)
    if (known === undefined) this.#takeCreation(principal)
    else if ('stream' in known) demandVisible(principal, known.stream.record)
    const source = fork === undefined ? undefined : await store.get(fork.from).catch(ifGoneConflict)
    if (source !== undefined) demandVisible(principal, source.record)
    const body = await call.bytes()
    const bytes =
      body.length === 0
        ? body
        : (contentOf(contentType === '' ? source?.contentType : contentType, body) ?? Buffer.alloc(0))
    const data: StreamData = { contentType, isPublic: access === 'public', fork, ...expiry }
    const wanted = access === 'private' || access === 'open' ? access : reach
    const { stream, isNew } = await store.create({
      ...{ name, owner: principal.id, reach: wanted, data, first: { bytes, closes } },
    })
    // Of a new one, too: its time to live begins with the answer, however long it took to make.
    store.touch(stream)
    answer(call, isNew ? 201 : 200, {
      ...(isNew ? { location: locationOf(call) } : {}),
      'content-type': stream.contentType,
      ...placeOf(stream),
    })
    return undefined
  }

  async append(call: RestCall): Promise<undefined> {
    const { store, context } = this.#parts
    const { request, principal } = call
    const stream = await store.get(this.#name(call))
    demandVisible(principal, stream.record)
    const { maxNameLength } = context.limits
    const producer = producerIn(request.headers, maxNameLength)
    const seq = seqIn(request.headers, maxNameLength)
    const closes = closesIn(request.headers)
    const body = await call.bytes()
    if (body.length === 0 && !closes) throw new StreamError('streams/bad_request', 'body: expected some content')
    const appended = await stream
      .append({ ...contentFor(stream, request.headers, body), closes, producer, seq })
      .catch((error: unknown) => Promise.reject(withPlace(error, stream)))
    store.touch(stream)
    this.#counted(appended.isDuplicate, body.length)
    const isCreated = producer !== undefined && body.length > 0 && !appended.isDuplicate
    answer(call, isCreated ? 200 : 204, {
      ...placeOf(stream),
      ...(appended.producer === undefined
        ? {}
        : { 'producer-epoch': String(appended.producer.epoch), 'producer-seq': String(appended.producer.seq) }),
    })
    return undefined
  }

  async read(call: RestCall): Promise<undefined> {
    const { store, context } = this.#parts
    const { request, response, query, principal } = call
    const stream = await store.get(this.#name(call))
    demandReadable(principal, stream.record)
    store.touch(stream)
    const { isPublic, expiresAt: endsAt } = stream.record.data
    const policy = isPublic ? { isPublic, endsAt, isOneLife: false } : PRIVATE
    const headers = isPublic ? PUBLIC_HEADERS : TEXT_HEADERS
    const recheck = async (): Promise<void> => demandReadable(principal, (await store.get(stream.name)).record)
    return answerRead(context, {
      ...{ request, response, query, principal, view: stream, policy, headers, recheck },
      who: principal.id === '' ? `public ${stream.name}` : principal.id,
    })
  }

  async head(call: RestCall): Promise<undefined> {
    const { store, context } = this.#parts
    context.counts.read('head')
    const stream = await store.get(this.#name(call))
    demandReadable(call.principal, stream.record)
    await stream.end()
    const { ttlSeconds, expiresAt, expiresText } = stream.record.data
    answer(call, 200, {
      'content-type': stream.contentType,
      ...placeOf(stream),
      ...(ttlSeconds === undefined ? {} : { 'stream-ttl': String(ttlSeconds) }),
      ...(expiresAt === undefined ? {} : { 'stream-expires-at': expiresText ?? new Date(expiresAt).toISOString() }),
    })
    return undefined
  }

  async remove(call: RestCall): Promise<undefined> {
    const { store } = this.#parts
    const { principal } = call
    const found = await store.find(this.#name(call))
    if (found !== undefined && 'deleted' in found) {
      demandOwner(principal, found.deleted)
      throw new StreamError('streams/gone', 'The stream was removed already; its forks still have its data.')
    }
    if (found === undefined) throw notFound()
    demandOwner(principal, found.stream.record)
    await store.remove(found.stream)
    answer(call, 204, {})
    return undefined
  }

  #name({ parameters: { name = '' } }: RestCall): string {
    const { maxPathLength } = this.#parts.context.limits
    if (name.length <= maxPathLength) return name
    throw new StreamError('streams/bad_request', `path: expected a name of at most ${maxPathLength} characters`)
  }

  #counted(isKnown: boolean, bytes: number): void {
    const { counts } = this.#parts.context
    if (isKnown) {
      counts.appendsKnown += 1
      return
    }
    counts.appendsWritten += 1
    counts.appendedBytes += bytes
  }

  #takeCreation({ id }: Principal): void {
    const waitMs = this.#creations.take(id)
    if (waitMs === 0) return
    const text = 'Too many new streams in a short time.'
    throw new StreamError('streams/rate_limited', text, { details: { waitMs } })
  }
}

export function demandNoGrant({ principal }: Pick<RestCall, 'principal'>): void {
  if (principal.grant !== undefined) throw new StreamError('streams/forbidden', 'A grant does not reach so far.')
}

/** A private stream is there for its owner and for the scope `admin` alone. */
export function demandVisible(principal: Principal, { owner, reach }: Pick<StreamRecord, 'owner' | 'reach'>): void {
  if (principal.grant !== undefined) throw notFound()
  if (reach === 'private' && owner !== principal.id && !hasScope(principal)) throw notFound()
}

/** Only who made it, or may do everything, removes it or lets others read it. */
export function demandOwner(principal: Principal, record: StreamRecord): void {
  demandVisible(principal, record)
  if (record.owner === undefined || record.owner === principal.id || hasScope(principal)) return
  throw new StreamError('streams/forbidden', 'The stream is of another principal.')
}

function demandReadable(principal: Principal, record: StreamRecord): void {
  if (record.data.isPublic) return
  if (principal.id === '' && principal.scopes.size === 0) {
    throw new StreamError('streams/unauthorized', 'Credentials are missing or wrong.')
  }
  if (!hasScope(principal, 'observe', 'control', 'lead')) {
    throw new StreamError('streams/forbidden', 'This needs the scope observe or control or lead.')
  }
  demandVisible(principal, record)
}

function contentFor(
  { contentType, form }: OpenStream,
  headers: RestCall['request']['headers'],
  body: Buffer,
): Pick<AppendRequest, 'bytes' | 'contentType'> {
  if (body.length === 0) return { bytes: body, contentType: 'same' }
  const given = contentTypeIn(headers)
  if (given === undefined) return { bytes: body, contentType: 'none' }
  if (essenceOf(given) !== essenceOf(contentType)) return { bytes: body, contentType: 'other' }
  const bytes = form === 'json' ? messagesOf(body) : body
  if (bytes === undefined) throw new StreamError('streams/bad_request', 'body: expected at least one message')
  return { bytes, contentType: 'same' }
}

function contentOf(contentType: string | undefined, body: Buffer): Buffer | undefined {
  return contentType !== undefined && formOf(contentType) === 'json' ? messagesOf(body) : body
}

function placeOf(stream: OpenStream): Readonly<Record<string, string>> {
  return {
    'stream-next-offset': formatOffset(stream.tail),
    ...(stream.isClosed ? { 'stream-closed': 'true' } : {}),
  }
}

/** A refusal by a closed stream says where it ended. */
function withPlace(error: unknown, stream: OpenStream): unknown {
  if (!(error instanceof StreamError) || error.headers['stream-closed'] === undefined) return error
  return new StreamError('streams/conflict', error.message, { headers: { ...error.headers, ...placeOf(stream) } })
}

function ifGoneConflict(error: unknown): never {
  if (error instanceof StreamError && error.code === 'streams/gone') {
    throw new StreamError('streams/conflict', 'The source was removed.')
  }
  throw error
}

function nameBelow(base: string, path: string): string {
  // A proxy may have put something before it.
  const at = path.indexOf(`${base}/`)
  const name = at < 0 ? '' : path.slice(at + base.length + 1).replace(/\/$/, '')
  try {
    return decodeURIComponent(name)
  } catch {
    throw new StreamError('streams/bad_request', 'Stream-Forked-From: expected a path that can be read')
  }
}

function locationOf({ request }: RestCall): string {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/'
  const { host } = request.headers
  return host === undefined ? path : `${'encrypted' in request.socket ? 'https' : 'http'}://${host}${path}`
}

function answer({ response }: RestCall, status: number, headers: Readonly<Record<string, string>>): void {
  if (response.destroyed) return
  response.writeHead(status, { ...TEXT_HEADERS, 'cache-control': NEVER_KEPT, ...headers }).end()
}

function notFound(): StreamError {
  return new StreamError('streams/not_found', 'There is no such stream.')
}
