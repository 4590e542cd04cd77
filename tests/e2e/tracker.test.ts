import { createServer, type Server } from 'node:http'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { silentLogger } from '@holdfast/core/contract'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { attachEndpoints, createHub, type Hub, tokenAuthenticate } from '@holdfast/server'
import {
  HubRelay,
  openTracker,
  type Tracker,
  type TrackerLimits,
  type TrackerSocketEndpoint,
  taskSession,
  trackerEndpoint,
  trackerRequests,
} from '@holdfast/server/tracker'
import { TrackerAgent, type TrackerAgentOptions, type TrackerError, type TrackerEvent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Cuts, eventually } from './support/cuts.ts'

const authenticate = tokenAuthenticate([
  { secret: 'ann-token', principal: 'ann', scopes: ['track'] },
  { secret: 'bob-token', principal: 'bob', scopes: ['track'] },
  { secret: 'person', principal: 'person', scopes: ['track'] },
  { secret: 'see', principal: 'eve', scopes: ['observe'] },
])

/** A tracker on a port of its own, over a log that may be shared with a later one. */
class Running {
  readonly tracker: Tracker
  readonly hub: Hub
  readonly endpoint: TrackerSocketEndpoint
  readonly server: Server
  readonly relay: HubRelay

  private constructor(tracker: Tracker, hub: Hub, relay: HubRelay) {
    this.tracker = tracker
    this.hub = hub
    this.relay = relay
    this.endpoint = trackerEndpoint({
      tracker,
      authenticate,
      limits: { resendMs: 500, nackDelayMs: 50, maxNacks: 2, window: 20 },
    })
    this.server = createServer()
    const requests = trackerRequests({ tracker, authenticate })
    attachEndpoints(this.server, { upgrades: [this.endpoint], requests: [requests] })
  }

  static async start(log: SessionLog, limits: Partial<TrackerLimits> = {}, port = 0): Promise<Running> {
    const hub = createHub({ log })
    const relay = new HubRelay(hub, silentLogger)
    const tracker = await openTracker({ log, limits, relay })
    const running = new Running(tracker, hub, relay)
    await new Promise<void>((resolve) => running.server.listen(port, '127.0.0.1', resolve))
    return running
  }

  get port(): number {
    const address = this.server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** At once, as a process that is killed: nothing is flushed. */
  async stop(): Promise<void> {
    this.endpoint.close()
    await this.tracker.close()
    await this.relay.close()
    await this.hub.close()
    this.server.closeAllConnections()
    await new Promise((resolve) => this.server.close(resolve))
  }

  async call(
    method: string,
    path: string,
    body?: object,
    headers: object = {},
  ): Promise<{ status: number; body: Body }> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/tracker/${path}`, {
      method,
      headers: { authorization: 'Bearer person', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: response.status, body: Object(await response.json()) }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of the REST face, looked at member by member
type Body = any

let log: SessionLog
let running: Running
let closing: (() => unknown)[]

beforeEach(async () => {
  closing = []
  log = memoryLog()
  running = await Running.start(log)
})

afterEach(async () => {
  for (const close of closing.reverse()) await close()
  await running.stop()
  await log.close()
})

function agentAt(port: number, options: Partial<TrackerAgentOptions> = {}): TrackerAgent {
  const agent = new TrackerAgent({
    transport: nodeWebSocket({ proxy: false }),
    url: `http://127.0.0.1:${port}`,
    token: 'ann-token',
    retry: { baseMs: 20, firstMs: 20, capMs: 50, limits: [] },
    ...options,
  })
  closing.push(() => agent.close({ flushMs: 0 }))
  return agent
}

const field = (event: TrackerEvent, name: string): unknown => Object(event.data)[name]

describe('tracker endpoint', () => {
  it('refuses a wrong token with one dial and a typed error', async () => {
    const agent = agentAt(running.port, { token: 'wrong' })
    await expect(agent.connect()).rejects.toMatchObject({ code: 'tracker/token_refused' })
    expect(agent.metrics.dials).toBe(1)
  })

  it('refuses a token without the scope', async () => {
    const agent = agentAt(running.port, { token: 'see' })
    await expect(agent.connect()).rejects.toMatchObject({ code: 'tracker/token_refused' })
  })

  it('reports projects, the lobby and who is online; presence follows heartbeats', async () => {
    const events: TrackerEvent[] = []
    const ann = agentAt(running.port, { onEvent: (event) => events.push(event) })
    await ann.connect()
    expect(ann.lobbyChatId).toBe('lobby')
    expect(ann.projects).toMatchObject([{ id: 'default', slug: 'default' }])
    const bob = agentAt(running.port, { token: 'bob-token' })
    await bob.connect()
    await eventually(() => events.some((e) => field(e, 'status') === 'online'), 'bob online')
    expect(bob.online).toEqual(['ann'])
    bob.addTask('x')
    await eventually(() => events.some((e) => field(e, 'status') === 'busy'), 'bob busy')
    await bob.close()
    await eventually(() => events.some((e) => field(e, 'status') === 'offline'), 'bob offline')
  })

  it('an agent whose heartbeats stop is gone after the window', async () => {
    await running.stop()
    running = await Running.start(log, { presenceWindowMs: 150 })
    const agent = agentAt(running.port, { liveness: { intervalMs: 3600000 } })
    await agent.connect()
    await eventually(() => running.tracker.presence.online.length === 1, 'online')
    await eventually(() => running.tracker.presence.online.length === 0, 'gone')
    expect(agent.isConnected).toBe(true)
  })

  it('a task is assigned over REST, worked on, commented, and all of it is in the hub', async () => {
    const done: string[] = []
    const agent = agentAt(running.port)
    agent.handle(async (event) => {
      if (event.event !== 'task.assigned') return
      const id = String(Object(field(event, 'task')).id)
      agent.sendStreamEvent('agent.stream.delta', { task_id: id, text: 'working' })
      await agent.sendTaskComment(id, 'done', ['person'])
      done.push(id)
    })
    await agent.connect()
    const created = await running.call('POST', 'tasks', { title: 'count', assignee: 'ann' })
    expect(created.status).toBe(201)
    await eventually(() => done.length === 1, 'the work')
    const { body } = await running.call('GET', `tasks/${created.body.id}`)
    expect(body.comments).toMatchObject([{ author: 'ann', content: 'done', mentions: ['person'] }])
    const shown: unknown[] = []
    const session = await running.hub.session(taskSession(created.body.id))
    const abort = new AbortController()
    const start = session.position.replace(/\..*/, '.0.')
    for await (const item of session.follow({ after: start, signal: abort.signal })) {
      if (item.type === 'event') shown.push(Object(item.message).event)
      if (shown.length >= 3) break
    }
    session.close()
    expect(shown).toEqual(['session_start', 'message_update', 'message_end'])
  })

  it('the REST face refuses what it should', async () => {
    const wrong = await running.call('GET', 'tasks', undefined, { authorization: 'Bearer wrong' })
    expect(wrong).toMatchObject({ status: 401, body: { error: { code: 'tracker/unauthorized' } } })
    expect((await running.call('GET', 'tasks', undefined, { authorization: 'Bearer see' })).status).toBe(403)
    expect((await running.call('GET', 'nothing')).status).toBe(404)
    expect((await running.call('DELETE', 'tasks')).status).toBe(405)
    expect((await running.call('POST', 'tasks', { title: 5 })).status).toBe(400)
    expect((await running.call('GET', 'tasks/none')).status).toBe(404)
    expect((await running.call('POST', 'tasks/none/comments', { content: 'x' })).status).toBe(404)
  })

  it('the same idempotency key has one effect', async () => {
    const headers = { 'idempotency-key': 'k1' }
    const first = await running.call('POST', 'tasks', { title: 'once' }, headers)
    const second = await running.call('POST', 'tasks', { title: 'once' }, headers)
    expect(second.body).toEqual(first.body)
    expect((await running.call('GET', 'tasks')).body.tasks).toHaveLength(1)
    for (const _ of [1, 2]) await running.call('PATCH', `tasks/${first.body.id}`, { status: 'done' }, headers)
    const { events } = await log.read('tracker', { after: 0 })
    expect(events.map(({ kind }) => kind)).toEqual(['tracker.task', 'tracker.status'])
    const long = { 'idempotency-key': 'k'.repeat(129) }
    expect((await running.call('POST', 'tasks', { title: 'x' }, long)).status).toBe(400)
  })

  it('an agent that is killed in the middle of its work does it again, and its effects are there once', async () => {
    const { body } = await running.call('POST', 'tasks', { title: 't', assignee: 'ann' })
    const keys: unknown[] = []
    const worker = (onCommented: () => unknown): TrackerAgent => {
      const agent = agentAt(running.port)
      agent.handle(async (_event, { key }) => {
        keys.push(key('result'))
        await agent.sendTaskComment(body.id, 'done', [], undefined, { key: key('result') })
        await onCommented()
      })
      return agent
    }
    let isCommented = false
    const killed = worker(() => {
      isCommented = true
      return new Promise(() => {})
    })
    await killed.connect()
    await eventually(() => isCommented, 'the comment')
    await killed.close({ flushMs: 0 })
    const next = worker(() => {})
    await next.connect()
    await eventually(() => running.tracker.state.inbox('ann').size === 0, 'the ack')
    expect(keys).toEqual([keys[0], keys[0]])
    const { body: shown } = await running.call('GET', `tasks/${body.id}`)
    expect(shown.comments).toHaveLength(1)
  })

  it('an event is sent again until it is acknowledged, and comes after a restart of the tracker', async () => {
    const first = agentAt(running.port)
    await first.connect()
    await first.close()
    await running.call('POST', 'chats/lobby/messages', { content: 'while you were away' })
    await running.stop()
    running = await Running.start(log)
    const got: TrackerEvent[] = []
    const second = agentAt(running.port, {
      failure: { retries: 0, last: 'none' },
      onEvent: (event) => {
        if (event.id === undefined) return
        got.push(event)
        if (got.length === 1) throw new Error('not yet')
      },
    })
    await second.connect()
    await eventually(() => got.length === 2, 'the second time')
    expect(got[0]?.id).toBe(got[1]?.id)
    await eventually(() => running.tracker.state.inbox('ann').size === 0, 'the ack')
  })

  it('a task waits for an agent that was never seen, and is its own when it comes', async () => {
    const { body } = await running.call('POST', 'tasks', { title: 'first', assignee: 'ann' })
    await running.call('POST', `tasks/${body.id}/comments`, { content: 'soon, please' })
    await running.stop()
    running = await Running.start(log)
    const got: TrackerEvent[] = []
    const agent = agentAt(running.port, { onEvent: (event) => event.id !== undefined && got.push(event) })
    await agent.connect()
    await eventually(() => got.length === 2, 'both')
    expect(got.map(({ event }) => event)).toEqual(['task.assigned', 'task.comment'])
  })

  it('an event of another life of the log is another one, though it has the same number', async () => {
    const got: string[] = []
    const agent = agentAt(running.port, {
      onEvent: (event) => event.event === 'chat.message' && got.push(String(field(event, 'content'))),
    })
    await agent.connect()
    await running.tracker.say('person', { chat_id: 'lobby', content: 'before' })
    await eventually(() => running.tracker.state.inbox('ann').size === 0, 'the ack')
    await log.removeSession('tracker')
    await eventually(() => agent.metrics.opens === 2 && agent.isConnected, 'it comes again')
    await running.tracker.say('person', { chat_id: 'lobby', content: 'after' })
    await eventually(() => got.length === 2, 'the second')
    expect(got).toEqual(['before', 'after'])
    await eventually(() => running.tracker.state.inbox('ann').size === 0, 'its ack')
  })

  it('an event that an agent cannot handle is given up after some nacks', async () => {
    let tries = 0
    const agent = agentAt(running.port, {
      failure: { retries: 0, last: 'nack' },
      onEvent: (event) => {
        if (event.id === undefined) return
        tries += 1
        throw new Error('never')
      },
    })
    await agent.connect()
    await running.call('POST', 'chats/lobby/messages', { content: 'poison' })
    await eventually(() => tries > 0 && running.tracker.state.inbox('ann').size === 0, 'giving up')
    expect(tries).toBe(3)
  })

  it('mentions reach the one who is mentioned on a task, and no other', async () => {
    const seen: Record<string, TrackerEvent[]> = { ann: [], bob: [] }
    const ann = agentAt(running.port, { onEvent: (event) => seen['ann']?.push(event) })
    const bob = agentAt(running.port, { token: 'bob-token', onEvent: (event) => seen['bob']?.push(event) })
    await Promise.all([ann.connect(), bob.connect()])
    const { body } = await running.call('POST', 'tasks', { title: 't', assignee: 'ann' })
    await running.call('POST', `tasks/${body.id}/comments`, { content: 'bob?', mentions: ['bob'] })
    await running.call('POST', `tasks/${body.id}/comments`, { content: 'ann only' })
    const comments = (name: string) =>
      (seen[name] ?? []).filter((e) => e.event === 'task.comment').map((e) => field(e, 'content'))
    await eventually(() => comments('ann').length === 2, 'both comments')
    expect(comments('bob')).toEqual(['bob?'])
  })
})

describe('tracker: through a network that cuts 20 times', () => {
  it.each(['a', 'b', 'c'])(
    'every event is handled once and acknowledged, chat comes in order, none lost or doubled, over a restart too (seed %s)',
    async (seed) => {
      const cuts = await Cuts.before(running.port, { seed, count: 20 })
      closing.push(() => cuts.proxy.close())
      const handled: string[] = []
      const agent = agentAt(cuts.proxy.port, {
        stableAfterMs: 0,
        onEvent: async (event) => {
          if (event.event !== 'chat.message') return
          handled.push(String(field(event, 'content')))
          cuts.maybe(0.2)
          await new Promise((resolve) => setTimeout(resolve, 1))
          agent.sendChatMessage('out', `re ${String(field(event, 'content'))}`)
          cuts.maybe(0.2)
        },
      })
      await agent.connect()
      let n = 0
      while (n < 60 || cuts.left > 0) {
        await running.tracker.say('person', { chat_id: 'lobby', content: `${n++}` })
        if (n % 10 === 0) await eventually(() => handled.length >= n - 30, 'keeping up')
        if (n === 40) {
          const { port } = running
          await running.stop()
          running = await Running.start(log, {}, port)
        }
        if (n > 60) {
          await eventually(() => agent.isConnected, 'the link')
          cuts.now()
        }
      }
      expect(cuts.left).toBe(0)
      const all = Array.from({ length: n }, (_, at) => `${at}`)
      await eventually(() => handled.length >= n, 'all events')
      await eventually(() => running.tracker.state.inbox('ann').size === 0, 'all acknowledged')
      const out = () => running.tracker.state.messages('chat:out').map(({ content }) => content)
      await eventually(() => out().length >= n, 'all messages')
      expect(handled).toEqual(all)
      expect(out()).toEqual(all.map((name) => `re ${name}`))
    },
    60_000,
  )
})

describe('tracker: memory', () => {
  const long = process.env['HOLDFAST_LONG'] === '1'
  const count = long ? 1_000_000 : 5_000

  it(
    `is flat at both ends over ${count} events with a slow handler`,
    async () => {
      const errors: TrackerError[] = []
      let handled = 0
      let most = 0
      const agent = agentAt(running.port, {
        maxPendingEvents: 50,
        onProblem: (error) => errors.push(error),
        onEvent: async (event) => {
          if (event.id === undefined) return
          handled += 1
          most = Math.max(most, agent.metrics.pendingEvents)
          if (handled % 100 === 0) await new Promise((resolve) => setTimeout(resolve, 1))
        },
      })
      await agent.connect()
      const half = count / 2
      let before = 0
      for (let n = 0; n < count; n++) {
        const said = running.tracker.say('person', { chat_id: 'lobby', content: 'x'.repeat(200) })
        if (n % 50 === 0) {
          await said
          await eventually(() => n - handled < 2_000, 'keeping up')
        }
        if (n === half) before = heap()
      }
      await eventually(() => handled === count, 'all events', long ? 600_000 : 40_000)
      expect(most).toBeLessThanOrEqual(100)
      expect(agent.metrics.rememberedIds).toBeLessThanOrEqual(10_000)
      const grown = heap() - before
      expect(grown).toBeLessThan(10_000_000)
      expect(errors).toEqual([])
    },
    long ? 1_800_000 : 180_000,
  )
})

/** What is left after a collection: without one the number says nothing. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  return process.memoryUsage().heapUsed
}
