import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { systemFetch } from '@holdfast/transport-sse'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { CoderClient } from '../src/compat/index.ts'
import { HubApi } from '../src/index.ts'
import { discoverHubUrl } from '../src/node/index.ts'

let servers: Server[]
/** What the proxy was asked for. */
let via: string[]

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

beforeEach(async () => {
  servers = []
  via = []
  const answers: Readonly<Record<string, object>> = { '/coder': { data: { url: 'http://hub.corp.invalid/' } } }
  const list = { sessions: { websocket: [], sandbox: [] }, total: 0 }
  const port = await listen(
    createServer(({ url = '' }, response) => response.end(JSON.stringify(answers[url] ?? list))),
  )
  // Whatever host is named: all are the server above.
  const proxying = createServer()
  proxying.on('connect', ({ url = '' }, socket, head: Buffer) => {
    via.push(url)
    const onward = connect(port, '127.0.0.1', () => {
      socket.write('HTTP/1.1 200 Connection established\r\n\r\n')
      onward.write(head)
      onward.pipe(socket).pipe(onward)
    })
    for (const end of [onward, socket]) end.on('error', () => {})
  })
  const proxy = `http://127.0.0.1:${await listen(proxying)}`
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, undefined)
    vi.stubEnv(name.toLowerCase(), undefined)
  }
  vi.stubEnv('HTTP_PROXY', proxy)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  for (const server of servers) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

describe('behind a proxy that the environment names', () => {
  it("the hub's URL is looked up through it, and straight where NO_PROXY says so", async () => {
    const catalyst = 'http://catalyst.corp.invalid'
    expect(await discoverHubUrl({ catalyst })).toBe('http://hub.corp.invalid')
    expect(via).toEqual(['catalyst.corp.invalid:80'])
    vi.stubEnv('NO_PROXY', '.corp.invalid')
    await expect(discoverHubUrl({ catalyst })).rejects.toThrow()
    expect(via).toHaveLength(1)
  })

  it('sessions are asked for over HTTP through it', async () => {
    const url = 'http://hub.corp.invalid'
    expect(await new HubApi({ url, fetch: systemFetch() }).listSessions()).toMatchObject({ total: 0 })
    expect(via).toEqual(['hub.corp.invalid:80'])
    await new CoderClient({ url, apiKey: 'key' }).listSessions()
    expect(via).toHaveLength(2)
  })
})
