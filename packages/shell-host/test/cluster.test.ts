import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Authenticate } from '@holdfast/gate/internals'
import { type Directory, type MemoryCluster, memoryCluster } from '@holdfast/log/directory'
import { ShellSession } from '@holdfast/shell'
import { VirtualClock } from '@holdfast/testkit'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { attachShells, defaultPolicy, openShellCluster, type ShellCluster, ShellHost } from '../src/index.ts'
import { refusal, TestClient, TOKENS } from './support.ts'

const authenticate: Authenticate = ({ bearer, apiKey }) => TOKENS.get(bearer ?? apiKey ?? '')

/** One gateway's shells. */
class Node {
  readonly host: ShellHost
  readonly #server: Server
  readonly #sockets = new Set<Duplex>()
  readonly url: string
  readonly cluster: ShellCluster

  private constructor(server: Server, url: string, directory: Directory, cluster: ShellCluster, host: ShellHost) {
    this.#server = server
    this.url = url
    this.cluster = cluster
    this.host = host
    this.directory = directory
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      this.#sockets.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => this.#sockets.delete(socket))
      const path = new URL(request.url ?? '', 'http://x').pathname
      const endpoint = [cluster.clients, cluster.nodes].find((one) => one.handles(path))
      if (endpoint === undefined) socket.destroy()
      else endpoint.upgrade(request, socket, head)
    })
  }

  readonly directory: Directory

  static async start(directory: Directory, clock?: VirtualClock): Promise<Node> {
    const host = new ShellHost({
      policy: defaultPolicy({ shell: '/bin/bash', shellArgs: ['--norc', '--noprofile'], cwd: '/' }),
    })
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const authority = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const cluster = await openShellCluster({
      directory,
      url: `http://${authority}`,
      authenticate,
      open: (door) => attachShells(host, door),
      list: async () => host.list(),
      clock,
    })
    return new Node(server, `ws://${authority}`, directory, cluster, host)
  }

  /** Every connection breaks. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy()
  }

  async stop(): Promise<void> {
    this.cluster.close()
    await this.host.close()
    this.cut()
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

let cluster: MemoryCluster
let clock: VirtualClock
let a: Node
let b: Node

beforeEach(async () => {
  clock = new VirtualClock()
  cluster = memoryCluster({ clock })
  a = await Node.start(cluster.join('a'), clock)
  b = await Node.start(cluster.join('b'), clock)
})

afterEach(() => Promise.all([a.stop(), b.stop()]))

it('a shell opened through one node is typed into through another, exactly, across drops', async () => {
  let attempt = 0
  const shell = new ShellSession({
    transport: nodeWebSocket(),
    shellId: 'work',
    retry: { baseMs: 5, firstMs: 5, capMs: 40, limits: [], flapLimits: [] },
    // Another node at every attempt.
    target: async (shellId, sessionId) => ({
      url: `${attempt++ % 2 === 0 ? a.url : b.url}/shells?shellId=${shellId}${sessionId === undefined ? '' : `&X-Amzn-Bedrock-AgentCore-Runtime-Session-Id=${sessionId}`}`,
      headers: { authorization: 'Bearer secret' },
    }),
  })
  await shell.connect()
  let output = ''
  const decoder = new TextDecoder()
  const reading = (async () => {
    for await (const frame of shell)
      if (frame.channel === 'stdout') output += decoder.decode(frame.payload, { stream: true })
  })()
  const has = async (text: string): Promise<void> => {
    while (!output.includes(text)) await new Promise((resolve) => setTimeout(resolve, 5))
  }
  await shell.send('stty -echo; PS1=; echo rea""dy\n')
  await has('ready')
  await shell.send('sha1sum <<END\n')
  const lines = Array.from({ length: 400 }, (_, n) => `line ${n} ${'x'.repeat(n % 60)}\n`)
  for (const [n, line] of lines.entries()) {
    if (n % 100 === 50) {
      const before = attempt
      for (const node of [a, b]) node.cut()
      while (attempt === before) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    await shell.send(line)
  }
  await shell.send('END\n')
  await has(createHash('sha1').update(lines.join('')).digest('hex'))
  expect(shell.resume).toBe('exact')
  expect([a.host.list().length, b.host.list().length]).toEqual([1, 0])
  expect(attempt).toBeGreaterThan(3)
  await shell.kill()
  await reading
})

it('one of two nodes that are asked for the same new id at once starts it, and the other forwards', async () => {
  const clients = await Promise.all(
    [a, b, a, b].map((node) =>
      TestClient.dial(`${node.url}/shells?shellId=new&onConflict=observe`, { token: 'secret' }),
    ),
  )
  for (const client of clients) await client.until(() => client.confirmation !== undefined)
  expect(a.host.list().length + b.host.list().length).toBe(1)
})

it('another principal learns nothing of a shell at another node', async () => {
  const client = await TestClient.dial(`${a.url}/shells?shellId=mine`, { token: 'secret' })
  await client.until(() => client.confirmation !== undefined)
  const other = await TestClient.dial(`${b.url}/shells?shellId=mine`, { token: 'other' })
  await other.until(() => other.confirmation !== undefined)
  expect(other.confirmation?.holdfast?.epoch).not.toBe(client.confirmation?.holdfast?.epoch)
  expect(await refusal(`${b.url}/shells?shellId=mine`, { token: 'nobody' })).toMatchObject({ status: 401 })
})

it('the requests between nodes of a cluster are taken from nodes alone', async () => {
  const forged = Buffer.from(JSON.stringify({ id: 'ada', scopes: ['shell'] })).toString('base64url')
  const headers = { 'x-holdfast-principal': forged }
  const url = `${a.url}/cluster/shells?shellId=x`
  expect(await refusal(url, { token: 'secret', headers })).toMatchObject({ status: 401 })
  expect(a.host.list()).toEqual([])
})

it('a shell whose node died is said to be out of reach, and its id is free when the lease has ended', async () => {
  const client = await TestClient.dial(`${a.url}/shells?shellId=work`, { token: 'secret' })
  await client.until(() => client.confirmation !== undefined)
  cluster.crash('a')
  await a.stop()
  expect(await refusal(`${b.url}/shells?shellId=work`, { token: 'secret' })).toMatchObject({ status: 503 })
  await clock.advance(20_001)
  const fresh = await TestClient.dial(`${b.url}/shells?shellId=work`, { token: 'secret' })
  await fresh.until(() => fresh.confirmation !== undefined)
  expect(fresh.confirmation).toMatchObject({ reconnected: false })
  a = await Node.start(cluster.join('a'), clock)
})

it('the id of a shell is free at all nodes once the shell is gone', async () => {
  const client = await TestClient.dial(`${a.url}/shells?shellId=once`, { token: 'secret' })
  await client.until(() => client.confirmation !== undefined)
  await clock.advance(130_000)
  expect((await b.directory.holder('shell/once'))?.node).toBe('a')
  await a.host.close()
  await clock.advance(130_000)
  expect(await b.directory.holder('shell/once')).toBeUndefined()
})

it('a cluster of shell hosts claims no id for a principal that may not use shells, and not without end for one that may', async () => {
  const claimed: string[] = []
  const claim = a.directory.claim.bind(a.directory)
  a.directory.claim = (key, value) => {
    claimed.push(key)
    return claim(key, value)
  }
  for (let index = 0; index < 5; index++) {
    expect(await refusal(`${a.url}/shells?shellId=weak${index}`, { token: 'weak' })).toEqual({
      status: 403,
      code: 'shell/forbidden',
    })
  }
  expect(claimed).toEqual([])
  const asked = Array.from({ length: 80 }, (_, index) =>
    refusal(`${a.url}/shells?shellId=flood${index}&cwd=/nowhere`, { token: 'other' }).catch(() => undefined),
  )
  const answers = await Promise.all(asked)
  expect(claimed.length).toBe(60)
  expect(answers.filter((answer) => answer?.code === 'shell/rate_limited').length).toBe(20)
})
