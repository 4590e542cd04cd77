import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, HoldfastError, type Logger, silentLogger, systemClock, type Timer } from '@holdfast/contract'
import { type CarriedItem, OVER_HTTP } from '@holdfast/contract/over-http'
import type { WebSocket } from 'ws'
import { requestCredentials, requestUrl } from '../access/credentials.ts'
import { OriginPolicy } from '../access/origin.ts'
import type { TrustedProxies } from '../access/trusted-proxies.ts'
import type { RequestEndpoint, UpgradeEndpoint } from '../endpoint.ts'
import { SERVER_ERRORS } from '../errors.ts'
import { readBody } from '../http/body.ts'
import { errorTable, refusalIn } from '../http/error-table.ts'
import { allowOrigin, preflight, sendJson } from '../http/json-response.ts'
import { limitsFrom } from '../limits.ts'
import { askedHeaders, itemsOf, numberOf } from './carried-request.ts'
import { type Downstream, type DownstreamEvents, EventDownstream } from './downstream.ts'
import { HttpChannel } from './http-channel.ts'
import { InnerDial, saidHeaders } from './inner-dial.ts'
import { LastAnswers } from './last-answers.ts'
import { PollDownstream } from './poll-downstream.ts'

/** Bounds of {@link overHttp}. */
export interface OverHttpLimits {
  /** Channels that are open together; one more is refused with `server/unavailable`. */
  readonly maxChannels: number
  /** The largest body of a request, in bytes; a larger one ends its channel (close code 1009). */
  readonly maxBodyBytes: number
  /** The same for a channel that was opened without a credential, until its endpoint has sent something. */
  readonly maxFirstBodyBytes: number
  /** What waits for a client that does not ask, in characters; with more its endpoint is not read. */
  readonly maxWaiting: number
  /** How long a request for more waits. In milliseconds. */
  readonly pollMs: number
  /** A client that has not polled for this long counts as gone. In milliseconds. */
  readonly absentMs: number
  /** How often an idle event stream gets a keep-alive. In milliseconds. */
  readonly keepAliveMs: number
}

/** The default {@link OverHttpLimits}. */
export const OVER_HTTP_LIMITS: OverHttpLimits = {
  maxChannels: 1_000,
  // The largest message of a protocol here (16 MiB of an agent's), and what JSON and base64 add.
  maxBodyBytes: 25_165_824,
  // What waits before anybody is known is as little as on a WebSocket: the 1 MiB of a frame, and what JSON adds.
  maxFirstBodyBytes: 2_097_152,
  maxWaiting: 262_144,
  // Below the 30 s after which some proxies give up an answer.
  pollMs: 20_000,
  absentMs: 60_000,
  // As the event streams of the hub: proxies close what is silent for 30 to 60 s.
  keepAliveMs: 15_000,
}

/** Options of {@link overHttp}. */
export interface OverHttpOptions {
  /** What is carried: every path that one of these handles. */
  readonly upgrades: readonly UpgradeEndpoint[]
  /** Browser origins that are allowed besides the server's own host. @defaultValue none */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are trusted. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  /** Replaces single bounds. @defaultValue {@link OVER_HTTP_LIMITS} */
  readonly limits?: Partial<OverHttpLimits> | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/** WebSockets over plain HTTP, beside whatever else an http server answers. */
export interface OverHttp extends RequestEndpoint {
  /** Channels that are open. */
  readonly size: number
  /** Ends every channel at once. */
  close(): void
}

/**
 * WebSockets for clients behind a proxy that blocks them: an event stream or long polls to the client, posts from it
 * (docs/wire/over-http.md). Every channel goes through the endpoint that it names, in this process, so origin checks,
 * credentials, bounds, owners and drain are those of a WebSocket. All requests of a channel must reach the same
 * process: behind a load balancer, use session affinity.
 *
 * @throws HoldfastError `server/invalid_option` for a bound that is no number, or below zero
 */
export function overHttp(options: OverHttpOptions): OverHttp {
  return new HttpChannels(options)
}

/** What lets a page of an allowed origin read when to come back. */
const CROSS_ORIGIN = { read: ['retry-after'] } as const
const METHODS: readonly string[] = ['GET', 'POST', 'DELETE']
const ERRORS = errorTable({ area: 'server', rows: SERVER_ERRORS })

interface Known {
  readonly channel: HttpChannel
  readonly poll: PollDownstream | undefined
  /** The request that opened it brought a credential, which its endpoint has looked at. */
  readonly isProven: boolean
}

class HttpChannels implements OverHttp {
  readonly #options: OverHttpOptions
  readonly #limits: OverHttpLimits
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #origins: OriginPolicy
  readonly #dial = new InnerDial()
  readonly #channels = new Map<string, Known>()
  readonly #lastAnswers: LastAnswers
  readonly #opening = new Set<WebSocket>()
  #timer: Timer | undefined

  constructor(options: OverHttpOptions) {
    const { origins = [], proxies, clock = systemClock, logger = silentLogger } = options
    this.#options = options
    this.#limits = limitsFrom(OVER_HTTP_LIMITS, options.limits)
    this.#clock = clock
    this.#lastAnswers = new LastAnswers(clock)
    this.#logger = logger
    this.#origins = new OriginPolicy({ origins, proxies, clock, logger })
  }

  get size(): number {
    return this.#channels.size
  }

  handles(request: IncomingMessage): boolean {
    const asked = request.headers['access-control-request-headers'] ?? ''
    const isMeant = OVER_HTTP.channel in request.headers || asked.includes(OVER_HTTP.channel)
    return isMeant && this.#endpointOf(request) !== undefined
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((error: unknown) => this.#refuse(response, error))
  }

  close(): void {
    this.#timer?.cancel()
    for (const { channel } of this.#channels.values()) channel.destroy()
    for (const webSocket of this.#opening) webSocket.terminate()
    this.#dial.close()
    this.#lastAnswers.close()
  }

  #endpointOf(request: IncomingMessage): UpgradeEndpoint | undefined {
    const path = requestUrl(request)?.pathname
    return path === undefined ? undefined : this.#options.upgrades.find((candidate) => candidate.handles(path))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.#origins.demand(request)
    allowOrigin(request, response, CROSS_ORIGIN)
    const { method } = request
    if (method === 'OPTIONS') return preflight(response, METHODS, { sent: askedHeaders(request) })
    const wanted = String(request.headers[OVER_HTTP.channel])
    if (method === 'POST') return this.#take(wanted, request, response)
    if (method === 'DELETE') return this.#leave(wanted, response)
    if (method !== 'GET') {
      response.setHeader('allow', METHODS.join(', '))
      throw new HoldfastError('server/method_not_allowed', `Expected ${METHODS.join(' or ')}.`)
    }
    if (wanted === OVER_HTTP.events || wanted === OVER_HTTP.poll) return this.#open(wanted, request, response)
    const poll = this.#lastAnswers.of(wanted) ?? this.#known(wanted).poll
    if (poll === undefined) throw new HoldfastError('server/bad_request', 'This channel is an event stream.')
    poll.ask(numberOf(request), response)
  }

  /** @throws HoldfastError `server/channel_gone` */
  #known(name: string): Known {
    const known = this.#channels.get(name)
    if (known === undefined) throw new HoldfastError('server/channel_gone', 'There is no such channel here any more.')
    return known
  }

  async #take(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { channel, isProven } = this.#known(name)
    const { maxBodyBytes, maxFirstBodyBytes } = this.#limits
    const most = isProven || channel.hasSpoken ? maxBodyBytes : Math.min(maxBodyBytes, maxFirstBodyBytes)
    const read = async (): Promise<readonly CarriedItem[]> => {
      const body = await readBody(request, most).catch((error: unknown) => {
        if (error instanceof HoldfastError && error.code === 'server/too_large') channel.refuse()
        throw error
      })
      return itemsOf(body)
    }
    await channel.take(numberOf(request), { request, read })
    response.writeHead(204).end()
  }

  #leave(name: string, response: ServerResponse): void {
    this.#known(name).channel.destroy()
    response.writeHead(204).end()
  }

  #open(how: 'events' | 'poll', request: IncomingMessage, response: ServerResponse): void {
    const endpoint = this.#endpointOf(request)
    if (endpoint === undefined) throw new HoldfastError('server/not_found', 'There is nothing here.')
    if (this.#channels.size + this.#opening.size >= this.#limits.maxChannels) {
      throw new HoldfastError('server/unavailable', 'Too many channels are open.')
    }
    const webSocket = this.#dialed(request, endpoint)
    this.#opening.add(webSocket)
    let said: Readonly<Record<string, string>> = {}
    const left = (): void => webSocket.terminate()
    response.once('close', left)
    webSocket.once('upgrade', ({ headers }) => {
      said = saidHeaders(headers)
    })
    webSocket.once('unexpected-response', (_request, refusal) => relay(refusal, response))
    const ended = (): void => {
      this.#opening.delete(webSocket)
      if (!response.headersSent) response.destroy()
    }
    webSocket.once('close', ended)
    webSocket.on('error', () => {})
    webSocket.once('open', () => {
      this.#opening.delete(webSocket)
      response.off('close', left)
      webSocket.off('close', ended)
      const { bearer, apiKey } = requestCredentials(request)
      this.#opened({ how, webSocket, headers: said, isProven: bearer !== undefined || apiKey !== undefined }, response)
    })
  }

  #dialed(request: IncomingMessage, endpoint: UpgradeEndpoint): WebSocket {
    const offered = String(request.headers[OVER_HTTP.protocols] ?? '')
    const protocols = offered.split(',').flatMap((name) => name.trim() || [])
    try {
      return this.#dial.dial(request, endpoint, protocols)
    } catch (cause) {
      throw new HoldfastError('server/bad_request', 'The path or the subprotocols cannot be read.', { cause })
    }
  }

  #opened({ how, webSocket, headers, isProven }: Opened, response: ServerResponse): void {
    const name = randomBytes(24).toString('base64url')
    const events: DownstreamEvents = {
      setReading: (isWanted) => (isWanted ? webSocket.resume() : webSocket.pause()),
      gone: () => {
        this.#channels.delete(name)
        webSocket.terminate()
        if (poll?.isOver) this.#lastAnswers.keep(name, poll)
      },
    }
    const { absentMs, maxWaiting, pollMs: waitMs } = this.#limits
    const poll =
      how === 'poll' ? new PollDownstream({ clock: this.#clock, waitMs, absentMs, maxWaiting, events }) : undefined
    const down: Downstream = poll ?? new EventDownstream(response, events)
    down.send({ kind: 'opened', opening: { channel: name, protocol: webSocket.protocol, headers } })
    this.#channels.set(name, { channel: new HttpChannel(webSocket, down), poll, isProven })
    poll?.ask(0, response)
    this.#keepAlive()
  }

  #keepAlive(): void {
    this.#timer ??= this.#clock.after(this.#limits.keepAliveMs, () => {
      this.#timer = undefined
      for (const { channel } of this.#channels.values()) channel.down.tick()
      if (this.#channels.size > 0) this.#keepAlive()
    })
  }

  #refuse(response: ServerResponse, failure: unknown): void {
    const { error, status, retryAfterMs } = refusalIn(ERRORS, failure)
    if (error.code === 'server/internal') {
      this.#logger.error('a request of a channel failed', { error: String(error.cause ?? error) })
    }
    if (response.headersSent) return void response.destroy()
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000))
    sendJson(response, status, { error: { code: error.code, message: error.message } })
  }
}

/** An upgrade that an endpoint has let in. */
interface Opened {
  readonly how: 'events' | 'poll'
  readonly webSocket: WebSocket
  readonly headers: Readonly<Record<string, string>>
  readonly isProven: boolean
}

/** Hands on how the endpoint refuses, in its own words. */
function relay(refusal: IncomingMessage, response: ServerResponse): void {
  const { 'content-type': type, ...headers } = saidHeaders(refusal.headers)
  const { connection: _, 'content-length': length, ...others } = headers
  response.writeHead(refusal.statusCode ?? 502, {
    ...others,
    ...(type === undefined ? {} : { 'content-type': type }),
    ...(length === undefined ? {} : { 'content-length': length }),
    'cache-control': 'no-store',
  })
  refusal.on('error', () => response.destroy())
  refusal.pipe(response)
}
