import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type RequestListener,
  type ServerResponse,
} from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterAll, describe, expect, it } from 'vitest'
import { CLI_MAIN, run, startGateway } from './gateway-process.ts'

// The tests run next to each other: most of their time they wait.
const sockets = new Set<Socket>()
const servers: Server[] = []
afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server, host = '127.0.0.1'): Promise<number> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, host, resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return address.port
}

/** Everything of a gateway but its WebSockets. */
const looksWell: RequestListener = (request, response) => {
  response.end(request.url === '/readyz' ? 'ready' : '{"sessions":[]}')
}

/** The same, with `upgrade` answered by hand. */
function halfGateway(upgrade: (socket: Socket, key: string) => void): HttpServer {
  const server = createHttpServer(looksWell)
  server.on('upgrade', (request, socket: Socket) => upgrade(socket, String(request.headers['sec-websocket-key'])))
  return server
}

/** For servers that never answer. */
const SHORT_SECONDS = 4

interface Report {
  readonly code: number | null
  /** `check result` and the words of each finding. */
  readonly findings: Readonly<Record<string, string>>
}

async function doctor(url: string, environment: NodeJS.ProcessEnv = {}, seconds = 30): Promise<Report> {
  const args = ['doctor', url, '--json', '--timeout', String(seconds)]
  const { code, stdout, stderr } = await run(CLI_MAIN, args, environment).ended
  expect(stderr).toBe('')
  const lines: unknown[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const findings = lines.map((line) => {
    if (typeof line !== 'object' || line === null) throw new Error('expected an object')
    const { check, result, text } = { check: '', result: '', text: '', ...line }
    return [check, `${result}: ${text}`] as const
  })
  return { code, findings: Object.fromEntries(findings) }
}

const PEM = new URL('../../packages/transport-node/test/fixtures/', import.meta.url)
const TLS = { cert: readFileSync(new URL('server.crt', PEM)), key: readFileSync(new URL('server.key', PEM)) }
const CA = new URL('ca.crt', PEM).pathname

it.concurrent('the doctor reports https where there is no TLS', async () => {
  const port = await listen(createHttpServer(looksWell))
  const { code, findings } = await doctor(`https://127.0.0.1:${port}`)
  expect(code).toBe(1)
  expect(findings['http']).toBe('failed: it does not speak TLS')
})

it.concurrent('the doctor reports http where there is TLS', async () => {
  const port = await listen(createHttpsServer(TLS, looksWell))
  const { code, findings } = await doctor(`http://127.0.0.1:${port}`)
  expect(code).toBe(1)
  expect(findings['http']).toBe('failed: it takes the connection, but does not speak HTTP')
})

it.concurrent('the doctor reports a certificate of an untrusted authority, and what is wrong behind a trusted one', async () => {
  const port = await listen(createHttpsServer(TLS, looksWell))
  const strange = await doctor(`https://127.0.0.1:${port}`)
  expect(strange.findings['http']).toMatch(/^failed: its (authority is not trusted here|certificate is incomplete)$/)
  const trusted = await doctor(`https://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: CA })
  expect(trusted.findings['http']).toBe('ok: a gateway, and ready')
})

it.concurrent('the doctor reports a certificate for another name', async () => {
  const port = await listen(createHttpsServer(TLS, looksWell), '127.0.0.2')
  const { findings } = await doctor(`https://127.0.0.2:${port}`, { NODE_EXTRA_CA_CERTS: CA })
  expect(findings['http']).toBe('failed: its certificate is for another name')
})

it.concurrent('the doctor reports an upgrade that arrives as a plain request', async () => {
  const port = await listen(createHttpServer(looksWell))
  const { code, findings } = await doctor(`http://127.0.0.1:${port}`)
  expect(code).toBe(1)
  expect(findings).toMatchObject({ http: 'ok: a gateway, and ready', token: 'ok: accepted' })
  expect(findings['hub']).toBe('failed: the upgrade to WebSocket does not arrive (200)')
})

it.concurrent.each([
  [404, 'failed: the upgrade was answered with 404'],
  [426, 'failed: the upgrade to WebSocket does not arrive (426)'],
  [403, 'warning: the token may not do this (403), or it is switched off'],
])('the doctor reports an upgrade that is answered with %i', async (status, words) => {
  const blocked = halfGateway((socket) => socket.end(`HTTP/1.1 ${status} No\r\ncontent-length: 0\r\n\r\n`))
  const port = await listen(blocked)
  const { findings } = await doctor(`http://127.0.0.1:${port}`)
  expect(findings['hub']).toBe(words)
})

it.concurrent('the doctor reports an upgrade that is never answered', async () => {
  const port = await listen(halfGateway(() => {}))
  const { code, findings } = await doctor(`http://127.0.0.1:${port}`, {}, SHORT_SECONDS)
  expect(code).toBe(1)
  expect(findings['hub']).toBe('failed: the upgrade to WebSocket is never answered (half-open)')
})

it.concurrent('the doctor reports a WebSocket that opens and carries nothing', async () => {
  const swallowing = halfGateway((socket, key) => {
    const accept = createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64')
    socket.write(
      `HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: ${accept}\r\n\r\n`,
    )
    socket.resume()
  })
  const { code, findings } = await doctor(`http://127.0.0.1:${await listen(swallowing)}`, {}, SHORT_SECONDS)
  expect(code).toBe(1)
  expect(findings['hub']).toBe('failed: it opens, and then nothing comes back (half-open)')
})

it.concurrent('the doctor reports a server that takes connections and says nothing', async () => {
  const port = await listen(createTcpServer((socket) => void socket.resume()))
  const { code, findings } = await doctor(`http://127.0.0.1:${port}`, {}, SHORT_SECONDS)
  expect(code).toBe(1)
  expect(findings['http']).toBe('failed: it takes the connection, and then says nothing (half-open)')
})

it.concurrent('the doctor reports a token that may not list sessions', async () => {
  const forbidding = createHttpServer((request, response) => {
    if (request.url !== '/readyz') response.writeHead(403)
    response.end('ready')
  })
  const { findings } = await doctor(`http://127.0.0.1:${await listen(forbidding)}`)
  expect(findings['token']).toBe('warning: accepted, but it may not look at sessions')
})

it.concurrent.each([
  [403, 'failed: something in front of the gateway refuses (403)'],
  [404, 'failed: something answers with 404, but not a gateway'],
  [302, 'failed: it redirects to http://elsewhere.test/'],
  [503, 'warning: a gateway, but not ready'],
])('the doctor reports an answer %i from something that is no gateway', async (status, words) => {
  const other = createHttpServer((_request, response) => {
    response.writeHead(status, status === 302 ? { location: 'http://elsewhere.test/' } : {}).end('no')
  })
  const { findings } = await doctor(`http://127.0.0.1:${await listen(other)}`)
  expect(findings['http']).toBe(words)
})

describe('an event stream', () => {
  /** A gateway as far as its event stream goes, behind something that is given that stream's answer. */
  const through = (stream: (response: ServerResponse) => void, sessions: readonly object[] = []): RequestListener => {
    return (request, response) => {
      if (request.url?.endsWith('/events') === true) stream(response)
      else if (request.method === 'POST') response.writeHead(403).end('{}')
      else response.end(request.url === '/readyz' ? 'ready' : JSON.stringify({ sessions }))
    }
  }
  const head = { 'content-type': 'text/event-stream' }
  const one = [{ sessionId: 's1' }]

  it.concurrent.each<[string, (response: ServerResponse) => void, string | RegExp]>([
    [
      'that a proxy keeps back after its head',
      (response) => response.writeHead(200, { ...head, 'content-encoding': 'gzip' }).flushHeaders(),
      'failed: an event stream opens, and stays silent',
    ],
    ['that a proxy keeps back whole', () => {}, 'failed: an event stream does not arrive'],
    [
      'in the place of which comes a page',
      (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('hello'),
      'failed: expected an event stream, got text/html',
    ],
    ['that comes', (response) => response.writeHead(200, head).write(':\n\n'), /^ok: an event stream, its first bytes/],
  ])('%s is reported', async (_what, stream, words) => {
    const port = await listen(createHttpServer(through(stream, one)))
    const { findings } = await doctor(`http://127.0.0.1:${port}`, {}, SHORT_SECONDS)
    expect(findings['events']).toEqual(typeof words === 'string' ? words : expect.stringMatching(words))
  })

  it.concurrent('is not tried where there is no session', async () => {
    const port = await listen(createHttpServer(through(() => {})))
    const { findings } = await doctor(`http://127.0.0.1:${port}`)
    expect(findings['token']).toBe('ok: accepted')
    expect(findings['events']).toBeUndefined()
  })

  it.concurrent('of a real gateway is tried on a session of its own, of which nothing stays', async () => {
    const gateway = await startGateway(['--store', 'memory', '--shell', 'none', '--token', 'boss', '--port', '0'])
    try {
      const { code, findings } = await doctor(gateway.url, { HOLDFAST_TOKEN: 'boss' })
      expect(findings['events']).toMatch(/^ok: an event stream/)
      expect(code).toBe(0)
      const headers = { authorization: 'Bearer boss' }
      expect(await (await fetch(`${gateway.url}/api/hub/sessions`, { headers })).text()).not.toContain('"doctor"')
    } finally {
      await gateway.stop('SIGKILL')
    }
  })
})

it.concurrent('the doctor reports a port where nothing listens, and a name that cannot be resolved', async () => {
  const gone = createTcpServer()
  const port = await listen(gone)
  await new Promise((resolve) => gone.close(resolve))
  expect((await doctor(`http://127.0.0.1:${port}`)).findings['http']).toBe('failed: nothing listens there')
  expect((await doctor('http://gateway.invalid')).findings['name']).toMatch(
    /^failed: the (name is not known|DNS server does not answer)$/,
  )
})
