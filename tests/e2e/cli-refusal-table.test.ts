import { readFileSync } from 'node:fs'
import { createServer as createHttpServer, type Server as HttpServer, type ServerResponse } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { connect, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { CLI_MAIN, type Ended, type GatewayProcess, run, startGateway } from './gateway-process.ts'

const sockets = new Set<Socket>()
const servers: Server[] = []
const gateways: GatewayProcess[] = []
afterAll(async () => {
  await Promise.all(gateways.map((gateway) => gateway.stop('SIGTERM')))
  for (const socket of sockets) socket.destroy()
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
})

async function listen(server: Server): Promise<string> {
  servers.push(server)
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.on('error', () => {})
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('expected a port')
  return `127.0.0.1:${address.port}`
}

/** Answers every request, and every upgrade, in one way. */
function answering(status: number, headers: Readonly<Record<string, string>>, body: string): HttpServer {
  const server = createHttpServer((_request, response: ServerResponse) => {
    response.writeHead(status, headers).end(body)
  })
  server.on('upgrade', (_request, socket: Socket) => {
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.end(`HTTP/1.1 ${status} X\r\n${lines.join('')}content-length: ${body.length}\r\n\r\n${body}`)
  })
  return server
}

async function gone(): Promise<string> {
  const server = createTcpServer()
  const address = await listen(server)
  await new Promise((resolve) => server.close(resolve))
  return address
}

/** A gateway behind something that says of every request that a page of elsewhere makes it. */
async function behindForeignOrigin(): Promise<string> {
  const tokens = ['--token', 'secret=me:lead+control+observe+shell+track+admin']
  const gateway = await startGateway(['--port', '0', '--store', 'memory', '--shell', '/bin/sh', ...tokens])
  gateways.push(gateway)
  const proxy = createTcpServer((client) => {
    const upstream = connect(gateway.port, '127.0.0.1')
    upstream.on('error', () => client.destroy())
    client.on('close', () => upstream.destroy())
    client.on('data', (chunk) => {
      // Requests of the commands are of one piece each.
      const request = chunk.toString('latin1').replace('\r\n', `\r\norigin: ${FOREIGN}\r\n`)
      upstream.write(Buffer.from(request, 'latin1'))
    })
    upstream.pipe(client)
  })
  return listen(proxy)
}

const FOREIGN = 'http://pages.example'
const PEM = new URL('../../packages/transport-node/test/fixtures/', import.meta.url)
const TLS = { cert: readFileSync(new URL('server.crt', PEM)), key: readFileSync(new URL('server.key', PEM)) }
const FULL = JSON.stringify({ error: { code: 'server/unavailable', message: 'This gateway takes no more.' } })
const JSON_TYPE = { 'content-type': 'application/json' }
const PAGE = { 'content-type': 'text/html' }

/** What is at the address instead of a gateway that lets one in; the exit code; and what is said. */
const WORLDS: Readonly<Record<string, readonly [url: () => Promise<string>, code: number, words: RegExp]>> = {
  'nothing listens': [async () => `http://${await gone()}`, 7, /could not be reached: nothing listens there/],
  'a gateway that takes no more': [
    async () => `http://${await listen(answering(503, { ...JSON_TYPE, 'retry-after': '1' }, FULL))}`,
    8,
    /answers: This gateway takes no more\. Try again in a while/,
  ],
  'a proxy that names a page of elsewhere': [
    async () => `http://${await behindForeignOrigin()}`,
    4,
    /Start the server with --origin http:\/\/pages\.example to allow it\. Not this command, but a proxy/,
  ],
  'a certificate that nobody trusts': [
    async () => `https://${await listen(createHttpsServer(TLS))}`,
    9,
    /its (authority|certificate)/,
  ],
  'no TLS at all': [async () => `https://${await listen(createHttpServer())}`, 9, /does not speak TLS\. Use http:\/\//],
  'a page': [
    async () => `http://${await listen(answering(200, PAGE, '<h1>Welcome</h1>'))}`,
    10,
    /is not a gateway \(HTTP 200\)\. Try: /,
  ],
  'a page that is not there': [
    async () => `http://${await listen(answering(404, PAGE, '<h1>Not found</h1>'))}`,
    10,
    /is not a gateway \(HTTP 404\)\. Try: /,
  ],
  'a redirect': [
    async () => `http://${await listen(answering(302, { location: 'https://elsewhere.example/' }, ''))}`,
    10,
    /redirects to elsewhere\.example\. Give that address/,
  ],
  'another protocol': [
    async () => `http://${await listen(createTcpServer((socket) => socket.write('SSH-2.0-OpenSSH_9\r\n')))}`,
    10,
    /does not speak HTTP/,
  ],
}

/** One command for each road to a gateway. */
const ROADS: Readonly<Record<string, readonly string[]>> = {
  requests: ['ls'],
  'a shell': ['shell', '-t', '--', 'true'],
  'a command in pipes': ['shell', '--', 'true'],
  'a session over a WebSocket': ['observe', 's-1'],
  'a session over events': ['observe', 's-1', '--sse'],
  'a lead': ['lead', '--', 'true'],
  'the agent of a tracker': ['track', 'run', '--', 'true'],
  'the tasks of a tracker': ['track', 'list'],
  'a copy of the store': ['backup', join(tmpdir(), `no-copy-${process.pid}.db`)],
  'a login': ['login'],
}

function holdfast(
  args: readonly string[],
  url: string,
): { child: ReturnType<typeof run>['child']; ended: Promise<Ended> } {
  const words = args[0] === 'login' ? [...args, `${url}/#token=secret`] : args
  const running = run(CLI_MAIN, words, { HOLDFAST_URL: url, HOLDFAST_TOKEN: 'secret' })
  running.child.stdin?.end()
  return running
}

/** Every road in several worlds, and in every world several roads. The long form has all of them. */
function roadsIn(world: number): readonly (readonly [string, readonly string[]])[] {
  const roads = Object.entries(ROADS)
  return process.env['HOLDFAST_LONG'] === '1' ? roads : roads.filter((_, road) => (road + world) % 3 === 0)
}

describe.concurrent.each(Object.entries(WORLDS).map(([name, what], at) => [name, what, roadsIn(at)] as const))(
  'where there is %s',
  (_name, [urlOf, code, words], roads) => {
    const url = urlOf()

    it.each(roads)('%s ends with the exit code of it, its cause and a next step', async (_road, args) => {
      const { stderr, stdout, code: ended } = await holdfast(args, await url).ended
      expect([ended, stdout, stderr]).toEqual([code, '', expect.stringMatching(words)])
      expect(stderr).not.toMatch(/\bat .*:\d+:\d+\)?$|Error:|instance=|EPROTO/m)
    })
  },
)

describe.concurrent('where a server takes connections and says nothing', () => {
  const url = listen(createTcpServer(() => {})).then((address) => `http://${address}`)

  it.each(Object.entries(ROADS))('%s says that it waits, before its patience ends', async (_road, args) => {
    const { child, ended } = holdfast(args, await url)
    const said = await new Promise<string>((resolve) => {
      child.stderr?.once('data', (chunk: Buffer) => resolve(chunk.toString()))
      child.once('exit', () => resolve('it ended without a word'))
    })
    child.kill('SIGKILL')
    await ended
    expect(said).toMatch(/has not answered yet; waiting|is not reachable, trying again|Connecting/)
  })
})
