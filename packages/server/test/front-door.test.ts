import { createServer } from 'node:http'
import { connect } from 'node:net'
import {
  type Authenticate,
  allowEveryone,
  attachEndpoints,
  parseToken,
  slowGuesses,
  tokenAuthenticate,
} from '@holdfast/gate/internals'
import { memoryLog } from '@holdfast/log'
import { attachShells, ShellHost, shellRequests } from '@holdfast/shell-host'
import { expect, it, onTestFinished } from 'vitest'
import { createHub } from '../src/hub/index.ts'
import { sessionsEndpoint } from '../src/sessions/index.ts'
import { openTracker, trackerEndpoint, trackerRequests } from '../src/tracker/index.ts'
import { addressOf } from './hub/support.ts'

/** Every endpoint on one loopback port; what is asked is the first lines of a request, what is answered its head. */
async function everything(authenticate: Authenticate, origins: readonly string[] = []) {
  const log = memoryLog()
  const hub = createHub({ log, authenticate, origins })
  const tracker = await openTracker({ log })
  const host = new ShellHost()
  const doors = { authenticate, origins }
  const sessions = sessionsEndpoint({ hub, ...doors })
  const agents = trackerEndpoint({ tracker, ...doors })
  const server = createServer((_request, response) => response.end('own'))
  attachEndpoints(server, {
    upgrades: [hub.upgrades, attachShells(host, doors), sessions, agents],
    requests: [
      hub.requests,
      trackerRequests({ tracker, ...doors }),
      shellRequests({ ...doors, list: async () => host.list() }),
    ],
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  await (await hub.createSession('s')).close()
  onTestFinished(async () => {
    sessions.close()
    agents.close()
    await tracker.close()
    await hub.close()
    await host.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
  })
  const { port } = addressOf(server)
  const head = (line: string, headers: Readonly<Record<string, string>>): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
        socket.write(`${line} HTTP/1.1\r\n${lines.join('')}\r\n`)
      })
      socket.on('error', reject)
      socket.once('data', (data) => {
        resolve(String(data).split('\r\n\r\n')[0] ?? '')
        socket.destroy()
      })
    })
  const status = async (line: string, headers: Readonly<Record<string, string>>): Promise<number> =>
    Number((await head(line, headers)).split(' ')[1])
  return { port, head, status }
}

const UPGRADE = {
  Connection: 'Upgrade',
  Upgrade: 'websocket',
  'Sec-WebSocket-Version': '13',
  'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
}
const UPGRADES = ['/api/ws?role=lead&sessionId=x', '/v1/sessions/ws/s/subscribe', '/ws', '/shells?shellId=x']
const REQUESTS = ['/api/hub/sessions', '/hub/sessions', '/api/hub/session/s/events', '/api/tracker/tasks', '/shells']

it('an open server on loopback refuses a page whose name was made to point at it, at every endpoint', async () => {
  const { port, status } = await everything(allowEveryone)
  for (const name of [`evil.example:${port}`, `127.0.0.1.evil.example:${port}`]) {
    for (const page of [{ Host: name, Origin: `http://${name}` }, { Host: name }]) {
      for (const path of UPGRADES)
        expect([path, await status(`GET ${path}`, { ...page, ...UPGRADE })]).toEqual([path, 403])
      for (const path of REQUESTS) expect([path, await status(`GET ${path}`, page)]).toEqual([path, 403])
      expect(await status('POST /api/hub/session', { ...page, 'Content-Length': '0' })).toBe(403)
    }
  }
})

it('an open server on loopback serves its own names and those of allowed origins', async () => {
  const { port, status } = await everything(allowEveryone, ['http://app.example'])
  for (const name of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, 'app.example', 'app.example:80']) {
    for (const path of UPGRADES.slice(0, 3)) {
      expect([name, path, await status(`GET ${path}`, { Host: name, ...UPGRADE })]).toEqual([name, path, 101])
    }
    expect(await status('GET /api/hub/sessions', { Host: name, Origin: `http://${name}` })).toBe(200)
  }
})

it('a name that a proxy passes on is served with a credential in the request, whatever its default port', async () => {
  const { status } = await everything(tokenAuthenticate([parseToken('right')]))
  const rows: readonly (readonly [string, string, number])[] = [
    ['ex.am', 'https://ex.am', 101],
    ['ex.am:443', 'https://ex.am', 101],
    ['ex.am:80', 'http://ex.am', 101],
    ['EX.AM', 'http://ex.am', 101],
    ['ex.am:8443', 'https://ex.am', 403],
    ['ex.am', 'http://other.example', 403],
  ]
  for (const [Host, Origin, right] of rows) {
    for (const path of [
      '/api/ws?role=observer&sessionId=s',
      '/v1/sessions/ws/s/subscribe',
      '/ws',
      `/shells?shellId=${right}`,
    ]) {
      const got = await status(`GET ${path}`, { Host, Origin, Authorization: 'Bearer right', ...UPGRADE })
      expect([Host, Origin, path, got]).toEqual([Host, Origin, path, right])
    }
  }
})

it('the server reports to each endpoint that too many tokens are guessed in its own words, with 429', async () => {
  const authenticate = slowGuesses(tokenAuthenticate([parseToken('right')]), { limits: { burst: 0, maxWaiting: 0 } })
  const { status } = await everything(authenticate)
  for (const path of UPGRADES) {
    const headers = { Host: 'localhost', Authorization: `Bearer wrong${path.length}` }
    expect([path, await status(`GET ${path}`, { ...headers, ...UPGRADE })]).toEqual([path, 429])
  }
  for (const path of REQUESTS) {
    const headers = { Host: 'localhost', Authorization: `Bearer wrong${path}` }
    expect([path, await status(`GET ${path}`, headers)]).toEqual([path, 429])
  }
  expect(await status('GET /api/hub/sessions', { Host: 'localhost', Authorization: 'Bearer right' })).toBe(200)
})

it('the answers of all endpoints forbid caches and guesses of their type', async () => {
  const { head } = await everything(tokenAuthenticate([parseToken('right')]))
  for (const path of [...REQUESTS, '/api/hub/session/s/replay', '/api/hub/session/nobody']) {
    for (const token of ['right', 'wrong']) {
      const answer = await head(`GET ${path}`, { Host: 'localhost', Authorization: `Bearer ${token}` })
      expect(answer.toLowerCase()).toMatch(/cache-control: no-store/)
      expect(answer.toLowerCase()).toContain('x-content-type-options: nosniff')
    }
  }
})
