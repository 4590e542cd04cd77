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
 * Puts endpoints in front of what an http server does already. Requests and upgrades that none of them handles go to
 * the server's own listeners, as before; an upgrade that nobody handles is refused. Returns its own undo.
 */
export function attachEndpoints(server: Server, { upgrades, requests }: Endpoints): () => void {
  const before = server.listeners('request')
  const request = (message: IncomingMessage, response: ServerResponse): void => {
    const endpoint = requests.find((candidate) => candidate.handles(message))
    if (endpoint !== undefined) endpoint.handle(message, response)
    else for (const listener of before) listener.call(server, message, response)
  }
  const upgrade = (message: IncomingMessage, socket: Duplex, head: Buffer): void => {
    const path = requestUrl(message)?.pathname
    const endpoint = path === undefined ? undefined : upgrades.find((candidate) => candidate.handles(path))
    if (endpoint !== undefined) endpoint.upgrade(message, socket, head)
    else if (server.listenerCount('upgrade') === 1) {
      refuseUpgrade(socket, { status: 400, code: 'bad_request', message: 'There is no WebSocket at this path.' })
    }
  }
  server.removeAllListeners('request')
  server.on('request', request)
  server.on('upgrade', upgrade)
  return () => {
    server.off('upgrade', upgrade)
    server.off('request', request)
    // What was there before is handed back as it was.
    for (const listener of before) server.on('request', (...both) => listener.apply(server, both))
  }
}
