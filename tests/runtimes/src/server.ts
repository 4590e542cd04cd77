import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer } from 'ws'
import { type HubServer, startHubServer } from './hub-server.ts'
import { RAW_UPGRADES } from './raw-upgrades.ts'

/** The far end of the program. */
export interface ProgramServer {
  readonly url: string
  close(): Promise<void>
}

/** Below the range from which systems take ports for outgoing connections (RFC 6335 §6). */
const PORTS = { from: 20_000, count: 12_000 }

/**
 * Echoes on `/echo` (and cuts the connection on `cut`), drops what it has accepted on `/drop`, never answers on `/hang`,
 * refuses on `/busy` with 429 and on `/refuse` with the status that it is asked for, selects no subprotocol on `/unselected`,
 * and ends as {@link RAW_UPGRADES} say.
 * Over HTTP: `/reserve` names a port where nobody listens and `/listen` begins to, `/open` counts connections,
 * `/events` streams, `/hub` names a hub and `/hub-cut` cuts its connections.
 */
export async function startProgramServer(): Promise<ProgramServer> {
  const open = new Set<Duplex>()
  const servers: Server[] = []
  const accept = new WebSocketServer({ noServer: true })
  const acceptUnselected = new WebSocketServer({ noServer: true, handleProtocols: () => false })
  let hub: HubServer | undefined

  const upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    open.add(socket)
    socket.on('error', () => {})
    socket.on('close', () => open.delete(socket))
    if (request.url === '/busy') {
      socket.end('HTTP/1.1 429 Too Many Requests\r\nretry-after: 7\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
      return
    }
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://server')
    if (pathname === '/refuse') {
      socket.end(`HTTP/1.1 ${searchParams.get('status')} No\r\ncontent-length: 0\r\nconnection: close\r\n\r\n`)
      return
    }
    const raw = RAW_UPGRADES[pathname]
    if (raw !== undefined) return raw(request, socket)
    if (pathname === '/unselected') {
      return acceptUnselected.handleUpgrade(request, socket, head, (webSocket) => {
        // Node.js 24 and newer refuse it and keep the connection.
        webSocket.on('error', () => {}).close()
        setTimeout(() => webSocket.terminate(), 500)
      })
    }
    if (request.url === '/hang') {
      socket.on('end', () => socket.end()).resume()
      return
    }
    accept.handleUpgrade(request, socket, head, (webSocket) => {
      webSocket.on('error', () => {})
      if (request.url === '/drop') return webSocket.terminate()
      webSocket.on('message', (data, isBinary) => {
        if (!isBinary && data.toString() === 'cut') webSocket.terminate()
        else webSocket.send(data, { binary: isBinary })
      })
    })
  }

  const listen = async (port: number): Promise<string> => {
    const server = createServer((request, response) => void answer(request, response))
    server.on('upgrade', upgrade)
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(port, '127.0.0.1', resolve)
    })
    servers.push(server)
    const address = server.address()
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
  }

  const answer = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://server')
    response.setHeader('access-control-allow-origin', '*')
    response.setHeader('access-control-allow-headers', '*')
    if (url.pathname === '/events' && request.method === 'GET') return stream(request, url, response)
    if (url.pathname === '/busy') {
      response.setHeader('access-control-expose-headers', 'retry-after')
      return void response.writeHead(429, { 'retry-after': '7' }).end()
    }
    if (url.pathname === '/refuse') return void response.writeHead(Number(url.searchParams.get('status'))).end()
    if (url.pathname === '/hub') {
      // A page of this server itself names no origin.
      const { origin, host } = request.headers
      hub ??= await startHubServer(origin ?? `http://${host}`)
      return void response.end(hub.url)
    }
    if (url.pathname === '/hub-cut') hub?.cut()
    if (url.pathname === '/open') return void response.end(String(open.size))
    if (url.pathname === '/reserve') return void response.end(String(await unusedPort()))
    if (url.pathname === '/listen') await listen(Number(url.searchParams.get('port')))
    response.end()
  }

  return {
    url: await listen(0),
    async close() {
      await hub?.close()
      for (const socket of open) socket.destroy()
      await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve).closeAllConnections())))
    },
  }
}

/** Words as events, in two pieces each, so that they do not come whole. Ids go on from the last one. */
function stream(request: IncomingMessage, url: URL, response: ServerResponse): void {
  const first = Number(request.headers['last-event-id'] ?? 0) + 1
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const pieces = (url.searchParams.get('say') ?? '')
    .split(',')
    .flatMap((word, index) => [`id: ${first + index}\nda`, `ta: ${word}\n\n`])
  const next = (): void => {
    const piece = pieces.shift()
    if (piece === undefined) response.end()
    else response.write(piece, () => setImmediate(next))
  }
  next()
}

async function unusedPort(): Promise<number> {
  for (;;) {
    const port = PORTS.from + Math.floor(Math.random() * PORTS.count)
    const server = createServer()
    const free = await new Promise<boolean>((resolve) => {
      server.once('error', () => resolve(false)).listen(port, '127.0.0.1', () => resolve(true))
    })
    if (!free) continue
    await new Promise((resolve) => server.close(resolve))
    return port
  }
}
