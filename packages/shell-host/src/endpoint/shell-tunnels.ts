import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { type Clock, type Logger, silentLogger, systemClock } from '@holdfast/contract'
import { RESTART_CLOSE, requestUrl, spreadReason, type UpgradeEndpoint, UpgradeGate } from '@holdfast/gate/internals'
import { oauthSubprotocols, SESSION_ID_NAME, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { SHELL_ERROR_TABLE, shellError } from '../errors.ts'
import { podRefusal } from '../kubernetes/status.ts'
import { SHELL_LIMITS } from '../limits.ts'
import { relayHeaders } from '../tunnel/relayed-principal.ts'
import { Tunnel } from '../tunnel/tunnel.ts'
import { ShellAccess, type ShellAccessOptions, type ShellVisit } from './shell-access.ts'

/** A server of ours that has shells, and believes whom this one speaks for. */
export interface ShellPeer {
  /** A fresh connection to it, on which nothing was said yet. Rejects when it cannot be reached. */
  connect(): Promise<Duplex>
  /** What proves to it that the request comes from a server of ours. */
  readonly secret: string
  /** A path before the shell paths there. @defaultValue none */
  readonly base?: string | undefined
}

/** Who has the shell that a client asks for; `undefined`: this server. */
export type ShellRoute = (attachment: ShellVisit) => ShellPeer | undefined | Promise<ShellPeer | undefined>

/** Options of {@link tunnelShells}. */
export interface ShellTunnelOptions extends ShellAccessOptions {
  /** Answers for the shells that are in this process. @defaultValue none are */
  readonly here?: UpgradeEndpoint | undefined
  /** Time for authentication, the route and the connection. In milliseconds. @defaultValue that of `SHELL_LIMITS` */
  readonly handshakeTimeoutMs?: number | undefined
  readonly clock?: Clock | undefined
  readonly logger?: Logger | undefined
}

/**
 * Shells that are elsewhere, as a WebSocket endpoint: a client that passes origin and credentials here is forwarded to the
 * server that has the shell, byte for byte. That server does the rest: rate, authorisation, policy, the whole protocol.
 */
export function tunnelShells(route: ShellRoute, options: ShellTunnelOptions): UpgradeEndpoint {
  return new ShellTunnels(route, options)
}

/** Of the client's headers only what the protocol needs continues: its credentials stay here. */
const CARRIED = ['host', 'sec-websocket-key', 'sec-websocket-version', 'user-agent', SESSION_ID_NAME.toLowerCase()]

/** A client that has come in, and the connection to the server that has its shell; none: that is this server. */
interface AuthorizedTunnel {
  readonly visit: ShellVisit
  readonly peer?: ShellPeer
  readonly server?: Duplex
}

class ShellTunnels implements UpgradeEndpoint {
  readonly #route: ShellRoute
  readonly #requests: ShellAccess
  readonly #here: UpgradeEndpoint | undefined
  readonly #clock: Clock
  readonly #gate: UpgradeGate<AuthorizedTunnel>
  readonly #open = new Set<Tunnel>()
  #draining = false

  constructor(route: ShellRoute, options: ShellTunnelOptions) {
    const { here, clock = systemClock, logger = silentLogger } = options
    this.#route = route
    this.#requests = new ShellAccess(options)
    this.#here = here
    this.#clock = clock
    this.#gate = new UpgradeGate({
      handles: (path) => this.#requests.handles(path),
      clock,
      logger,
      errors: SHELL_ERROR_TABLE,
      bodyOf: podRefusal,
      handshakeTimeoutMs: options.handshakeTimeoutMs ?? SHELL_LIMITS.handshakeTimeoutMs,
      authorize: (request) => this.#authorize(request),
      open: ({ visit, peer, server }, request, socket, head) => {
        if (peer === undefined || server === undefined) this.#here?.upgrade(request, socket, head)
        else this.#carry(socket, server, visit, [this.#headOf(request, visit, peer), head])
      },
      abandoned: ({ server }) => void server?.destroy(),
    })
  }

  handles(path: string): boolean {
    return this.#gate.handles(path)
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    this.#gate.upgrade(request, socket, head)
  }

  /** Clients are sent away; their shells see them drop, and wait. */
  async drain(reconnectWindowMs: number): Promise<void> {
    this.#draining = true
    for (const tunnel of this.#open) tunnel.close(RESTART_CLOSE, spreadReason(reconnectWindowMs))
    await this.#here?.drain?.(reconnectWindowMs)
  }

  async #authorize(request: IncomingMessage): Promise<AuthorizedTunnel> {
    if (this.#draining) throw shellError('shell/draining', 'This server is going away.')
    const visit = await this.#requests.enter(request)
    const peer = await this.#route(visit)
    if (peer !== undefined) return { visit, peer, server: await connected(peer) }
    if (this.#here === undefined) throw shellError('shell/peer_unreachable', 'No server has this shell.')
    return { visit }
  }

  #carry(client: Duplex, server: Duplex, visit: ShellVisit, request: readonly (string | Uint8Array)[]): void {
    // It began to drain while the other server was dialed.
    if (this.#draining) {
      server.destroy()
      return this.#gate.refuse(client, shellError('shell/draining', 'This server is going away.'))
    }
    const signal = visit.principal.revoked
    const ended = (): void => {
      signal?.removeEventListener('abort', revoked)
      this.#open.delete(tunnel)
    }
    const tunnel = new Tunnel({ client, server, clock: this.#clock, ended }, request)
    this.#open.add(tunnel)
    // The other side knows when they end, and not that they do before.
    const revoked = (): void => tunnel.close(SHELL_CLOSE.credentialsEnded, 'the credentials were revoked')
    signal?.addEventListener('abort', revoked)
  }

  /** The request as the other server gets it: no secret of the client's is in it. */
  #headOf(request: IncomingMessage, { principal, negotiated }: ShellVisit, peer: ShellPeer): string {
    const asked = requestUrl(request)
    const url = asked === undefined ? undefined : new URL(asked)
    url?.searchParams.delete('api_key')
    const offered = request.headers['sec-websocket-protocol']
    const headers: Readonly<Record<string, string | string[] | undefined>> = {
      connection: 'Upgrade',
      upgrade: 'websocket',
      ...Object.fromEntries(CARRIED.map((name) => [name, request.headers[name]])),
      'sec-websocket-protocol': negotiated.token === undefined ? offered : oauthSubprotocols('relayed').join(', '),
      ...relayHeaders(peer.secret, principal),
    }
    const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]))
    const target = `${peer.base ?? ''}${this.#requests.within(url?.pathname ?? '/')}${url?.search ?? ''}`
    return `GET ${target} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`
  }
}

async function connected(peer: ShellPeer): Promise<Duplex> {
  try {
    return await peer.connect()
  } catch (cause) {
    throw shellError('shell/peer_unreachable', 'The server that has this shell cannot be reached now.', { cause })
  }
}
