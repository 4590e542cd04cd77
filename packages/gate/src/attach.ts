import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { requestUrl } from './access/credentials.ts'
import type { RequestEndpoint, UpgradeEndpoint } from './endpoint.ts'
import { refuseUpgrade } from './upgrade/upgrade-refusal.ts'

/** What answers beside an http server's own handlers. */
export interface Endpoints {
  readonly upgrades: readonly UpgradeEndpoint[]
  readonly requests: readonly RequestEndpoint[]
}

/**
 * Puts endpoints in front of the existing listeners of an http server. Requests and upgrades that none of the endpoints
 * handles go to those listeners, as before; an upgrade without any handler is refused. Returns a function that removes
 * the endpoints.
 */
export function attachEndpoints(server: Server, { upgrades, requests }: Endpoints): () => void {
  // Listeners of upgrades too: `ws` refuses each that is not for its own path.
  const before = { request: server.listeners('request'), upgrade: server.listeners('upgrade') }
  let isAttached = true
  const request = (message: IncomingMessage, response: ServerResponse): void => {
    const endpoint = isAttached ? requests.find((candidate) => candidate.handles(message)) : undefined
    if (endpoint !== undefined) endpoint.handle(message, response)
    else for (const listener of before.request) listener.call(server, message, response)
  }
  const upgrade = (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = isAttached ? requestUrl(message)?.pathname : undefined
    const endpoint = path === undefined ? undefined : upgrades.find((candidate) => candidate.handles(path))
    if (endpoint !== undefined) endpoint.upgrade(message, socket, head)
    else if (before.upgrade.length > 0)
      for (const listener of before.upgrade) listener.call(server, message, socket, head)
    else if (server.listenerCount('upgrade') === 1) {
      refuseUpgrade(socket, { status: 400, code: 'bad_request', message: 'There is no WebSocket at this path.' })
    }
  }
  server.removeAllListeners('request').on('request', request)
  server.removeAllListeners('upgrade').on('upgrade', upgrade)
  return () => {
    // What was there before is handed back as it was. Behind endpoints that came later it only steps aside.
    isAttached = false
    if (server.listeners('request').includes(request)) {
      server.off('request', request)
      for (const listener of before.request) server.on('request', (...both) => listener.apply(server, both))
    }
    if (server.listeners('upgrade').includes(upgrade)) {
      server.off('upgrade', upgrade)
      for (const listener of before.upgrade) server.on('upgrade', (...all) => listener.apply(server, all))
    }
  }
}
