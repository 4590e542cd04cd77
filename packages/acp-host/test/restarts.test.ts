import { duplexPair } from 'node:stream'
import { memoryLog } from '@holdfast/log'
import { afterEach, expect, it, vi } from 'vitest'
import { LocalPrograms, RemotePrograms, servePrograms } from '../src/index.ts'
import { ledSessions, TestClient, TOOLS, type World, world } from './support/harness.ts'

let at: World | undefined

afterEach(async () => {
  await at?.end()
  at = undefined
})

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 10 })

/** Programs that this process has, reached as those of another one: their streams can be cut. */
function elsewhere(local: LocalPrograms): { readonly programs: RemotePrograms; readonly cut: () => void } {
  let cut = (): void => {}
  const programs = new RemotePrograms(async () => {
    const [here, there] = duplexPair()
    servePrograms(local, there)
    cut = () => void here.destroy()
    return here
  })
  return { programs, cut: () => cut() }
}

it('a server that dies in the middle of a turn is replaced by one that goes on: no line is lost, none is handled twice', async () => {
  const local = new LocalPrograms({ tools: TOOLS })
  const log = memoryLog()
  at = await world([], { programs: local, log })
  const client = new TestClient(at.agents, { clientId: 'c' })
  const session = await client.open(at.folder)
  const text = 'chunks 1 300 1\nask q\nsay end'
  void client.prompt(session, text, { key: 'p1' }).catch(() => {})
  await soon(() => expect(client.text().length).toBeGreaterThan(100))
  // Nothing of the first server is told that it ends: its lease is taken, as from one that was killed.
  const next = await at.another()
  const seq = Math.max(...client.got.map(({ origin }) => origin?.seq ?? 0))
  const earlier = {
    initialize: { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} },
    sessions: [{ sessionId: session, seq }],
  } as const
  const before = client.text()
  const again = new TestClient(next, { clientId: 'c', earlier })
  const answer = again.prompt(session, text, { key: 'p1' })
  await soon(() => expect(again.questions).toHaveLength(1))
  again.answer(again.questions[0]?.id ?? null, { outcome: { outcome: 'selected', optionId: 'yes' } })
  expect((await answer).stopReason).toBe('end_turn')
  const numbers = Array.from({ length: 300 }, (_, i) => `${i + 1} `).join('')
  expect(before + again.text()).toBe(`${numbers}[q: yes]end`)
  expect(at.journal().filter((line) => line.includes('"session/prompt"'))).toHaveLength(1)
  await local.close()
})

it('a prompt that ended while its client was away is answered to the one that comes back', async () => {
  at = await world()
  const client = new TestClient(at.agents, { clientId: 'c' })
  const session = await client.open(at.folder)
  await client.prompt(session, 'say done', { key: 'p1' })
  const next = await at.another()
  const seq = Math.max(...client.got.map(({ origin }) => origin?.seq ?? 0))
  const earlier = {
    initialize: { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} },
    sessions: [{ sessionId: session, seq }],
  } as const
  const again = new TestClient(next, { clientId: 'c', earlier })
  expect((await again.prompt(session, 'say done', { key: 'p1' })).stopReason).toBe('end_turn')
  expect(again.updates).toEqual([])
  expect(at.journal().filter((line) => line.includes('"session/prompt"'))).toHaveLength(1)
})

it('a session that cannot be served now is not unknown: its client is to come again', async () => {
  const log = memoryLog()
  let isAway = false
  const sessions = {
    ...ledSessions(log),
    lead: async (id: string) => {
      if (isAway) throw new Error('The log is away.')
      return ledSessions(log).lead(id, () => {})
    },
  }
  at = await world([], { log, sessions })
  const client = new TestClient(at.agents, { clientId: 'c' })
  const session = await client.open(at.folder)
  const earlier = (sessionId: string) =>
    ({
      initialize: { jsonrpc: '2.0', id: 0, method: 'initialize', params: {} },
      sessions: [{ sessionId, seq: 1 }],
    }) as const
  await at.agents.close()
  isAway = true
  const next = await at.another()
  const again = new TestClient(next, { clientId: 'c', earlier: earlier(session) })
  await soon(() => expect(again.closedWith).toMatchObject({ code: 'acp/unavailable' }))
  expect(again.closedWith?.message).toContain('The log is away.')
  const lost = new TestClient(next, { clientId: 'd', earlier: earlier('none') })
  await soon(() => expect(lost.gaps).toEqual(['none unknown-session']))
  expect(lost.closedWith).toBeUndefined()
})

it('prompts of two clients that number their messages alike are two prompts', async () => {
  at = await world()
  const one = new TestClient(at.agents, { clientId: 'one' })
  const session = await one.open(at.folder)
  await one.prompt(session, 'say first', { key: '2' })
  const other = new TestClient(at.agents, { clientId: 'other' })
  await other.initialize()
  await other.request('session/resume', { sessionId: session })
  expect((await other.prompt(session, 'say second', { key: '2' })).stopReason).toBe('end_turn')
  expect(other.text()).toBe('second')
})

it('the same session/new again is the same session', async () => {
  at = await world()
  const one = new TestClient(at.agents, { clientId: 'c' })
  await one.initialize()
  const params = { cwd: at.folder, mcpServers: [] }
  const first = await one.request('session/new', params, { key: 'k' })
  const second = await one.request('session/new', params, { key: 'k' })
  expect(second['sessionId']).toBe(first['sessionId'])
  expect(at.journal().filter((line) => line.includes('"session/new"'))).toHaveLength(1)
})

it('programs of another process: output from a time without a reader is there, and a line is written once', async () => {
  const local = new LocalPrograms({ tools: TOOLS })
  const first = elsewhere(local)
  const second = elsewhere(local)
  const spec = { name: 'cat', command: ['/bin/cat'], cwd: '/', env: { PATH: '/bin:/usr/bin' } }
  const program = await first.programs.start(spec)
  await program.write('a', 1, 'one')
  await program.write('a', 1, 'one')
  await program.write('b', 1, 'two')
  await program.note('noted')
  first.cut()
  const found = await second.programs.find('cat')
  expect(found?.state).toMatchObject({ id: program.state.id, note: 'noted', from: 0 })
  expect(found?.state.lanes).toEqual([
    ['a', 1],
    ['b', 1],
  ])
  await found?.write('a', 1, 'one')
  await found?.write('a', 2, 'three')
  let said = ''
  let offset = 0
  const ended = new Promise<void>((resolve) => {
    const read = {
      output: (bytes: Uint8Array, from: number) => {
        said += Buffer.from(bytes).toString()
        offset = from + bytes.length
      },
      ended: () => resolve(),
      lost: () => resolve(),
    }
    found?.read(0, read)
  })
  await soon(() => expect(said).toBe('one\ntwo\nthree\n'))
  found?.acknowledge(offset)
  expect(await found?.end()).toEqual([])
  await ended
  expect(
    await (await second.programs.find('cat'))?.write('a', 3, 'late').catch((error: unknown) => Object(error).code),
  ).toBe('acp/program_ended')
  await second.programs.close()
})

it('unread output of an agent waits in its program, and memory stays flat', async () => {
  const local = new LocalPrograms({ tools: TOOLS })
  const program = await local.start({ name: 'yes', command: ['/usr/bin/yes'], cwd: '/', env: {} })
  let read = 0
  const sink = {
    output: (bytes: Uint8Array) => {
      read += bytes.length
    },
    ended: () => {},
    lost: () => {},
  }
  program.read(0, sink)
  await soon(() => expect(read).toBeGreaterThan(20_000_000))
  const stood = read
  // Time enough for much more, were it not held back: another program begins and ends meanwhile.
  await (await local.start({ name: 'no', command: ['/bin/cat'], cwd: '/', env: {} })).end()
  expect(read).toBeLessThan(22_000_000)
  program.acknowledge(read)
  await soon(() => expect(read).toBeGreaterThan(stood + 10_000_000))
  await local.close()
})

it('a program that does not end by itself is ended: first its input, then SIGTERM, then SIGKILL', async () => {
  const local = new LocalPrograms({
    tools: { ...TOOLS, endTree: (tree, options) => TOOLS.endTree(tree, { ...options, graceMs: 100 }) },
    stepMs: 100,
  })
  const script =
    "process.on('SIGTERM', () => console.log('TERM')); process.stdin.on('end', () => console.log('EOF')).resume(); setInterval(() => {}, 1e6); console.log('up')"
  const program = await local.start({ name: 'deaf', command: [process.execPath, '-e', script], cwd: '/', env: {} })
  let said = ''
  let signal: string | null = null
  program.read(0, {
    output: (bytes) => {
      said += Buffer.from(bytes).toString()
    },
    ended: (end) => {
      signal = end.signal
    },
    lost: () => {},
  })
  await soon(() => expect(said).toBe('up\n'))
  expect(await program.end()).toEqual([])
  await soon(() => expect(signal).toBe('SIGKILL'))
  expect(said).toBe('up\nEOF\nTERM\n')
})

it('an unused program ends, and the next prompt starts it again', async () => {
  at = await world([], { limits: { idleMs: 200 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'say a')
  client.connection.closed()
  await soon(() => expect(at?.agents.stats.running).toBe(0))
  await soon(() => expect(at?.agents.stats.sessions).toBe(0))
  const later = new TestClient(at.agents)
  await later.initialize()
  await later.request('session/load', { sessionId: session })
  await later.prompt(session, 'say b')
  expect(later.text()).toBe('ab')
})
