import { randomBytes, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { FAULTS, type Faults } from './faults.ts'

/** What {@link startFaultServer} needs. */
export interface FaultServerOptions {
  readonly faults: Faults
  /** The origin of the console, the only page that may ask. */
  readonly origin: () => string
  /** Where clients dial so that the faults hit them. */
  readonly proxyUrl: string
}

/** The switchboard of the demonstration, for the buttons of the console. */
export interface FaultServer {
  readonly port: number
  /** Its own credential: the right to use the gateway must not include breaking its network. */
  readonly token: string
  close(): Promise<void>
}

/**
 * Serves `GET /` (where to dial, what is broken) and `POST /{fault}` on loopback. Every request needs the token as
 * `Authorization: Bearer`, so no other page can press the buttons.
 */
export async function startFaultServer(options: FaultServerOptions): Promise<FaultServer> {
  const token = randomBytes(18).toString('base64url')
  const server = createServer((request, response) => {
    answer(request, response, token, options).catch(() => response.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: portOf(server), token, close: () => closed(server) }
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  token: string,
  { faults, origin, proxyUrl }: FaultServerOptions,
): Promise<void> {
  response.setHeader('access-control-allow-origin', origin())
  response.setHeader('vary', 'origin')
  response.setHeader('cache-control', 'no-store')
  if (request.method === 'OPTIONS') {
    response.setHeader('access-control-allow-headers', 'authorization')
    response.setHeader('access-control-allow-methods', 'GET, POST')
    return void response.writeHead(204).end()
  }
  if (!isEqual(request.headers.authorization ?? '', `Bearer ${token}`)) return void response.writeHead(401).end()
  const wanted = FAULTS.find((fault) => request.url === `/${fault}`)
  if (request.method === 'POST' && wanted !== undefined) await faults.apply(wanted)
  else if (request.method !== 'GET' || request.url !== '/') return void response.writeHead(404).end()
  response.setHeader('content-type', 'application/json')
  response.end(JSON.stringify({ proxyUrl, fault: faults.current, count: faults.count }))
}

function isEqual(given: string, expected: string): boolean {
  const a = Buffer.from(given)
  const b = Buffer.from(expected)
  return a.length === b.length && timingSafeEqual(a, b)
}

function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  return new Promise((resolve) => void server.close(() => resolve()))
}
