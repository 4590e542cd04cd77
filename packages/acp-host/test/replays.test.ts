import { memoryLog, type Page, type ReadOptions, type SessionLog } from '@holdfast/log'
import { afterEach, expect, it, vi } from 'vitest'
import type { AcpPeer } from '../src/index.ts'
import { describedSession } from '../src/service/session-description.ts'
import { LogView } from '../src/session/log-view.ts'
import { PERSON, TestClient, WATCHER, type World, world } from './support/harness.ts'

const UPDATES = process.env['HOLDFAST_LONG'] === '1' ? 50_000 : 10_000
const TAKEN = 64
const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 1 })

let at: World | undefined
afterEach(async () => {
  await at?.end()
  at = undefined
})

const INITIALIZE = { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} } as const

/** A log with a session in which an agent has said the numbers. */
async function longLog(): Promise<SessionLog> {
  const log = memoryLog()
  await log.createSession('s', describedSession('scripted', '/', 'ann'))
  const by = { principal: 'ann' }
  const opened = { t: 'acp.opened', agent: 'scripted', cwd: '/', params: { mcpServers: [] }, session: 'theirs', by }
  const open = { t: 'acp.out', p: 'p', m: { method: 'session/new', params: {} }, why: 'open' }
  const said = Array.from({ length: UPDATES }, (_, i) => {
    const update = { sessionUpdate: 'agent_message_chunk', content: { type: 'text', text: `${i} ` } }
    return { t: 'acp.in', p: 'p', o: i + 1, m: { method: 'session/update', params: { update } } }
  })
  const all = [opened, open, ...said].map((payload, i) => ({ id: `e${i}`, kind: payload.t, at: 0, payload }))
  for (let from = 0; from < all.length; from += 500)
    await log.append('s', all.slice(from, from + 500), { producer: { id: 'test', fence: 0 } })
  return log
}

/** Knows how far it was read. */
class WatchedLog extends LogView {
  furthest = 0

  override read(session: string, options: ReadOptions): Promise<Page> {
    this.furthest = Math.max(this.furthest, options.after)
    return super.read(session, options)
  }
}

/** A client that takes so many messages, and then none until it is told to. */
class SlowPeer implements AcpPeer {
  readonly principal = PERSON
  readonly clientId = 'slow'
  readonly texts: string[] = []
  waiting = 0
  mostWaiting = 0
  #ready: (() => void) | undefined
  #promise: Promise<void> | undefined

  send(message: Parameters<AcpPeer['send']>[0]): void {
    if (!('method' in message) || message.method !== 'session/update') return
    this.texts.push(Object(message.params).update.content.text)
    this.waiting += 1
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting)
  }

  ready(): Promise<void> | undefined {
    if (this.waiting < TAKEN) return undefined
    this.#promise ??= new Promise((resolve) => {
      this.#ready = resolve
    })
    return this.#promise
  }

  /** Takes what waits. */
  take(): void {
    this.waiting = 0
    const ready = this.#ready
    this.#ready = undefined
    this.#promise = undefined
    ready?.()
  }

  close(): void {}
}

it('a history of many thousand records comes as fast as its client takes it: no more of it is read, and what is said meanwhile comes behind', async () => {
  const log = new WatchedLog(await longLog())
  at = await world([], { log })
  const session = await at.agents.session('s')
  const peer = new SlowPeer()
  log.furthest = 0
  const connection = at.agents.connect(peer, { initialize: INITIALIZE, sessions: [{ sessionId: 's', seq: 2 }] })
  await soon(() => expect(peer.waiting).toBe(TAKEN))
  expect(log.furthest).toBeLessThan(2_000)
  // What happens now is in the log, and waits there.
  await session.prompt([{ type: 'text', text: 'say more' }], { by: { principal: 'bob' } })
  await soon(() => expect(session.state.ended.size).toBe(1))
  expect(peer.texts).toHaveLength(TAKEN)
  while (peer.texts.at(-1) !== 'more') {
    peer.take()
    await soon(() => expect(peer.waiting >= TAKEN || peer.texts.at(-1) === 'more').toBe(true))
  }
  const numbers = Array.from({ length: UPDATES }, (_, i) => `${i} `).join('')
  expect(peer.texts.join('')).toBe(`${numbers}say moremore`)
  expect(peer.mostWaiting).toBeLessThanOrEqual(TAKEN)
  connection.closed()
})

it('a client that leaves in the middle of a history gets no more of it', async () => {
  at = await world([], { log: await longLog() })
  const peer = new SlowPeer()
  const connection = at.agents.connect(peer, { initialize: INITIALIZE, sessions: [{ sessionId: 's', seq: 2 }] })
  await soon(() => expect(peer.waiting).toBe(TAKEN))
  connection.closed()
  peer.take()
  const session = await at.agents.session('s')
  await soon(() => expect(session.attachments.size).toBe(0))
  await session.prompt([{ type: 'text', text: 'say more' }], { by: { principal: 'bob' } })
  await soon(() => expect(session.state.ended.size).toBe(1))
  expect(peer.texts).toHaveLength(TAKEN)
})

it('the answer to a resume, and to a load, says where in the log the client is', async () => {
  at = await world()
  const one = new TestClient(at.agents)
  const sessionId = await one.open(at.folder)
  await one.prompt(sessionId, 'say a')
  const { state } = await at.agents.session(sessionId)
  for (const method of ['session/resume', 'session/load']) {
    const other = new TestClient(at.agents)
    await other.initialize()
    await other.request(method, { sessionId })
    expect(other.got.at(-1)?.origin).toMatchObject({ sessionId, seq: state.n })
  }
})

it('a client that resumes gets the state of the agent, and nothing from before its position', async () => {
  at = await world()
  const one = new TestClient(at.agents)
  const sessionId = await one.open(at.folder)
  await one.request('session/set_mode', { sessionId, modeId: 'code' })
  await one.prompt(sessionId, 'say a\nplan first\nplan look mend\nusage 3 9\ncommands 10')
  const watcher = new TestClient(at.agents, { principal: WATCHER })
  await watcher.initialize()
  const answer = await watcher.request('session/resume', { sessionId })
  expect(answer).toMatchObject({ modes: { currentModeId: 'code' } })
  expect(watcher.updates).toMatchObject([
    { sessionUpdate: 'plan', entries: [{ content: 'look' }, { content: 'mend' }] },
    { sessionUpdate: 'usage_update', used: 3, size: 9 },
    { sessionUpdate: 'available_commands_update', availableCommands: [{ name: 'go' }] },
  ])
})

it('a question that is open while a conversation is sent is asked behind it, once, and taken back where another answers', async () => {
  at = await world()
  const one = new TestClient(at.agents)
  const sessionId = await one.open(at.folder)
  const turn = one.prompt(sessionId, 'say a\nask q\nsay b')
  await soon(() => expect(one.questions).toHaveLength(1))
  const other = new TestClient(at.agents)
  await other.initialize()
  await other.request('session/load', { sessionId })
  expect(other.questions).toHaveLength(1)
  expect(other.text()).toBe('a')
  one.answer(one.questions[0]?.id ?? null, { outcome: { outcome: 'selected', optionId: 'yes' } })
  await turn
  await soon(() => expect(other.text()).toBe('a[q: yes]b'))
  expect(other.of('$/cancel_request').map(({ params }) => params['requestId'])).toEqual([one.questions[0]?.id])
})

it('a client whose position is beyond the log learns that events are missing, once', async () => {
  at = await world()
  const one = new TestClient(at.agents)
  const sessionId = await one.open(at.folder)
  await one.prompt(sessionId, 'say a')
  const gaps: unknown[] = []
  const peer = Object.assign(new SlowPeer(), { gap: (...told: unknown[]) => void gaps.push(told) })
  at.agents.connect(peer, { initialize: INITIALIZE, sessions: [{ sessionId, seq: 900 }] })
  await soon(() => expect(gaps).toEqual([[sessionId, 'rollback']]))
  await one.prompt(sessionId, 'say b')
  await soon(() => expect(peer.texts.at(-1)).toBe('b'))
  expect(gaps).toHaveLength(1)
})
