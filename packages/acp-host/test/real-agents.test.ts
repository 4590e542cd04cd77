import { memoryLog } from '@holdfast/log'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { LedSessions } from '../src/index.ts'
import { ledSessions, PERSON, TestClient, WATCHER, type World, world } from './support/harness.ts'

// What real agents and the SDK do, each with an agent that does it too.

let at: World | undefined

afterEach(async () => {
  await at?.end()
  at = undefined
})

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 10 })

function isThere(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}

/** What the agent got, of one method. */
function given(method: string): readonly Record<string, unknown>[] {
  const lines = at?.journal().filter((line) => line.startsWith('< ')) ?? []
  return lines.map((line) => JSON.parse(line.slice(2))).filter((message) => message.method === method)
}

describe('a cancel with a question open', () => {
  it('answers the question first, ends it for everybody, and passes no late answer on', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const other = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await other.initialize()
    await other.request('session/load', { sessionId: session })
    const turn = client.prompt(session, 'ask one\nsleep 500\nsay after')
    const [question] = await soon(() => {
      expect(client.questions).toHaveLength(1)
      expect(other.questions).toHaveLength(1)
      return client.questions
    })
    client.notify('session/cancel', { sessionId: session })
    expect((await turn).stopReason).toBe('cancelled')
    await soon(() => expect(other.of('$/cancel_request')[0]?.params['requestId']).toBe(other.questions[0]?.id))
    client.answer(question?.id ?? null, { outcome: { outcome: 'selected', optionId: 'yes' } })
    await client.prompt(session, 'say more')
    const answers = at.journal().filter((line) => line.includes('"outcome"'))
    expect(answers.map((line) => JSON.parse(line.slice(2)).result)).toEqual([{ outcome: { outcome: 'cancelled' } }])
    const answeredAt = at.journal().findIndex((line) => line.includes('"outcome"'))
    expect(at.journal().findIndex((line) => line.includes('session/cancel'))).toBeGreaterThan(answeredAt)
  })

  it('without a turn says nothing to the agent', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    client.notify('session/cancel', { sessionId: session })
    await client.prompt(session, 'say hello')
    expect(given('session/cancel')).toEqual([])
  })
})

it('a second prompt waits for its turn, and each has its own updates and answer', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const first = client.prompt(session, 'say one\nask q\nsay two')
  const second = client.prompt(session, 'say three')
  const [question] = await soon(() => {
    expect(client.questions).toHaveLength(1)
    return client.questions
  })
  expect(at.agents.stats).toMatchObject({ turns: 1, questions: 1, queuedPrompts: 1 })
  expect(given('session/prompt')).toHaveLength(1)
  client.answer(question?.id ?? null, { outcome: { outcome: 'selected', optionId: 'yes' } })
  await first
  expect(client.text()).toBe('one[q: yes]two')
  await second
  expect(client.text()).toBe('one[q: yes]twothree')
})

it('waiting prompts of a real agent are bounded, and one can be taken back', async () => {
  at = await world([], { limits: { maxQueuedPrompts: 1 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const first = client.prompt(session, 'ask q')
  await soon(() => expect(client.questions).toHaveLength(1))
  const second = client.prompt(session, 'say second', { id: 'second' })
  await soon(() => expect(at?.agents.stats.queuedPrompts).toBe(1))
  await expect(client.prompt(session, 'say third')).rejects.toThrow('1 prompts wait')
  client.notify('$/cancel_request', { requestId: 'second' })
  await expect(second).rejects.toMatchObject({ code: -32800 })
  expect(at.agents.stats.queuedPrompts).toBe(0)
  client.notify('session/cancel', { sessionId: session })
  await first
  expect(client.text()).not.toContain('second')
})

it('a session is loaded from the log: everything that was shown, whatever the agent remembers', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'think why\nchunks 1 20\nplan a b\ntool t')
  const later = new TestClient(at.agents)
  await later.initialize()
  const loaded = await later.request('session/load', { sessionId: session })
  expect(loaded['modes']).toMatchObject({ currentModeId: 'ask' })
  expect(later.text()).toBe(client.text())
  expect(later.text('agent_thought_chunk')).toBe('why')
  expect(later.text('user_message_chunk')).toContain('chunks 1 20')
  expect(later.updates.map(({ sessionUpdate }) => sessionUpdate)).toEqual([
    ...['user_message_chunk', 'agent_thought_chunk', 'agent_message_chunk', 'plan', 'tool_call', 'tool_call_update'],
  ])
})

it('a session whose program has ended continues in another one, which loads it; clients do not see that load', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'say before')
  await client.request('session/set_mode', { sessionId: session, modeId: 'code' })
  await expect(client.prompt(session, 'stderr token=abcdefgh last words\nsleep 100\ndie 3')).rejects.toThrow(
    /failed: exited 3 after \d+ s, last words: token= \*\*\* last words/,
  )
  await client.prompt(session, 'mode')
  expect(client.text()).toBe('before[mode code]')
  expect(given('session/load')).toHaveLength(1)
  expect(given('session/set_mode')).toHaveLength(2)
})

it('an option is chosen again after the agent has loaded the session, and a client that joins gets it', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const choice = { sessionId: session, configId: 'effort', value: 'high' }
  const { configOptions } = await client.request('session/set_config_option', choice)
  expect(configOptions).toMatchObject([{ id: 'effort', currentValue: 'high' }])
  await expect(client.prompt(session, 'die 3')).rejects.toThrow('failed')
  await client.prompt(session, 'option')
  expect(client.text()).toBe('[effort high]')
  expect(given('session/set_config_option')).toHaveLength(2)
  const later = new TestClient(at.agents)
  await later.initialize()
  const loaded = await later.request('session/load', { sessionId: session })
  expect(loaded['configOptions']).toMatchObject([{ id: 'effort', currentValue: 'high' }])
})

it('chunks are joined for a client that loads: one message of one turn is one update, and one of the hub', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'chunks 1 300\ntool t\nchunks 301 310')
  expect(client.updates.filter(({ sessionUpdate }) => sessionUpdate === 'agent_message_chunk')).toHaveLength(310)
  const later = new TestClient(at.agents)
  await later.initialize()
  await later.request('session/load', { sessionId: session })
  expect(later.updates.filter(({ sessionUpdate }) => sessionUpdate === 'agent_message_chunk')).toHaveLength(2)
  expect(later.text()).toBe(client.text())
  let ends = 0
  for (let after = 0, last = 1; after < last; ) {
    const page = await at.log.read(session, { after })
    ends += page.events.filter(({ kind }) => kind === 'message_end').length
    last = page.last
    after = page.events.at(-1)?.n ?? last
  }
  expect(ends).toBe(2)
})

it('a session of a real agent is in one process: a second server is refused, and asks its agent nothing', async () => {
  const log = memoryLog()
  const sessionsOf = (holder: string): LedSessions => ({
    ...ledSessions(log),
    lead: async (id) => {
      const lease = await log.lease(id, holder, 60_000)
      if (lease.outcome === 'held') throw new Error('Another server leads the session.')
      return { fence: lease.fence, makeRoom: async () => {}, release: () => void lease.release() }
    },
  })
  at = await world([], { log, sessions: sessionsOf('one') })
  const other = await world([], { log, sessions: sessionsOf('other') })
  try {
    const [client, second] = [new TestClient(at.agents), new TestClient(other.agents)]
    await Promise.all([client.initialize(), second.initialize()])
    await client.request('session/load', { sessionId: 'theirs', cwd: at.folder, mcpServers: [] })
    const asked = second.request('session/load', { sessionId: 'theirs', cwd: other.folder, mcpServers: [] })
    await expect(asked).rejects.toThrow('Another server leads the session.')
    expect(given('session/load')).toHaveLength(1)
    expect(other.journal().filter((line) => line.includes('session/load'))).toEqual([])
  } finally {
    await other.end()
  }
})

it('an agent that cannot load begins anew, and people are notified', async () => {
  at = await world(['no-load'])
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await expect(client.prompt(session, 'die 0')).rejects.toThrow('failed')
  await client.prompt(session, 'say again')
  const notices = client.updates.filter(({ sessionUpdate }) => sessionUpdate === 'notice')
  expect(notices[0]?.['title']).toContain('begins anew')
})

it("a client gets the agent's own reason when the agent cannot load a session", async () => {
  at = await world(['forgets'])
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await expect(client.prompt(session, 'die 0')).rejects.toThrow('failed')
  await expect(client.prompt(session, 'say again')).rejects.toThrow(/not found/i)
})

it('an agent that wants a login says so in its own words, and has one', async () => {
  at = await world(['login'])
  const client = new TestClient(at.agents)
  const { authMethods } = await client.initialize()
  expect(authMethods).toHaveLength(1)
  await expect(client.request('session/new', { cwd: at.folder, mcpServers: [] })).rejects.toMatchObject({
    code: -32000,
  })
  await client.request('authenticate', { methodId: 'key' })
  await client.request('session/new', { cwd: at.folder, mcpServers: [] })
})

describe('what agents ask beside ACP', () => {
  it('goes to the client that works with it, or is refused at once where none does', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    const turn = client.prompt(session, 'odd craft/drainMidTurnQueue')
    const [asked] = await soon(() => {
      expect(client.of('craft/drainMidTurnQueue')).toHaveLength(1)
      return client.of('craft/drainMidTurnQueue')
    })
    client.answer(asked?.id ?? null, { drained: 1 })
    await turn
    expect(client.text()).toBe('[craft/drainMidTurnQueue: {"drained":1}]')
    const watcher = new TestClient(at.agents, { principal: WATCHER })
    await watcher.initialize()
    await watcher.request('session/load', { sessionId: session })
    const next = client.prompt(session, 'sleep 200\nodd craft/drainMidTurnQueue')
    next.catch(() => {})
    await soon(() => expect(given('session/prompt')).toHaveLength(2))
    client.connection.closed()
    await soon(() => expect(watcher.text()).toContain('[craft/drainMidTurnQueue: error -32601]'))
  })

  it('notifications of other names are passed on', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'tell qwen/notify/session')
    expect(client.of('qwen/notify/session')[0]?.params).toEqual({ sessionId: session, some: 'thing' })
  })

  it('files are refused with -32601 where the client did not offer them, and are its own where it did', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'write /x')
    expect(client.text()).toBe('[write: error -32601]')
    const able = new TestClient(at.agents)
    await able.initialize({ fs: { writeTextFile: true } })
    await able.request('session/load', { sessionId: session })
    const turn = able.prompt(session, 'write /y')
    const [asked] = await soon(() => {
      expect(able.of('fs/write_text_file')).toHaveLength(1)
      return able.of('fs/write_text_file')
    })
    expect(client.of('fs/write_text_file')).toEqual([])
    expect(asked?.params).toMatchObject({ sessionId: session, path: '/y' })
    able.answer(asked?.id ?? null, {})
    await turn
    expect(able.text()).toContain('[write: written]')
  })

  it('a client that is away is waited for, then the agent has an error', async () => {
    at = await world([], { limits: { clientAwayMs: 200 } })
    const client = new TestClient(at.agents)
    await client.initialize({ fs: { writeTextFile: true } })
    const { sessionId } = await client.request<{ sessionId: string }>('session/new', { cwd: at.folder, mcpServers: [] })
    const turn = client.prompt(sessionId, 'write /x')
    await soon(() => expect(client.of('fs/write_text_file')).toHaveLength(1))
    client.connection.detached()
    await turn
    expect(client.text()).toBe('[write: error -32603]')
  })
})

describe('the working folder', () => {
  it('is the first that is allowed where none is named, and a relative one is below it', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    await client.open()
    expect(given('session/new')[0]).toMatchObject({ params: { cwd: at.folder } })
    await expect(client.request('session/new', { cwd: 'sub', mcpServers: [] })).rejects.toThrow('there is no folder')
  })

  it.each(['/', '/etc', '../..'])('%s is refused before the agent is asked', async (cwd) => {
    at = await world()
    const client = new TestClient(at.agents)
    await client.initialize()
    await expect(client.request('session/new', { cwd, mcpServers: [] })).rejects.toThrow(
      'in no folder that the operator allows',
    )
    expect(given('session/new')).toEqual([])
  })
})

describe('ids', () => {
  it.each([0, '', 'a', 9_007_199_254_740_991])('%j is an id as any other', async (id) => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    expect((await client.prompt(session, 'say x', { id })).stopReason).toBe('end_turn')
  })

  it('one that repeats is left out, and its first request is answered once', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    const first = client.prompt(session, 'ask q', { id: 'same' })
    await soon(() => expect(client.questions).toHaveLength(1))
    void client.connection.receive({
      jsonrpc: '2.0',
      id: 'same',
      method: 'session/prompt',
      params: { sessionId: session, prompt: [] },
    })
    client.answer(client.questions[0]?.id ?? null, { outcome: { outcome: 'selected', optionId: 'no' } })
    await first
    expect(given('session/prompt')).toHaveLength(1)
    expect(client.got.filter(({ message }) => 'id' in message && message.id === 'same')).toHaveLength(1)
    expect(client.updates.some(({ title }) => String(title).includes('second request'))).toBe(true)
  })
})

it('a chunk of 300 kB is one update, and the hub has it in parts that fit', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'big 150000')
  expect(client.text()).toBe('é'.repeat(150_000))
  const later = new TestClient(at.agents)
  await later.initialize()
  await later.request('session/load', { sessionId: session })
  expect(later.text()).toBe('é'.repeat(150_000))
})

it('updates that come before the answer to session/new are those of the new session', async () => {
  at = await world(['early'])
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const later = new TestClient(at.agents)
  await later.initialize()
  await later.request('session/load', { sessionId: session })
  expect(later.updates).toMatchObject([{ sessionUpdate: 'available_commands_update' }])
})

it('updates that come after the answer to a prompt are shown', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'late afterwards')
  await soon(() => expect(client.text()).toBe('afterwards'))
})

describe('methods that the agent does not have', () => {
  it('are refused, and one that it has is passed on', async () => {
    at = await world(['close'])
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    for (const method of ['session/delete', 'session/fork', 'foo/bar', '_own']) {
      await expect(client.request(method, { sessionId: session })).rejects.toMatchObject({ code: -32601 })
    }
    await client.request('session/close', { sessionId: session })
    expect(given('session/close')).toHaveLength(1)
  })
})

describe('bad agents', () => {
  it('one that writes rubbish goes on', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'say a\nrubbish\nsay b')
    expect(client.text()).toBe('ab')
  })

  it('one that dies in the middle of a line and of a turn has failed, with its words', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await expect(client.prompt(session, 'say a\nhalf\nsleep 50\ndie 7')).rejects.toThrow(
      'The agent scripted failed: exited 7',
    )
  })

  it('one that writes a line without an end is ended', async () => {
    at = await world([], { limits: { maxLineBytes: 1_000_000 } })
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await expect(client.prompt(session, 'long 50000000')).rejects.toThrow('a line of more than 1000000 bytes')
  })

  it('one that never answers initialize is ended, and the next client learns why too', async () => {
    at = await world(['silent'], { limits: { initializeMs: 300 } })
    const client = new TestClient(at.agents)
    await expect(client.initialize()).rejects.toThrow('did not answer initialize within 0.3 s')
  })

  it('one that cannot be started is reported in words', async () => {
    at = await world([], { config: { command: ['/no/such/agent'] } })
    const client = new TestClient(at.agents)
    await expect(client.initialize()).rejects.toThrow('/no/such/agent could not be started')
  })

  it('one that leaves children leaves no orphan', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'leave')
    const pid = Number(
      at
        .journal()
        .find((line) => line.startsWith('left '))
        ?.slice(5),
    )
    expect(isThere(pid)).toBe(true)
    await expect(client.prompt(session, 'die 0')).rejects.toThrow('failed')
    await soon(() => expect(isThere(pid)).toBe(false))
  })
})

it('the environment of an agent has nothing of the server that is not named', async () => {
  process.env['HOLDFAST_TEST_SECRET'] = 'x'
  try {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'env')
    expect(client.text()).not.toContain('HOLDFAST_TEST_SECRET')
    expect(client.text()).toContain('AGENT_JOURNAL')
  } finally {
    delete process.env['HOLDFAST_TEST_SECRET']
  }
})

describe('several clients', () => {
  it('the first answer to a question counts, and the others are notified that it is over', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    const turn = client.prompt(session, 'ask q')
    await soon(() => expect(client.questions).toHaveLength(1))
    const phone = new TestClient(at.agents, { principal: { ...PERSON, id: 'phone' } })
    const watcher = new TestClient(at.agents, { principal: WATCHER })
    for (const one of [phone, watcher]) {
      await one.initialize()
      await one.request('session/load', { sessionId: session })
    }
    await soon(() => expect(phone.questions).toHaveLength(1))
    expect(watcher.questions).toEqual([])
    phone.answer(phone.questions[0]?.id ?? null, { outcome: { outcome: 'selected', optionId: 'yes' } })
    await turn
    expect(client.text()).toBe('[q: yes]')
    expect(watcher.text()).toBe('[q: yes]')
    expect(client.of('$/cancel_request')[0]?.params).toEqual({ requestId: client.questions[0]?.id })
    expect(phone.of('$/cancel_request')).toEqual([])
    await expect(watcher.prompt(session, 'say no')).rejects.toThrow('scope control')
  })

  it('sees the prompts of the others, and not its own', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    const other = new TestClient(at.agents)
    await other.initialize()
    await other.request('session/resume', { sessionId: session })
    await client.prompt(session, 'say x')
    await soon(() => expect(other.text('user_message_chunk')).toBe('say x'))
    expect(client.text('user_message_chunk')).toBe('')
  })
})

describe('questions', () => {
  it('without an answer end as cancelled, with a reason in the log', async () => {
    at = await world([], { limits: { questionMs: 200 } })
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'ask q')
    expect(client.text()).toBe('[q: cancelled]')
    const { events } = await at.log.read(session, { after: 0 })
    const answered = events.find(({ kind }) => kind === 'acp.answered')
    expect(answered?.payload).toMatchObject({ why: 'Nobody answered in time.' })
  })

  it('may be answered by a policy', async () => {
    at = await world([], { policy: () => ({ outcome: { outcome: 'selected', optionId: 'no' } }) })
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    await client.prompt(session, 'ask q')
    expect(client.text()).toBe('[q: no]')
  })

  it.each<[string, unknown, string]>([
    [
      'a form that was filled in',
      { action: 'accept', content: { branch: 'main', count: 2 } },
      '"content":{"branch":"main","count":2}',
    ],
    ['a form that was declined', { action: 'decline' }, '"action":"decline"'],
  ])('%s is what the agent has', async (_what, answer, said) => {
    at = await world()
    const [one, other] = [new TestClient(at.agents), new TestClient(at.agents)]
    const sessionId = await one.open(at.folder)
    await other.initialize()
    await other.request('session/load', { sessionId })
    const turn = one.prompt(sessionId, 'form')
    await soon(() => expect([one, other].map((client) => client.of('elicitation/create').length)).toEqual([1, 1]))
    const [asked] = other.of('elicitation/create')
    expect(asked?.params).toMatchObject({ message: 'Which branch?', requestedSchema: { required: ['branch'] } })
    other.answer(asked?.id ?? null, answer)
    await turn
    expect(one.text()).toContain(said)
    expect(one.of('$/cancel_request').map(({ params }) => params['requestId'])).toEqual([asked?.id])
  })

  it('a form that is open when the turn is cancelled is cancelled', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const sessionId = await client.open(at.folder)
    const turn = client.prompt(sessionId, 'form\nsleep 60000')
    await soon(() => expect(client.of('elicitation/create')).toHaveLength(1))
    // Its answer comes before the cancel, which finds the agent at its next step.
    client.notify('session/cancel', { sessionId })
    expect(await turn).toMatchObject({ stopReason: 'cancelled' })
    expect(at.journal().join('\n')).toContain('"result":{"action":"cancel"}')
  })

  it('stay open where the answer is none of the options', async () => {
    at = await world()
    const client = new TestClient(at.agents)
    const session = await client.open(at.folder)
    const turn = client.prompt(session, 'ask q')
    await soon(() => expect(client.questions).toHaveLength(1))
    const id = client.questions[0]?.id ?? null
    client.answer(id, { outcome: { outcome: 'selected', optionId: 'everything' } })
    client.answer(id, { outcome: { outcome: 'selected', optionId: 'yes' } })
    await turn
    expect(client.text()).toBe('[q: yes]')
  })
})
