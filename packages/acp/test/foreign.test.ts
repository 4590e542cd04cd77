import {
  leakGuard,
  type ScriptedPeer,
  scriptedServer,
  seededRandom,
  simulatedNetwork,
  VirtualClock,
} from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { type AcpNotice, type AcpStream, type AcpStreamOptions, acpStream, type JsonRpcMessage } from '../src/index.ts'

/** A server that forgets a client with its link, played by the test, and a client that keeps what it reads. */
class World {
  readonly clock = new VirtualClock()
  readonly network = simulatedNetwork({ clock: this.clock })
  readonly server = scriptedServer({ network: this.network, clock: this.clock })
  readonly read: JsonRpcMessage[] = []
  readonly notices: AcpNotice[] = []
  readonly stream: AcpStream
  readonly #writer: ReturnType<WritableStream<JsonRpcMessage>['getWriter']>

  constructor(options: Partial<AcpStreamOptions> = {}) {
    this.stream = acpStream({
      transport: this.network.transport,
      url: 'ws://elsewhere',
      clock: this.clock,
      random: seededRandom(2),
      onNotice: (notice) => this.notices.push(notice),
      ...options,
    })
    this.#writer = this.stream.writable.getWriter()
    void this.#reads()
  }

  async #reads(): Promise<void> {
    try {
      for await (const message of this.stream) this.read.push(message)
    } catch {
      // The test looks at the status.
    }
  }

  write(message: object): void {
    this.#writer.write({ jsonrpc: '2.0', ...message } as JsonRpcMessage).catch(() => {})
  }

  /** The next link, whose `initialize` is answered with these capabilities. */
  async link(agentCapabilities: object = {}): Promise<ScriptedPeer> {
    const peer = await this.server.peer()
    await peer.receives({ method: 'initialize', id: 0 })
    peer.sends({ jsonrpc: '2.0', id: 0, result: { protocolVersion: 1, agentCapabilities } })
    return peer
  }

  /** Initialised, with one session. */
  async started(agentCapabilities?: object): Promise<ScriptedPeer> {
    this.write({ id: 0, method: 'initialize', params: { protocolVersion: 1 } })
    this.write({ id: 1, method: 'session/new', params: { cwd: '/w', mcpServers: [] } })
    const peer = await this.link(agentCapabilities)
    await peer.receives({ method: 'session/new', id: 1 })
    peer.sends({ jsonrpc: '2.0', id: 1, result: { sessionId: 's' } })
    await this.until(() => this.read.length === 2)
    this.read.length = 0
    return peer
  }

  until(holds: () => boolean): Promise<unknown> {
    return this.clock.runUntil(holds)
  }

  async end(): Promise<void> {
    await this.clock.passing(this.stream.close({ flushMs: 0 }))
    this.server.close()
    await this.clock.advance(30_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

const UPDATE = { jsonrpc: '2.0', method: 'session/update', params: { sessionId: 's', update: {} } }

it('an unmodified server gets the messages of an unmodified client, but for _meta of initialize', async () => {
  const world = new World()
  const peer = await world.started()
  world.write({ id: 2, method: 'session/prompt', params: { sessionId: 's' } })
  expect(await peer.receives({ id: 2 })).toEqual({
    jsonrpc: '2.0',
    id: 2,
    method: 'session/prompt',
    params: { sessionId: 's' },
  })
  expect(world.stream.isExact).toBe(false)
  await world.end()
})

it('a request whose link was lost is answered with an error that says so, and with a notice', async () => {
  const world = new World()
  const peer = await world.started()
  world.write({ id: 2, method: 'session/prompt', params: { sessionId: 's' } })
  await peer.receives({ id: 2 })
  world.network.reset()
  await world.until(() => world.read.length === 1)
  expect(world.read).toMatchObject([{ id: 2, error: { code: -32603, data: { code: 'acp/outcome_unknown' } } }])
  expect(world.notices).toEqual([
    { kind: 'outcome_unknown', request: { id: 2, method: 'session/prompt', sessionId: 's' } },
  ])
  await world.end()
})

it('a request that was never written is sent on the next link, once the session is loaded', async () => {
  const world = new World()
  await world.started({ loadSession: true })
  world.network.reset()
  await world.clock.advance(1)
  world.write({ id: 2, method: 'session/prompt', params: { sessionId: 's' } })
  const peer = await world.link({ loadSession: true })
  const load = await peer.receives({ method: 'session/load', params: { sessionId: 's', cwd: '/w', mcpServers: [] } })
  peer.sends(UPDATE)
  peer.sends(UPDATE)
  peer.sends({ jsonrpc: '2.0', id: Reflect.get(Object(load), 'id'), result: {} })
  await peer.receives({ id: 2, method: 'session/prompt' })
  expect(world.notices).toEqual([{ kind: 'session_reloaded', sessionId: 's', by: 'session/load', replayed: 2 }])
  expect(world.read).toEqual([])
  await world.end()
})

it('a client receives what a load repeats if it asks for that', async () => {
  const world = new World({ replay: 'deliver' })
  await world.started({ loadSession: true })
  world.network.reset()
  const peer = await world.link({ loadSession: true })
  const load = await peer.receives({ method: 'session/load' })
  peer.sends(UPDATE)
  peer.sends({ jsonrpc: '2.0', id: Reflect.get(Object(load), 'id'), result: {} })
  await world.until(() => world.read.length === 1)
  expect(world.read).toEqual([UPDATE])
  await world.end()
})

it.each([['version 1', { sessionCapabilities: { resume: {} }, loadSession: true }]])(
  'a server that can resume is asked to resume, %s',
  async (_version, capabilities) => {
    const world = new World()
    await world.started(capabilities)
    world.network.reset()
    const peer = await world.link(capabilities)
    await peer.receives({ method: 'session/resume', params: { sessionId: 's' } })
    await world.end()
  },
)

it('a session that cannot be taken up again is reported as lost', async () => {
  const world = new World()
  await world.started()
  world.network.reset()
  await world.link()
  await world.until(() => world.notices.length === 1)
  expect(world.notices).toMatchObject([{ kind: 'session_lost', sessionId: 's' }])
  await world.end()
})

it("an agent's question that went with its link is cancelled, and its late answer answers no question of the next", async () => {
  const world = new World()
  const first = await world.started()
  const question = { jsonrpc: '2.0', id: 0, method: 'session/request_permission', params: { sessionId: 's' } }
  first.sends(question)
  await world.until(() => world.read.length === 1)
  const [asked] = world.read
  world.network.reset()
  const second = await world.link()
  second.sends(question)
  await world.until(() => world.read.length === 3)
  const id = Reflect.get(Object(asked), 'id')
  expect(world.read[1]).toEqual({ jsonrpc: '2.0', method: '$/cancel_request', params: { requestId: id } })
  expect(world.notices[0]).toMatchObject({ kind: 'question_withdrawn' })
  const again = Reflect.get(Object(world.read[2]), 'id')
  expect(again).not.toBe(id)
  world.write({ id, result: { outcome: 'late' } })
  world.write({ id: again, result: { outcome: 'good' } })
  expect(await second.receives({ id: 0 })).toMatchObject({ result: { outcome: 'good' } })
  await world.end()
})

it('the first message has to be initialize', async () => {
  const world = new World()
  const stream = acpStream({ transport: world.network.transport, url: 'ws://elsewhere', clock: world.clock })
  const writer = stream.writable.getWriter()
  await expect(writer.write({ jsonrpc: '2.0', id: 1, method: 'session/list' })).rejects.toMatchObject({
    code: 'acp/not_initialized',
  })
  await world.end()
})

it('an initialize that is refused is answered, and ends the stream for good', async () => {
  const world = new World()
  world.write({ id: 0, method: 'initialize', params: { protocolVersion: 9 } })
  const peer = await world.server.peer()
  await peer.receives({ method: 'initialize' })
  peer.sends({ jsonrpc: '2.0', id: 0, error: { code: -32022, message: 'Unsupported protocol version' } })
  await world.until(() => world.stream.status.state === 'closed')
  expect(world.stream.status).toMatchObject({ outcome: { error: { code: 'acp/initialize_failed' } } })
  await world.end()
})

it('a request that is larger than the queue takes is answered, and the stream lives', async () => {
  const world = new World({ queue: { maxBytes: 10_000 } })
  const peer = await world.started()
  world.write({ id: 2, method: 'session/prompt', params: { sessionId: 's', text: 'x'.repeat(20_000) } })
  await world.until(() => world.read.length === 1)
  expect(world.read).toMatchObject([{ id: 2, error: { data: { code: 'acp/not_sent', reason: 'delivery/overflow' } } }])
  world.write({ id: 3, method: 'session/list' })
  await peer.receives({ id: 3 })
  await world.end()
})

it('a credential goes in a first frame where no header can be set, and into no URL', async () => {
  const world = new World()
  const transport = world.network.transportFor({ traits: { requestHeaders: false } })
  const stream = acpStream({ transport, url: 'https://elsewhere', token: 'secret', clock: world.clock })
  const writer = stream.writable.getWriter()
  void writer.write({ jsonrpc: '2.0', id: 0, method: 'initialize' })
  const peer = await world.server.peer()
  expect(peer.request.url).toBe('wss://elsewhere/acp')
  await peer.receives({ type: 'auth', token: 'secret' })
  await peer.receives({ method: 'initialize' })
  await world.clock.passing(stream.close({ flushMs: 0 }))
  await world.end()
})
