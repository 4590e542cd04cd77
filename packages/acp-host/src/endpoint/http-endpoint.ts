import type { IncomingMessage, ServerResponse } from 'node:http'
import { type Clock, HoldfastError, type Logger, type Timer } from '@holdfast/contract'
import { hasScope, type Principal, type RequestEndpoint, requestUrl, type Scope, SERVER_ERRORS } from '@holdfast/gate'
import {
  allowOrigin,
  type Entrance,
  errorTable,
  keepPrivate,
  readBytes,
  refusalIn,
  sendJson,
} from '@holdfast/gate/internals'
import {
  ACP_CONNECTION_HEADER,
  ACP_SESSION_HEADER,
  isJsonRpcRequest,
  JSON_RPC_ERROR,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcFailureOf,
} from '@holdfast/protocol/acp'
import type { AcpService } from '../peer.ts'
import { agentIn } from './agent-in.ts'
import { HttpConnection, type HttpConnectionParts } from './http-connection.ts'
import { inspectValue } from './inspect-message.ts'
import type { AcpEndpointLimits } from './limits.ts'

const JSON_TYPE = 'application/json'
const EVENTS_TYPE = 'text/event-stream'
const ALLOWED_HEADERS = `authorization, content-type, last-event-id, ${ACP_CONNECTION_HEADER}, ${ACP_SESSION_HEADER}`

/** What a {@link HttpEndpoint} needs. */
export interface HttpEndpointOptions {
  readonly path: string
  readonly service: AcpService
  readonly entrance: Entrance
  readonly scopes: readonly Scope[]
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: AcpEndpointLimits
  readonly newId: () => string
}

/** Who comes, and for which agent. */
type Client = Pick<HttpConnectionParts, 'principal' | 'agent'>

/** ACP over HTTP: `POST` says, `GET` listens, `DELETE` ends. ACP §1. */
export class HttpEndpoint implements RequestEndpoint {
  readonly #options: HttpEndpointOptions
  readonly #errors = errorTable({ area: 'server', rows: SERVER_ERRORS })
  readonly #connections = new Map<string, HttpConnection>()
  #comments: Timer | undefined
  #isDraining = false

  constructor(options: HttpEndpointOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#connections.size
  }

  handles(request: IncomingMessage): boolean {
    return requestUrl(request)?.pathname.replace(/\/$/, '') === this.#options.path
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    this.#answer(request, response).catch((error: unknown) => this.#refuse(response, error))
  }

  /** Takes no new clients, and ends the streams of those that are here: they come back elsewhere. */
  drain(): void {
    this.#isDraining = true
    for (const connection of [...this.#connections.values()]) connection.end()
  }

  close(): void {
    this.drain()
    this.#comments?.cancel()
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { entrance, scopes } = this.#options
    entrance.demandOrigin(request)
    allowOrigin(request, response)
    response.setHeader('access-control-expose-headers', ACP_CONNECTION_HEADER)
    if (request.method === 'OPTIONS') return preflight(response)
    const principal = await entrance.identify(request)
    if (principal === undefined) {
      throw new HoldfastError('server/unauthorized', 'Credentials are missing or wrong.')
    }
    if (!hasScope(principal, ...scopes)) {
      throw new HoldfastError('server/forbidden', `This needs the scope ${scopes.join(' or ')}.`)
    }
    switch (request.method) {
      case 'POST':
        return this.#post(request, response, principal)
      case 'GET':
        return this.#get(request, response, principal)
      case 'DELETE':
        this.#known(request, principal).end()
        return empty(response, 202)
      default:
        response.setHeader('allow', 'POST, GET, DELETE')
        throw new HoldfastError('server/method_not_allowed', 'Expected POST or GET or DELETE.')
    }
  }

  // ---- POST -------------------------------------------------------------------------------------

  async #post(request: IncomingMessage, response: ServerResponse, principal: Principal): Promise<void> {
    if (mediaType(request.headers['content-type']) !== JSON_TYPE) return plain(response, 415, 'Unsupported Media Type')
    const bytes = await readBytes(request, this.#options.limits.maxFrameBytes)
    let value: unknown
    try {
      value = JSON.parse(bytes.toString())
    } catch {
      return plain(response, 400, 'Invalid JSON')
    }
    const inspected = inspectValue(value, this.#options.limits.maxIdLength)
    switch (inspected.kind) {
      case 'message':
        return this.#message(request, response, principal, inspected.message)
      case 'refused':
        return sendJson(response, 400, inspected.answer)
      case 'long_id':
        return plain(response, 400, 'An id is too long')
      default:
        return plain(response, 400, 'Invalid JSON-RPC message')
    }
  }

  async #message(
    request: IncomingMessage,
    response: ServerResponse,
    principal: Principal,
    message: JsonRpcMessage,
  ): Promise<void> {
    if (isJsonRpcRequest(message) && message.method === 'initialize') {
      if (header(request, ACP_CONNECTION_HEADER) === undefined)
        return this.#begin(response, { principal, agent: agentIn(request) }, message)
      return plain(response, 400, 'Initialize not allowed on existing connection')
    }
    await this.#known(request, principal).receive(message, header(request, ACP_SESSION_HEADER))
    empty(response, 202)
  }

  async #begin(response: ServerResponse, who: Client, request: JsonRpcRequest): Promise<void> {
    if (request.id === null) return plain(response, 400, 'Initialize request must include an ID')
    const connection = this.#newConnection(who)
    response.once('close', () => {
      if (!response.writableFinished) connection.end()
    })
    const answer = await connection.initialize(request)
    if (answer === undefined) {
      return sendJson(response, 500, jsonRpcFailureOf(request.id, JSON_RPC_ERROR.internal, 'Initialize failed'))
    }
    response.setHeader(ACP_CONNECTION_HEADER, connection.id)
    sendJson(response, 200, answer)
  }

  #newConnection({ principal, agent }: Client): HttpConnection {
    const { service, clock, limits, newId } = this.#options
    const own = [...this.#connections.values()].filter((one) => one.principal.id === principal.id).length
    const isFull = this.#connections.size >= limits.maxConnections || own >= limits.maxConnectionsPerPrincipal
    if (this.#isDraining || isFull) {
      throw new HoldfastError('server/unavailable', 'The server takes no more connections now.')
    }
    const id = newId()
    const ended = (): void => void this.#connections.delete(id)
    const connection = new HttpConnection({ id, service, principal, agent, clock, limits, ended })
    this.#connections.set(id, connection)
    this.#comment()
    return connection
  }

  // ---- GET --------------------------------------------------------------------------------------

  #get(request: IncomingMessage, response: ServerResponse, principal: Principal): void {
    if (request.headers.upgrade?.toLowerCase() === 'websocket') {
      return plain(response, 426, 'Upgrade at a server that has WebSockets')
    }
    if (request.headers.accept?.toLowerCase().includes(EVENTS_TYPE) !== true) {
      return plain(response, 406, 'Not Acceptable')
    }
    const connection = this.#known(request, principal)
    const sessionId = header(request, ACP_SESSION_HEADER)
    if ((sessionId?.length ?? 0) > this.#options.limits.maxIdLength) return plain(response, 400, 'An id is too long')
    response.setHeader('content-type', EVENTS_TYPE)
    response.setHeader('cache-control', 'no-cache')
    if (!connection.read(sessionId, response)) {
      return plain(response, 409, 'Outbound stream already has an active receiver')
    }
    response.flushHeaders()
  }

  #comment(): void {
    const { clock, limits } = this.#options
    this.#comments ??= clock.after(limits.keepAliveMs, () => {
      this.#comments = undefined
      for (const connection of this.#connections.values()) connection.keepAlive()
      if (this.#connections.size > 0) this.#comment()
    })
  }

  // ---- all of them ------------------------------------------------------------------------------

  /** A connection of another principal is as unknown as none. */
  #known(request: IncomingMessage, principal: Principal): HttpConnection {
    const id = header(request, ACP_CONNECTION_HEADER)
    if (id === undefined) throw new HoldfastError('server/bad_request', 'Missing Acp-Connection-Id')
    const connection = this.#connections.get(id)
    if (connection === undefined || connection.principal.id !== principal.id) {
      throw new HoldfastError('server/not_found', 'Unknown Acp-Connection-Id')
    }
    return connection
  }

  #refuse(response: ServerResponse, failure: unknown): void {
    const { error, status, retryAfterMs } = refusalIn(this.#errors, failure)
    if (error.code.endsWith('/internal')) {
      this.#options.logger.error('a request failed', { error: String(error.cause ?? error) })
    }
    if (response.headersSent) return void response.destroy()
    if (status === 401) response.setHeader('www-authenticate', 'Bearer')
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000))
    sendJson(response, status, { error: { code: error.code, message: error.message } })
  }
}

function header(request: IncomingMessage, name: string): string | undefined {
  const value = request.headers[name]
  return typeof value === 'string' ? value : undefined
}

function mediaType(value: string | undefined): string | undefined {
  return value?.split(';', 1)[0]?.trim().toLowerCase()
}

function plain(response: ServerResponse, status: number, message: string): void {
  keepPrivate(response)
  response.setHeader('content-type', 'text/plain; charset=utf-8')
  response.writeHead(status).end(message)
}

function empty(response: ServerResponse, status: number): void {
  if (!response.destroyed) response.writeHead(status).end()
}

function preflight(response: ServerResponse): void {
  response.setHeader('access-control-allow-methods', 'POST, GET, DELETE')
  response.setHeader('access-control-allow-headers', ALLOWED_HEADERS)
  response.setHeader('access-control-max-age', '600')
  response.writeHead(204).end()
}
