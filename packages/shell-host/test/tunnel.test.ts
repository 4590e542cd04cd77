import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect, createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Duplex } from 'node:stream'
import { systemClock } from '@holdfast/contract'
import type { UpgradeEndpoint } from '@holdfast/gate/internals'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { attachShells, defaultPolicy, relayedPrincipals, ShellHost, tunnelShells } from '../src/index.ts'
import { Tunnel } from '../src/tunnel/tunnel.ts'
import { refusal, TestClient, TOKENS } from './support.ts'

const SECRET = 'between-servers'
let folder: string
let host: ShellHost
let back: Server
let front: Server
let tunnels: UpgradeEndpoint
let url: string
/** Every request as the server with the shells got it. */
let relayed: IncomingMessage[]
let secret: string

const dial = (path: string, token = 'secret'): Promise<TestClient> => TestClient.dial(`${url}${path}`, { token })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-tunnel-'))
  relayed = []
  secret = SECRET
  host = new ShellHost({
    policy: defaultPolicy({ shell: '/bin/bash', shellArgs: ['--norc', '--noprofile'], cwd: '/' }),
  })
  const shells = attachShells(host, { authenticate: relayedPrincipals(SECRET) })
  back = await listening({
    ...shells,
    handles: (path) => shells.handles(path),
    upgrade: (request, socket, head) => {
      relayed.push(request)
      shells.upgrade(request, socket, head)
    },
  })
  const path = join(folder, 'sock')
  await new Promise<void>((resolve) => void back.listen(path, resolve))
  const reach = async (): Promise<Duplex> => {
    const socket = connect(path)
    await once(socket, 'connect')
    return socket
  }
  const authenticate = ({ bearer, apiKey }: { bearer?: string | undefined; apiKey?: string | undefined }) =>
    TOKENS.get(bearer ?? apiKey ?? '')
  tunnels = tunnelShells(() => ({ connect: reach, secret }), { authenticate, base: '/base' })
  front = await listening(tunnels)
  await new Promise<void>((resolve) => void front.listen(0, '127.0.0.1', resolve))
  const address = front.address()
  url = `ws://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/base`
})

afterEach(async () => {
  await host.close()
  for (const server of [front, back]) {
    server.closeAllConnections()
    server.close()
  }
  rmSync(folder, { recursive: true })
})

async function listening(endpoint: UpgradeEndpoint): Promise<Server> {
  const server = createServer()
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => {})
    endpoint.upgrade(request, socket, head)
  })
  return server
}

it('a tunnel to another server carries a shell: what is typed, printed, resized, resumed, and how it ends', async () => {
  const first = await dial('/shells?shellId=one')
  await first.hello()
  first.resize(101, 33)
  first.type('stty size; A=kept\n')
  await first.untilText('33 101')
  first.socket.terminate()
  const { epoch, lease } = first.confirmation?.holdfast ?? {}
  const second = await dial(`/shells?shellId=one&lease=${lease}&epoch=${epoch}&received=${first.received}`)
  await second.hello(22)
  expect(second.confirmation).toMatchObject({ reconnected: true, holdfast: { epoch, in: 18 } })
  second.type('echo "<$A>"; exit 3\n')
  await second.untilText('<kept>')
  expect(await second.untilClosed()).toMatchObject({ code: 1000 })
  expect(second.exit).toMatchObject({ code: 3 })
})

it('a tunnel to another server names the principal to the other server, and none of the client’s secrets', async () => {
  const byKey = await TestClient.dial(`${url}/shells?shellId=one&api_key=secret`)
  const protocols = [
    `base64UrlBearerAuthorization.${Buffer.from('secret').toString('base64url')}`,
    'base64UrlBearerAuthorization',
  ]
  const byProtocol = await TestClient.dial(`${url}/shells?shellId=two`, { protocols, headers: { cookie: 'a=secret' } })
  expect(byProtocol.socket.protocol).toBe('base64UrlBearerAuthorization')
  for (const client of [byKey, byProtocol]) await client.until(() => client.confirmation !== undefined)
  expect(host.list()).toMatchObject([{ owner: 'ada' }, { owner: 'ada' }])
  for (const { url: target, rawHeaders } of relayed) {
    const forwarded = `${target} ${rawHeaders.join(' ')}`
    expect(forwarded).not.toContain('secret')
    expect(forwarded).not.toContain(Buffer.from('secret').toString('base64url'))
  }
})

it('a tunnel to another server believes no client without the secret, and no principal that a client names', async () => {
  const forged = Buffer.from(JSON.stringify({ id: 'bob', scopes: ['admin'] })).toString('base64url')
  const headers = { 'x-holdfast-principal': forged }
  const client = await TestClient.dial(`${url}/shells?shellId=one`, { token: 'secret', headers })
  await client.until(() => client.confirmation !== undefined)
  expect(host.list()).toMatchObject([{ owner: 'ada' }])
  secret = 'wrong'
  expect(await refusal(`${url}/shells?shellId=one`, { token: 'secret' })).toEqual({
    status: 401,
    code: 'shell/unauthorized',
  })
})

it('a tunnel to another server refuses by itself what it may, and hands on how the other server refuses', async () => {
  const owner = await dial('/shells?shellId=one')
  await owner.hello()
  const before = relayed.length
  expect(await refusal(`${url}/shells?shellId=one`)).toEqual({ status: 401, code: 'shell/unauthorized' })
  expect(await refusal(`${url}/shells?shellId=-`, { token: 'secret' })).toMatchObject({ status: 400 })
  const foreign = { token: 'secret', headers: { origin: 'https://evil.example' } }
  expect(await refusal(`${url}/shells?shellId=one`, foreign)).toMatchObject({ status: 403 })
  expect(relayed).toHaveLength(before)
  expect(await refusal(`${url}/shells?shellId=one`, { token: 'weak' })).toMatchObject({ status: 403 })
  expect(await refusal(`${url}/shells?shellId=one&onConflict=fail`, { token: 'secret' })).toMatchObject({ status: 409 })
  back.close()
  back.closeAllConnections()
  expect(await refusal(`${url}/shells?shellId=one`, { token: 'secret' })).toEqual({
    status: 503,
    code: 'shell/peer_unreachable',
  })
})

it('a tunnel to another server carries programs in pipes for Kubernetes clients', async () => {
  const path = '/api/v1/namespaces/n/pods/p/exec?command=cat&stdin=true&stdout=true&stderr=true'
  const client = await TestClient.dial(`${url}${path}`, { token: 'secret', protocols: ['v5.channel.k8s.io'] })
  client.type('through')
  client.socket.send(Buffer.from([255, 0]))
  await client.until(() => client.exit !== undefined)
  expect(client.text).toBe('through')
})

it('a tunnel to another server sends clients away between two frames, in the middle of output, and the shell goes on elsewhere', async () => {
  const client = await dial(`/shells?shellId=one&command=yes`)
  await client.hello()
  await client.until(() => client.received > 1_000_000)
  await tunnels.drain?.(1_234)
  expect(await client.untilClosed()).toEqual({ code: 1012, reason: '{"spreadMs":1234}' })
  expect(await refusal(`${url}/shells?shellId=one`, { token: 'secret' })).toMatchObject({ status: 503 })
  expect(host.list()).toMatchObject([{ shellId: 'one', exitCode: undefined }])
})

it('a tunnel to another server drops the client when the other server dies', async () => {
  const client = await dial('/shells?shellId=one')
  await client.hello()
  for (const request of relayed) request.socket.destroy()
  expect(await client.untilClosed()).toMatchObject({ code: 1006 })
})

it('a tunnel to another server holds a program back whose client reads nothing', async () => {
  const client = await dial(`/shells?shellId=one&command=yes`)
  await client.until(() => client.received > 0)
  client.socket.pause()
  const printed = (): number => host.list()[0]?.outputBytes ?? 0
  let before = -1
  // It stands still once the buffers between here and there are full, long before this bound.
  while (before !== printed() && printed() < 100_000_000) {
    before = printed()
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  expect(printed()).toBeLessThan(32_000_000)
  client.socket.resume()
  await client.until(() => client.received > before)
})

it('a client receives what a server sent through the tunnel before it failed', async () => {
  const [client, theirs] = await socketPair()
  let writes = 0
  const server = new Duplex({
    read: () => {},
    // It refuses as soon as it has read the head, and takes nothing more.
    write: (_chunk, _encoding, done) => {
      writes += 1
      if (writes > 1) return done(new Error('gone'))
      setImmediate(() => server.push('HTTP/1.1 403 Forbidden\r\n\r\n'))
      done()
    },
  })
  new Tunnel({ client, server, clock: systemClock }, ['GET / HTTP/1.1\r\n\r\n', Buffer.from('frames')])
  const [said] = await once(theirs, 'data')
  expect(String(said)).toBe('HTTP/1.1 403 Forbidden\r\n\r\n')
  for (const side of [client, theirs, server]) side.destroy()
})

async function socketPair(): Promise<readonly [Duplex, Duplex]> {
  const listener = createTcpServer()
  await new Promise<void>((resolve) => void listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  const theirs = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
  const [client] = await once(listener, 'connection')
  listener.close()
  return [client, theirs]
}
