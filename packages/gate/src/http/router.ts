import type { IncomingMessage, ServerResponse } from 'node:http'
import { HoldfastError, type Logger } from '@holdfast/contract'
import { hasScope, type Scope } from '../access/auth.ts'
import { requestCredentials, requestUrl } from '../access/credentials.ts'
import type { Entrance } from '../access/entrance.ts'
import type { Principal, RequestEndpoint } from '../endpoint.ts'
import { readBody, readBytes } from './body.ts'
import { type ErrorTable, refusalIn } from './error-table.ts'
import { allowEveryOrigin, allowOrigin, type CrossOriginHeaders, preflight, sendJson } from './json-response.ts'

/** One request that has passed the checks of its route. */
export interface RestCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly principal: Principal
  readonly query: URLSearchParams
  /** What the path has in the place of `{name}`, decoded. */
  readonly parameters: Readonly<Record<string, string>>
  /** The body as JSON, read now and within the bound. @throws HoldfastError `server/too_large`, `server/bad_request` */
  body(): Promise<unknown>
  /** The body as it came, within the same bound. @throws HoldfastError `server/too_large` */
  bytes(): Promise<Buffer>
}

/** What a route answers with, as JSON. */
export interface RestAnswer {
  /** @defaultValue 200 */
  readonly status?: number | undefined
  readonly body: object
}

/** Handles a request. Returns the answer; undefined: it has written the response itself. */
export type RestRun = (call: RestCall) => RestAnswer | undefined | Promise<RestAnswer | undefined>

/** One path, and the methods it accepts. */
export interface RestRoute {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** The path below a base; `{name}` stands for one segment, `{name*}` for all that follow, and a slash at the end is ignored. */
  readonly path: string
  /**
   * `optional`: a request without credentials comes as {@link NOBODY}, and the route decides. `none`: credentials are
   * not checked, and pages of every origin may read the answer. @defaultValue a request without credentials is refused
   */
  readonly credentials?: 'optional' | 'none' | undefined
  /** The request needs one of these scopes. @defaultValue any valid credential is enough */
  readonly scopes?: readonly Scope[] | undefined
  /** Decides over what scopes do not. Throws where it may not be. */
  readonly permit?: ((call: RestCall) => void | Promise<void>) | undefined
  readonly run: RestRun
}

/** Options of a {@link Router}. */
export interface RouterOptions {
  /** What all paths begin with; each of them is served. */
  readonly bases: readonly string[]
  /** Where several rows fit path and method, the first one counts. */
  readonly routes: readonly RestRoute[]
  /** Further paths of this endpoint: what is not found there is refused with this endpoint's codes. @defaultValue none */
  readonly alsoOwns?: ((url: URL) => boolean) | undefined
  /** Answers for this endpoint's paths without a route. @defaultValue `server/not_found` */
  readonly otherwise?: ((url: URL) => RestAnswer) | undefined
  readonly entrance: Entrance
  readonly errors: ErrorTable
  readonly maxBodyBytes: number
  /** Of every answer. @defaultValue none beside those of JSON */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** What pages of allowed origins may send and read beside the usual. @defaultValue nothing */
  readonly crossOrigin?: CrossOriginHeaders | undefined
  /** @defaultValue what the http server takes */
  readonly maxUrlLength?: number | undefined
  readonly logger: Logger
  /** Called with the code of each refusal. */
  readonly refused?: ((code: string) => void) | undefined
}

/** Who showed no credential, where none is needed. */
export const NOBODY: Principal = { id: '', scopes: new Set() }

interface Fitting {
  readonly route: RestRoute
  readonly found: RegExpExecArray
}

/**
 * A table of routes behind one front: origin, preflight, method, credentials, scopes, and only then the body. Refusals are
 * JSON with a code of the endpoint's own.
 */
export class Router implements RequestEndpoint {
  readonly #options: RouterOptions
  #looked: { readonly url: URL; readonly fitting: readonly Fitting[] } | undefined
  readonly #patterns: readonly { readonly route: RestRoute; readonly pattern: RegExp }[]

  constructor(options: RouterOptions) {
    this.#options = options
    this.#patterns = options.routes.map((route) => ({ route, pattern: patternOf(route.path) }))
  }

  handles(request: IncomingMessage): boolean {
    const url = requestUrl(request)
    if (url === undefined) return false
    return this.#fitting(url).length > 0 || this.#options.alsoOwns?.(url) === true
  }

  handle(request: IncomingMessage, response: ServerResponse): void {
    for (const [name, value] of Object.entries(this.#options.headers ?? {})) response.setHeader(name, value)
    this.#answer(request, response).catch((error: unknown) => this.#refuse(response, error))
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { entrance, maxUrlLength = Number.POSITIVE_INFINITY, otherwise } = this.#options
    const url = requestUrl(request)
    if (url === undefined || (request.url ?? '').length > maxUrlLength) throw bad('The request target is too long.')
    const fitting = this.#fitting(url)
    if (fitting.length > 0 && fitting.every(({ route }) => route.credentials === 'none')) {
      allowEveryOrigin(response, this.#options.crossOrigin)
    } else {
      entrance.demandOrigin(request)
      allowOrigin(request, response, this.#options.crossOrigin)
    }
    if (fitting.length === 0 && otherwise !== undefined) {
      await this.#identified(request)
      return answer(response, otherwise(url))
    }
    const chosen = choose(fitting, request, response, this.#options.crossOrigin)
    if (chosen === undefined) return
    const call: RestCall = {
      request,
      response,
      principal: await this.#principalOf(request, chosen.route),
      query: url.searchParams,
      parameters: decoded(chosen.found.groups ?? {}),
      body: () => readBody(request, this.#options.maxBodyBytes),
      bytes: () => readBytes(request, this.#options.maxBodyBytes),
    }
    const { scopes, permit, run } = chosen.route
    if (scopes !== undefined && !hasScope(call.principal, ...scopes)) {
      throw new HoldfastError('server/forbidden', `This needs the scope ${scopes.join(' or ')}.`)
    }
    await permit?.(call)
    answer(response, await run(call))
  }

  async #principalOf(request: IncomingMessage, { credentials }: RestRoute): Promise<Principal> {
    if (credentials === 'none') return NOBODY
    if (credentials === undefined) return this.#identified(request)
    const { bearer, apiKey } = requestCredentials(request)
    if (bearer !== undefined || apiKey !== undefined) return this.#identified(request)
    return (await this.#options.entrance.identify(request)) ?? NOBODY
  }

  async #identified(request: IncomingMessage): Promise<Principal> {
    const principal = await this.#options.entrance.identify(request)
    if (principal !== undefined) return principal
    throw new HoldfastError('server/unauthorized', 'Credentials are missing or wrong.')
  }

  /** A caller that asks whether a request is handled here has it handled next. */
  #fitting(url: URL): readonly Fitting[] {
    if (this.#looked?.url !== url) this.#looked = { url, fitting: this.#look(url) }
    return this.#looked.fitting
  }

  #look({ pathname }: URL): readonly Fitting[] {
    const base = this.#options.bases.find((one) => pathname === one || pathname.startsWith(`${one}/`))
    if (base === undefined) return []
    const path = pathname.slice(base.length).replace(/\/$/, '')
    return this.#patterns.flatMap(({ route, pattern }) => {
      const found = pattern.exec(path)
      return found === null ? [] : [{ route, found }]
    })
  }

  #refuse(response: ServerResponse, failure: unknown): void {
    const { error, status, retryAfterMs } = refusalIn(this.#options.errors, failure)
    this.#options.refused?.(error.code)
    if (error.code.endsWith('/internal')) {
      this.#options.logger.error('a request failed', { error: String(error.cause ?? error) })
    }
    if (response.headersSent) return void response.destroy()
    if (status === 401) response.setHeader('www-authenticate', 'Bearer')
    if (retryAfterMs !== undefined) response.setHeader('retry-after', Math.ceil(retryAfterMs / 1000))
    const headers = this.#options.errors.headers?.(error) ?? {}
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value)
    const { code, message } = error
    sendJson(response, status, { error: { code, message }, ...this.#options.errors.published?.(error) })
  }
}

/** A run that is given the body as `read` has it, which throws where it is not as it must be. */
export function withBody<Body>(
  read: (body: unknown) => Body,
  run: (call: RestCall, body: Body) => ReturnType<RestRun>,
): RestRun {
  return async (call) => run(call, read(await call.body()))
}

/** The route for a request's method; undefined where a preflight was answered. */
function choose(
  fitting: readonly Fitting[],
  { method }: IncomingMessage,
  response: ServerResponse,
  crossOrigin: CrossOriginHeaders | undefined,
): Fitting | undefined {
  if (fitting.length === 0) throw new HoldfastError('server/not_found', 'There is nothing here.')
  const chosen = fitting.find(({ route }) => route.method === method)
  if (chosen !== undefined) return chosen
  const methods = [...new Set(fitting.map(({ route }) => route.method))]
  if (method === 'OPTIONS') return preflight(response, methods, crossOrigin)
  response.setHeader('allow', methods.join(', '))
  throw new HoldfastError('server/method_not_allowed', `Expected ${methods.join(' or ')}.`)
}

function answer(response: ServerResponse, answered: RestAnswer | undefined): void {
  // The client may have gone meanwhile.
  if (answered !== undefined && !response.destroyed) sendJson(response, answered.status ?? 200, answered.body)
}

function patternOf(path: string): RegExp {
  const segments = path.replaceAll(/\{(\w+)\}/g, '(?<$1>[^/]+)')
  return new RegExp(`^${segments.replaceAll(/\{(\w+)\*\}/g, '(?<$1>[^/].*)')}$`)
}

function decoded(parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  try {
    return Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, decodeURIComponent(value)]))
  } catch {
    throw bad('The path cannot be read.')
  }
}

function bad(message: string): HoldfastError {
  return new HoldfastError('server/bad_request', message)
}
