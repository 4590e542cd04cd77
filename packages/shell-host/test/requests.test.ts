import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Authenticate, RequestEndpoint } from '@holdfast/gate/internals'
import { memoryCluster } from '@holdfast/log/directory'
import { parseShellList, type ShellList } from '@holdfast/protocol/shell'
import { afterEach, expect, it } from 'vitest'
import { dialectOf } from '../src/client/dialects/dialects.ts'
import { attachShells, openShellCluster, ShellHost, type ShellSummary, shellRequests } from '../src/index.ts'
import { FakeBackend, FakeChannel } from './fakes.ts'
import { startServer, TestClient, TOKENS } from './support.ts'

const authenticate: Authenticate = ({ bearer, apiKey }) => TOKENS.get(bearer ?? apiKey ?? '')
const servers: Server[] = []

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

function shell(shellId: string, owner: string, more: Partial<ShellSummary> = {}): ShellSummary {
  const counts = { hasWriter: true, attached: 1, outputBytes: 7, exitCode: undefined }
  const known = { sessionId: 's', epoch: 'e', pid: 1, startedAt: 5, program: '/bin/bash' }
  return { shellId, owner, ...known, ...counts, ...more }
}

/** Serves endpoints, in the order in which they were given. */
async function serve(endpoints: () => readonly RequestEndpoint[]): Promise<string> {
  const server = createServer((request, response) => {
    const endpoint = endpoints().find((one) => one.handles(request))
    if (endpoint === undefined) response.writeHead(404).end()
    else endpoint.handle(request, response)
  })
  servers.push(server)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return `http://127.0.0.1:${port}`
}

async function listed(url: string, token: string): Promise<ShellList> {
  const response = await fetch(`${url}/shells`, { headers: { authorization: `Bearer ${token}` } })
  const parsed = parseShellList(await response.json())
  if (!parsed.ok) throw new Error(parsed.issue)
  return parsed.message
}

const names = ({ shells }: ShellList): readonly string[] => shells.map(({ shellId }) => shellId)

it('the list of shells shows a principal the own shells, the newest first, and no others', async () => {
  const list = async (): Promise<ShellSummary[]> => [
    shell('old', 'ada', { startedAt: 1, exitCode: null }),
    shell('hers', 'bob'),
    shell('new', 'ada', { startedAt: 2 }),
  ]
  const url = await serve(() => [shellRequests({ authenticate, list })])
  const { shells } = await listed(url, 'secret')
  expect(shells).toEqual([
    {
      ...{ shellId: 'new', sessionId: 's', program: '/bin/bash', startedAt: 2, running: true },
      ...{ hasWriter: true, attached: 1, outputBytes: 7, may: ['write', 'takeover', 'kill'] },
    },
    expect.objectContaining({ shellId: 'old', running: false, exitCode: null }),
  ])
  expect(names(await listed(url, 'other'))).toEqual(['hers'])
  expect(names(await listed(url, 'weak'))).toEqual([])
})

it('the list of shells asks for every shell what may be done with it', async () => {
  const url = await serve(() => [
    shellRequests({
      authenticate,
      list: async () => [shell('mine', 'ada'), shell('shown', 'bob'), shell('secret', 'bob')],
      authorize: ({ id }, action, { owner, shellId }) => id === owner || (action === 'observe' && shellId === 'shown'),
    }),
  ])
  const { shells } = await listed(url, 'secret')
  expect(shells.map(({ shellId, may }) => [shellId, may.length])).toEqual([
    ['mine', 3],
    ['shown', 0],
  ])
})

it('the list of shells says why there is no room for another shell, to whom there is none', async () => {
  const list = async (): Promise<ShellSummary[]> => [
    ...[shell('a', 'ada'), shell('b', 'ada'), shell('ended', 'bob', { exitCode: 0 })],
    shell('c', 'bob'),
  ]
  const limits = { maxShells: 10, maxShellsPerPrincipal: 2 }
  const url = await serve(() => [shellRequests({ authenticate, list, limits })])
  expect((await listed(url, 'secret')).full).toBe('This principal runs 2 shells already.')
  expect((await listed(url, 'other')).full).toBeUndefined()
  const small = await serve(() => [shellRequests({ authenticate, list, limits: { ...limits, maxShells: 3 } })])
  expect((await listed(small, 'other')).full).toBe('This server runs 3 shells already.')
})

it('the list of shells bounds its answer and says that there are more', async () => {
  const many = Array.from({ length: 600 }, (_, n) => shell(`s${n}`, 'ada', { startedAt: n }))
  const url = await serve(() => [shellRequests({ authenticate, list: async () => many })])
  const { shells, more } = await listed(url, 'secret')
  expect([shells.length, shells[0]?.shellId, more]).toEqual([500, 's599', true])
})

it.each([
  ['without credentials', {}, 401, 'shell/unauthorized'],
  ['from a page of elsewhere', { headers: { origin: 'https://evil.example' } }, 403, 'shell/forbidden'],
  ['with another method', { method: 'DELETE' }, 405, 'shell/bad_request'],
])('the list of shells refuses a request %s', async (_name, init, status, code) => {
  const url = await serve(() => [shellRequests({ authenticate, list: async () => [] })])
  const response = await fetch(`${url}/shells`, init)
  expect([response.status, await response.json()]).toEqual([status, { error: { code, message: expect.any(String) } }])
})

it('the list of shells is an error without its cause where it cannot be had', async () => {
  const list = async (): Promise<never> => Promise.reject(new Error('/secret/path'))
  const url = await serve(() => [shellRequests({ authenticate, list })])
  const response = await fetch(`${url}/shells`, { headers: { authorization: 'Bearer secret' } })
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('/secret')
})

it('the list of shells leaves the address of a shell to the WebSocket', async () => {
  const url = await serve(() => [shellRequests({ authenticate, list: async () => [] })])
  expect((await fetch(`${url}/shells?shellId=one`)).status).toBe(404)
})

it('the list of shells shows real shells with their program, their writer and how they ended', async () => {
  await using server = await startServer()
  const url = await serve(() => [shellRequests({ authenticate, list: async () => server.host.list() })])
  const client = await TestClient.dial(`${server.url}/shells?shellId=real&command=/bin/sh&command=-c&command=read x`, {
    token: 'secret',
  })
  await client.hello()
  expect((await listed(url, 'secret')).shells).toEqual([
    expect.objectContaining({ shellId: 'real', program: '/bin/sh -c read x', hasWriter: true, running: true }),
  ])
  client.socket.close()
})

interface Answer {
  readonly status: number
  readonly body: unknown
}

async function asked(url: string, method: string, token: string, body?: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}` }
  const sent = body === undefined ? {} : { body: JSON.stringify(body) }
  const response = await fetch(url, { method, headers, ...sent })
  return { status: response.status, body: await response.json() }
}

const refused = (status: number, code: string): Answer => ({
  status,
  body: { error: { code, message: expect.any(String) } },
})

it('a real shell has a name from its making, gets another, shows its title, and is ended', async () => {
  await using server = await startServer()
  const { host } = server
  const url = await serve(() => [
    shellRequests({
      authenticate,
      list: async () => host.list(),
      kill: (which) => host.kill(which),
      rename: (which, name) => host.rename(which, name),
    }),
  ])
  const say = encodeURIComponent("printf '\\033]0;at work\\007'; read x")
  const client = await TestClient.dial(
    `${server.url}/shells?shellId=real&name=The%20build&command=/bin/sh&command=-c&command=${say}`,
    { token: 'secret' },
  )
  await client.hello()
  const one = `${url}/shells/real`
  await expect
    .poll(() => asked(one, 'GET', 'secret'))
    .toEqual({ status: 200, body: expect.objectContaining({ name: 'The build', title: 'at work' }) })
  expect(await asked(one, 'PATCH', 'secret', { name: 'Deployment' })).toEqual({
    status: 200,
    body: expect.objectContaining({ shellId: 'real', name: 'Deployment' }),
  })
  expect((await listed(url, 'secret')).shells[0]?.name).toBe('Deployment')
  for (const name of ['', ' x', 'a\u001B[2J', 'a\u202Eb', 'x'.repeat(101), 7]) {
    expect(await asked(one, 'PATCH', 'secret', { name })).toEqual(refused(400, 'shell/bad_request'))
  }
  await asked(one, 'PATCH', 'secret', { name: null })
  expect((await listed(url, 'secret')).shells[0]?.name).toBeUndefined()
  expect(await asked(one, 'GET', 'other')).toEqual(refused(404, 'shell/not_found'))
  expect(await asked(one, 'DELETE', 'other')).toEqual(refused(404, 'shell/not_found'))
  expect(await asked(`${one}?sessionId=another`, 'DELETE', 'secret')).toEqual(refused(404, 'shell/not_found'))
  expect(await asked(one, 'DELETE', 'secret')).toEqual({ status: 200, body: expect.objectContaining({ left: 0 }) })
  expect(await asked(one, 'GET', 'secret')).toEqual(refused(404, 'shell/not_found'))
})

it('a client that may only look at a shell can neither name nor end it', async () => {
  const url = await serve(() => [
    shellRequests({
      authenticate,
      list: async () => [shell('shown', 'bob')],
      authorize: (_principal, action) => action === 'observe',
      kill: async () => Promise.reject(new Error('never asked')),
      rename: async () => Promise.reject(new Error('never asked')),
    }),
  ])
  expect(await asked(`${url}/shells/shown`, 'PATCH', 'secret', { name: 'x' })).toEqual(refused(403, 'shell/forbidden'))
  expect(await asked(`${url}/shells/shown`, 'DELETE', 'secret')).toEqual(refused(403, 'shell/forbidden'))
})

it('the shell that is meant is one’s own, before a newer one of the same id that may be seen', async () => {
  const ended: unknown[] = []
  const url = await serve(() => [
    shellRequests({
      authenticate,
      list: async () => [shell('work', 'ada', { epoch: 'mine' }), shell('work', 'bob', { epoch: 'his', startedAt: 9 })],
      authorize: () => true,
      kill: async ({ epoch }) => {
        ended.push(epoch)
        return []
      },
    }),
  ])
  expect((await asked(`${url}/shells/work`, 'DELETE', 'secret')).status).toBe(200)
  expect(ended).toEqual(['mine'])
})

it('a shell of another node of a cluster is named and ended there', async () => {
  const cluster = memoryCluster()
  const opened: { close(): unknown }[] = []
  const start = async (node: string): Promise<{ readonly url: string; readonly host: ShellHost }> => {
    let requests: readonly RequestEndpoint[] = []
    const url = await serve(() => requests)
    const host = new ShellHost({ backend: new FakeBackend() })
    const open = await openShellCluster({
      ...{ directory: cluster.join(node), url, authenticate },
      open: (door) => attachShells(host, door),
      list: async () => host.list(),
      kill: (which) => host.kill(which),
      rename: (which, name) => host.rename(which, name),
    })
    requests = open.requests
    opened.push(open, host)
    return { url, host }
  }
  const here = await start('a')
  const there = await start('b')
  const admission = await there.host.admit({
    principal: { id: 'ada', scopes: new Set(['shell']) },
    dialect: dialectOf('agentcore'),
    requested: { kind: 'shell', target: { shellId: 'far' } },
  })
  await admission.attach(new FakeChannel())
  await expect.poll(async () => (await asked(`${here.url}/shells/far`, 'GET', 'secret')).status).toBe(200)
  const renamed = await asked(`${here.url}/shells/far`, 'PATCH', 'secret', { name: 'Far away' })
  expect(renamed.body).toEqual(expect.objectContaining({ name: 'Far away' }))
  expect((await asked(`${here.url}/shells/far`, 'DELETE', 'other')).status).toBe(404)
  expect(there.host.list()).toHaveLength(1)
  expect((await asked(`${here.url}/shells/far`, 'DELETE', 'secret')).status).toBe(200)
  expect(there.host.list()).toHaveLength(0)
  await Promise.all(opened.map((one) => one.close()))
})

it('the list of shells has the shells of every node of a cluster, and counts those that do not answer', async () => {
  const cluster = memoryCluster()
  const opened: { close(): unknown }[] = []
  const start = async (node: string, id: string): Promise<string> => {
    let requests: readonly RequestEndpoint[] = []
    const url = await serve(() => requests)
    const host = new ShellHost()
    const open = await openShellCluster({
      ...{ directory: cluster.join(node), url, authenticate },
      open: (door) => attachShells(host, door),
      list: async () => [shell(id, 'ada'), shell(`${id}-of-bob`, 'bob')],
    })
    requests = open.requests
    opened.push(open, host)
    return url
  }
  const a = await start('a', 'one')
  await start('b', 'two')
  expect(names(await listed(a, 'secret'))).toEqual(['one', 'two'])
  expect((await fetch(`${a}/cluster/shells`, { headers: { authorization: 'Bearer secret' } })).status).toBe(401)
  const last = servers.pop()
  last?.closeAllConnections()
  await new Promise((resolve) => last?.close(resolve))
  const left = await listed(a, 'secret')
  expect([names(left), left.unreachable]).toEqual([['one'], 1])
  await Promise.all(opened.map((one) => one.close()))
})
