import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from '@holdfast/contract'
import {
  type Authenticate,
  allowEveryone,
  attachEndpoints,
  Entrance,
  limitsFrom,
  type RequestEndpoint,
  type RestRoute,
  Router,
  type TrustedProxies,
} from '@holdfast/gate/internals'
import type { SessionLog, SessionReach } from '@holdfast/log'
import { STREAM_ERROR_TABLE } from './errors.ts'
import { linkRequests } from './http/link-requests.ts'
import type { ReadContext } from './http/read-context.ts'
import { Readers } from './http/readers.ts'
import { linkRoutes, sessionRoutes } from './http/session-routes.ts'
import { READ_HEADERS, SENT_HEADERS } from './http/stream-headers.ts'
import { streamRoutes } from './http/stream-routes.ts'
import { STREAM_LIMITS, type StreamLimits } from './limits.ts'
import { ReadLinks } from './links/read-links.ts'
import type { SessionSource } from './session-source.ts'
import { PageCache } from './stream/page-cache.ts'
import { SessionViews } from './stream/session-views.ts'
import { StreamStore } from './stream/stream-store.ts'
import { WaitEnd } from './stream/wait-end.ts'
import { StreamCounts, type StreamStats } from './stream-counts.ts'

/** Options of {@link createStreams}. */
export interface StreamsOptions {
  /** Where streams are kept, and the sessions that are read. It is not closed here. */
  readonly log: SessionLog
  /** The principal of a request. @defaultValue all rights for all, for servers that others cannot reach */
  readonly authenticate?: Authenticate | undefined
  /** Sessions of the same log that are readable as streams: a hub's `streamSource`. @defaultValue none */
  readonly sessions?: SessionSource | undefined
  /** Below which streams are. @defaultValue `/streams` */
  readonly path?: string | undefined
  /** Who may read and write a stream that names no reach. @defaultValue `open`: all principals with the scope */
  readonly reach?: SessionReach | undefined
  /** Replaces single bounds. @defaultValue {@link STREAM_LIMITS} */
  readonly limits?: Partial<StreamLimits> | undefined
  /** Browser origins that are allowed besides the server's own host. Links are read by every page. */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are believed. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  readonly logger?: Logger | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
}

/** Parts of the path that name no stream. `__ds` is the protocol's own (protocol §6). */
const RESERVED = ['sessions', 'links', 'read-links', '__ds']

/**
 * The Durable Streams protocol over a session log: streams that clients make and write below `/streams/{name}`, sessions to
 * read below `/streams/sessions/{id}`, and links for reading without a credential below `/streams/links/{secret}`.
 */
export class Streams {
  /** For an http server whose requests are dispatched elsewhere. */
  readonly requests: RequestEndpoint
  readonly limits: StreamLimits
  readonly #readers: Readers
  readonly #counts: StreamCounts
  readonly #pages: PageCache
  readonly #store: StreamStore
  readonly #views: SessionViews | undefined
  readonly #end = new WaitEnd()
  readonly #detach: (() => void)[] = []

  constructor(options: StreamsOptions) {
    const { log, sessions: source, clock = systemClock, random = systemRandom, path = '/streams' } = options
    const limits = limitsFrom(STREAM_LIMITS, options.limits)
    const counts = new StreamCounts()
    const pages = new PageCache(limits.maxPageBytes, counts)
    this.#pages = pages
    this.#counts = counts
    this.limits = limits
    this.#readers = new Readers(limits)
    const context: ReadContext = { limits, clock, random, readers: this.#readers, counts, end: this.#end }
    const store = new StreamStore({ log, limits, clock, random, pages })
    this.#store = store
    this.#views =
      source === undefined ? undefined : new SessionViews({ log, source, pages, clock, maxOpen: limits.maxOpen })
    const links = new ReadLinks({ log, limits, clock })
    const sessions = source === undefined || this.#views === undefined ? undefined : { source, views: this.#views }
    const reserved: readonly RestRoute[] = [
      ...(sessions === undefined ? [] : sessionRoutes({ ...sessions, context })),
      ...linkRoutes({ links, store, sessions, context }),
      ...linkRequests({ links, store, source, limits, clock, base: path }),
    ]
    const own = streamRoutes({ store, context, base: path, reach: options.reach ?? 'open' })
    const isReserved = ({ pathname }: URL): boolean =>
      RESERVED.some((name) => pathname === `${path}/${name}` || pathname.startsWith(`${path}/${name}/`))
    const inFront = routerOf(options, path, reserved, limits, counts, isReserved)
    const behind = routerOf(options, path, own, limits, counts, () => false)
    this.requests = firstOf([inFront, behind])
  }

  /** Readers that wait now. */
  get readers(): number {
    return this.#readers.size
  }

  /** What was done since it was made, and what there is now. */
  get stats(): StreamStats {
    const { refusals, reads, ...counted } = this.#counts
    return {
      ...counted,
      reads: { ...reads },
      refusals: Object.fromEntries(refusals),
      open: this.#store.open + (this.#views?.open ?? 0),
      longPolls: this.#readers.of('long-poll'),
      eventStreams: this.#readers.of('sse'),
      pageBytes: this.#pages.bytes,
    }
  }

  /** Answers its paths on an http server, in front of its own handlers. Returns its own undo. */
  attach(server: Server): () => void {
    const detach = attachEndpoints(server, { upgrades: [], requests: [this.requests] })
    this.#detach.push(detach)
    return detach
  }

  /** Waiting readers get what there is, and come back. */
  drain(): void {
    this.#end.end()
  }

  /** Ends all reads and releases all streams. The log stays open. */
  async close(): Promise<void> {
    for (const detach of this.#detach.splice(0)) detach()
    this.#end.end()
    this.#store.close()
    this.#views?.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

/** The Durable Streams protocol over a session log. */
export function createStreams(options: StreamsOptions): Streams {
  return new Streams(options)
}

function routerOf(
  options: StreamsOptions,
  base: string,
  routes: readonly RestRoute[],
  limits: StreamLimits,
  counts: StreamCounts,
  alsoOwns: (url: URL) => boolean,
): RequestEndpoint {
  const { authenticate = allowEveryone, origins = [], proxies, clock = systemClock, logger = silentLogger } = options
  return new Router({
    bases: [base],
    routes,
    alsoOwns,
    entrance: new Entrance({ authenticate, origins, proxies, clock, logger }),
    errors: STREAM_ERROR_TABLE,
    maxBodyBytes: limits.maxBodyBytes,
    maxUrlLength: limits.maxUrlLength,
    headers: { 'x-content-type-options': 'nosniff' },
    refused: (code) => counts.refused(code),
    crossOrigin: { sent: SENT_HEADERS, read: READ_HEADERS },
    logger,
  })
}

function firstOf(endpoints: readonly RequestEndpoint[]): RequestEndpoint {
  const of = (request: IncomingMessage): RequestEndpoint | undefined =>
    endpoints.find((endpoint) => endpoint.handles(request))
  return {
    handles: (request) => of(request) !== undefined,
    handle: (request: IncomingMessage, response: ServerResponse) => of(request)?.handle(request, response),
  }
}
