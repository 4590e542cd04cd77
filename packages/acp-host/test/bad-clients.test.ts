import { afterEach, expect, it, vi } from 'vitest'
import { TestClient, WATCHER, type World, world } from './support/harness.ts'

let at: World | undefined

afterEach(async () => {
  await at?.end()
  at = undefined
})

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 10 })

/** Everything that the agent got, but what every session begins with. */
function given(): readonly string[] {
  const lines = at?.journal().filter((line) => line.startsWith('< ')) ?? []
  const methods = lines.map((line) => String(JSON.parse(line.slice(2)).method))
  return methods.filter((method) => method !== 'initialize' && method !== 'session/new')
}

function notices(client: TestClient): readonly string[] {
  return client.updates.flatMap(({ sessionUpdate, title }) => (sessionUpdate === 'notice' ? [String(title)] : []))
}

it('nothing but initialize is done before it, and it is done once', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  await expect(client.request('session/new', { cwd: at.folder })).rejects.toMatchObject({ code: -32600 })
  await client.initialize()
  await expect(client.initialize()).rejects.toMatchObject({ code: -32600 })
})

it('an unknown notification is answered by a notice, and not passed on', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  client.notify('foo/bar', { sessionId: session })
  await soon(() =>
    expect(notices(client)).toEqual(['The notification foo/bar is unknown here, and was not passed on.']),
  )
  await client.prompt(session, 'say a')
  expect(given()).toEqual(['session/prompt'])
})

it('an answer to a question that is over, or of another client, is answered by a notice', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const watcher = new TestClient(at.agents, { principal: WATCHER })
  await watcher.initialize()
  await watcher.request('session/load', { sessionId: session })
  const turn = client.prompt(session, 'ask q')
  await soon(() => expect(client.questions).toHaveLength(1))
  const id = client.questions[0]?.id ?? null
  const yes = { outcome: { outcome: 'selected', optionId: 'yes' } }
  watcher.answer(id, yes)
  await soon(() => expect(notices(watcher)).toEqual(['Somebody else was asked this.']))
  client.answer(id, { outcome: { outcome: 'selected', optionId: 'no' } })
  await turn
  client.answer(id, yes)
  await soon(() => expect(notices(client)).toEqual(['This was answered already, or is not wanted any more.']))
  expect(client.text()).toBe('[q: no]')
  client.answer('never asked', yes)
  client.answer(7, yes)
  await client.prompt(session, 'say still')
})

it.each([
  ['no session', { prompt: [] }, 'sessionId: expected'],
  ['another session', { sessionId: 'none', prompt: [] }, 'load it first'],
  ['a prompt that is none', { prompt: 'text' }, 'prompt: expected a list'],
])('a prompt for %s is refused in words', async (_what, params, words) => {
  at = await world()
  const client = new TestClient(at.agents)
  const sessionId = await client.open(at.folder)
  const given = params.prompt === 'text' ? { sessionId, ...params } : params
  await expect(client.request('session/prompt', given)).rejects.toThrow(words)
})

it('a prompt that is too long is refused, and the session goes on', async () => {
  at = await world([], { limits: { maxPromptChars: 1_000 } })
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await expect(client.prompt(session, 'x'.repeat(2_000))).rejects.toThrow('1000 characters')
  await client.prompt(session, 'say on')
  expect(client.text()).toBe('on')
})

it('an agent that is not configured is not found, whatever the client calls it', async () => {
  at = await world()
  const client = new TestClient(at.agents, { agent: '/bin/sh' })
  await expect(client.initialize()).rejects.toMatchObject({
    code: -32002,
    message: 'There is no agent /bin/sh: scripted.',
  })
})

it('a session that there is not is not found, also by a principal that may not find it', async () => {
  at = await world(['no-load'])
  const client = new TestClient(at.agents)
  await client.initialize()
  await expect(client.request('session/load', { sessionId: 'none', cwd: at.folder })).rejects.toMatchObject({
    code: -32002,
  })
})

it("a session that the agent has from elsewhere is loaded by it, shown, and the client's own afterwards", async () => {
  at = await world()
  const client = new TestClient(at.agents)
  await client.initialize()
  await client.request('session/load', { sessionId: 'theirs', cwd: at.folder, mcpServers: [] })
  expect(client.text()).toBe('as the agent remembers it')
  await client.prompt('theirs', 'say more')
  expect(client.text()).toBe('as the agent remembers itmore')
  const other = new TestClient(at.agents)
  await other.initialize()
  await other.request('session/load', { sessionId: 'theirs', cwd: at.folder, mcpServers: [] })
  expect(other.text()).toBe('as the agent remembers itmore')
  expect(given().filter((method) => method === 'session/load')).toHaveLength(1)
  const { sessions } = await other.request<{ sessions: { cwd: string }[] }>('session/list')
  expect(sessions).toMatchObject([{ cwd: at.folder }])
})
