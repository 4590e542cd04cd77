import { createServer, request, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { eventStream } from '../src/node/index.ts'
import { Collector } from './fixture.ts'

let servers: Server[]
let proxy: string
/** What the proxy was asked for. */
let via: string[]

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

beforeEach(async () => {
  servers = []
  via = []
  const port = await listen(
    createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).end('data: through\n\n')
    }),
  )
  // Whatever host is named: all are the server above.
  const proxying = createServer((incoming, outgoing) => {
    via.push(`${incoming.method} ${incoming.url}`)
    const onward = request({ host: '127.0.0.1', port }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers)
      answer.pipe(outgoing)
    })
    incoming.pipe(onward)
  })
  proxying.on('connect', (incoming, socket, head: Buffer) => {
    via.push(`CONNECT ${incoming.url}`)
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => {})
  })
  proxy = `http://127.0.0.1:${await listen(proxying)}`
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toLowerCase(), undefined)
  }
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

/** The events of a host that only the proxy can reach. */
async function eventsOf(url: string, option?: string | false): Promise<string[]> {
  const transport = eventStream({ proxy: option })
  const channel = await transport.open({ url }, { signal: new AbortController().signal })
  const collector = new Collector()
  channel.start(collector)
  await collector.ended
  return collector.data
}

it.each(['HTTP_PROXY', 'http_proxy', 'ALL_PROXY'])(
  'an event stream goes through the proxy that %s names',
  async (name) => {
    vi.stubEnv(name, proxy)
    expect(await eventsOf('http://hub.corp.invalid/events')).toEqual(['through'])
    expect(via).toHaveLength(1)
    expect(via[0]).toContain('hub.corp.invalid')
  },
)

it('an event stream goes through the proxy that is given, whatever the environment says', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
  expect(await eventsOf('http://hub.corp.invalid/events', proxy)).toEqual(['through'])
})

it.each([
  ['NO_PROXY names the host', undefined],
  ['proxy is false', false],
] as const)('an event stream goes straight where %s', async (_why, option) => {
  vi.stubEnv('HTTP_PROXY', proxy)
  if (option === undefined) vi.stubEnv('NO_PROXY', '.corp.invalid')
  await expect(eventsOf('http://hub.corp.invalid/events', option)).rejects.toMatchObject({
    code: 'channel/open_failed',
  })
  expect(via).toEqual([])
})

it('an event stream refuses a proxy that is no URL', () => {
  expect(() => eventStream({ proxy: 'proxy:3128' })).toThrow(
    expect.objectContaining({ code: 'channel/invalid_option' }),
  )
})

it('an event stream reports a proxy that is not there', async () => {
  vi.stubEnv('HTTP_PROXY', 'http://127.0.0.1:1')
  await expect(eventsOf('http://hub.corp.invalid/events')).rejects.toMatchObject({ code: 'channel/open_failed' })
})
