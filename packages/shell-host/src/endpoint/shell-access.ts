import type { IncomingMessage } from 'node:http'
import { type Clock, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import { type Authenticate, Entrance, type Principal, requestUrl, type TrustedProxies } from '@holdfast/gate/internals'
import type { ShellNegotiation, ShellRequest } from '@holdfast/protocol/shell'
import { isShellPath, negotiateShell, parseShellRequest, SESSION_ID_NAME } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'

/** Who is let in at the paths of shells. */
export interface ShellAccessOptions {
  readonly authenticate: Authenticate
  /** Origins of browsers that are allowed besides the server's own host. */
  readonly origins?: readonly string[] | undefined
  /** Whose forwarded headers are believed. @defaultValue none */
  readonly proxies?: TrustedProxies | undefined
  /** A path before the shell paths. @defaultValue none */
  readonly base?: string | undefined
}

/** What a client asks for, understood. */
export type RequestedShell = Extract<ShellRequest, { kind: 'shell' | 'exec' }>

/** A request that has come in: who it is, what it wants and how it speaks. Nothing of any shell has been looked at. */
export interface ShellVisit {
  readonly principal: Principal
  readonly requested: RequestedShell
  readonly negotiated: Extract<ShellNegotiation, { ok: true }>
}

/** The paths of shells on any server, whether the shells are in its own process or elsewhere: reads and lets in. */
export class ShellAccess {
  readonly #entrance: Entrance
  readonly #base: string

  constructor(
    options: ShellAccessOptions & { readonly clock?: Clock | undefined; readonly logger?: Logger | undefined },
  ) {
    const { authenticate, origins = [], proxies, clock = systemClock, logger = silentLogger } = options
    this.#entrance = new Entrance({ authenticate, origins, proxies, clock, logger })
    this.#base = (options.base ?? '').replace(/\/+$/, '')
  }

  handles(path: string): boolean {
    return path.startsWith(this.#base) && isShellPath(this.within(path))
  }

  /** The path without what is before the shell paths. */
  within(path: string): string {
    return path.slice(this.#base.length)
  }

  /** @throws `shell/bad_request`, `shell/forbidden`, `shell/unauthorized` */
  async enter(request: IncomingMessage): Promise<ShellVisit> {
    const requested = this.#read(request)
    this.#entrance.demandOrigin(request)
    const negotiated = negotiateShell(offeredSubprotocols(request))
    if (!negotiated.ok) throw shellError('shell/bad_request', `subprotocol: ${negotiated.issue}`)
    const principal = await this.#entrance.identify(request, negotiated.token)
    if (principal === undefined) throw shellError('shell/unauthorized', 'Credentials are missing or wrong.')
    return { principal, requested, negotiated }
  }

  /**
   * How a client speaks has to be of what it asks for. After everything else that may be wrong: clients of Kubernetes that
   * are refused ask once more in a way that no server of ours speaks, and show the answer to that.
   * @throws `shell/bad_request`
   */
  demandDialect({ requested, negotiated }: ShellVisit): void {
    if ((requested.kind === 'exec') !== (negotiated.dialect === 'agentcore')) return
    throw shellError('shell/bad_request', 'exec speaks v5.channel.k8s.io or v4.channel.k8s.io, shells speak neither.')
  }

  #read(request: IncomingMessage): RequestedShell {
    const url = requestUrl(request)
    const header = request.headers[SESSION_ID_NAME.toLowerCase()]
    const session = typeof header === 'string' ? header : undefined
    const parsed =
      url === undefined ? undefined : parseShellRequest(this.within(url.pathname), url.searchParams, session)
    if (parsed?.kind === 'shell' || parsed?.kind === 'exec') return parsed
    throw shellError('shell/bad_request', parsed?.kind === 'invalid' ? parsed.issue : 'expected a path of the shells')
  }
}

function offeredSubprotocols(request: IncomingMessage): string[] {
  const header = request.headers['sec-websocket-protocol'] ?? ''
  return header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '')
}
