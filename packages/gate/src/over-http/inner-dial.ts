import { createServer, type IncomingHttpHeaders, type IncomingMessage, type Server } from 'node:http'
import { type Duplex, duplexPair } from 'node:stream'
import { isSecretName } from '@holdfast/contract'
import { WebSocket } from 'ws'
import type { UpgradeEndpoint } from '../endpoint.ts'

/** Headers that belong to one connection, to what a WebSocket makes anew, or to the request that carries it. */
const NOT_CARRIED =
  /^(connection|upgrade|keep-alive|te|trailer|transfer-encoding|content-.*|accept.*|last-event-id|expect|sec-.*|holdfast-.*)$/
/** Response headers that every upgrade has, and say nothing. */
const OF_EVERY_UPGRADE = /^(upgrade|connection|date|sec-websocket-.*)$/
/** Under which name an endpoint is dialed within this process. Its own `Host` is that of the request. */
const WITHIN = 'ws://within'

/**
 * Dials upgrade endpoints of this process without a network: each sees an upgrade like any other, with the path, the headers and
 * the addresses of the request that asked for it, and decides over it as over any other.
 */
export class InnerDial {
  readonly #server: Server
  readonly #endpoints = new WeakMap<Duplex, UpgradeEndpoint>()

  constructor() {
    this.#server = createServer()
    this.#server.on('upgrade', (request, socket, head) => {
      const endpoint = this.#endpoints.get(socket)
      if (endpoint === undefined) socket.destroy()
      else endpoint.upgrade(request, socket, head)
    })
  }

  /** @throws SyntaxError where path or subprotocols are none */
  dial(request: IncomingMessage, endpoint: UpgradeEndpoint, protocols: readonly string[]): WebSocket {
    const [client, server] = duplexPair()
    client.once('close', () => server.destroy())
    server.once('close', () => client.destroy())
    for (const side of [client, server]) side.on('error', () => {})
    const { remoteAddress, remotePort, localAddress, localPort } = request.socket
    Object.assign(server, { remoteAddress, remotePort, localAddress, localPort })
    if ('encrypted' in request.socket) Object.assign(server, { encrypted: true })
    this.#endpoints.set(server, endpoint)
    const webSocket = new WebSocket(`${WITHIN}${request.url ?? '/'}`, [...protocols], {
      createConnection: () => client,
      headers: carriedHeaders(request.headers),
      perMessageDeflate: false,
      // The peer answers pings, and not a proxy in between.
      autoPong: false,
      maxPayload: 0,
    })
    this.#server.emit('connection', server)
    return webSocket
  }

  close(): void {
    this.#server.close()
  }
}

function carriedHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return textsOf(headers, (name) => !NOT_CARRIED.test(name))
}

/** What an answer to an upgrade says beside what each says. */
export function saidHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  return textsOf(headers, (name) => !OF_EVERY_UPGRADE.test(name) && !isSecretName(name))
}

function textsOf(headers: IncomingHttpHeaders, isWanted: (name: string) => boolean): Record<string, string> {
  const found = Object.entries(headers).filter(([name, value]) => value !== undefined && isWanted(name))
  return Object.fromEntries(found.map(([name, value]) => [name, String(value)]))
}
