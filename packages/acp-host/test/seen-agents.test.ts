import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, expect, it, vi } from 'vitest'
import { TestClient, type World, world } from './support/harness.ts'

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 20_000, interval: 5 })

let at: World | undefined
afterEach(async () => {
  await at?.end()
  at = undefined
})

it('an agent of two processes has ended when its output has, not when the first of them has', async () => {
  at = await world(['two'])
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await expect(client.prompt(session, 'say one \nlastly 3')).rejects.toThrow('failed: exited 3')
  expect(client.text()).toBe('onelast words')
  // The next prompt starts another one.
  await client.prompt(session, 'say two')
  expect(client.text()).toBe('onelast wordstwo')
})

it('terminals are refused with -32601 where the client did not offer them, and are its own where it did', async () => {
  at = await world()
  const [without, having] = [new TestClient(at.agents), new TestClient(at.agents)]
  const sessions = [await without.open(at.folder)]
  await having.initialize({ terminal: true })
  const made = await having.request<{ sessionId: string }>('session/new', { cwd: at.folder, mcpServers: [] })
  await without.prompt(sessions[0] ?? '', 'odd terminal/create')
  expect(without.text()).toBe('[terminal/create: error -32601]')
  const turn = having.prompt(made.sessionId, 'odd terminal/create')
  const [asked] = await soon(() => {
    expect(having.of('terminal/create')).toHaveLength(1)
    return having.of('terminal/create')
  })
  having.answer(asked?.id ?? null, { terminalId: 't1' })
  await turn
  expect(having.text()).toBe('[terminal/create: {"terminalId":"t1"}]')
})

it('a folder is looked at before the agent is asked: one that is not there, a file, and a link that leads out', async () => {
  at = await world()
  const { folder } = at
  mkdirSync(join(folder, 'sub'))
  writeFileSync(join(folder, 'file'), '')
  symlinkSync('/etc', join(folder, 'out'))
  symlinkSync(join(folder, 'sub'), join(folder, 'within'))
  const client = new TestClient(at.agents)
  await client.initialize()
  const open = (cwd: unknown): Promise<unknown> => client.request('session/new', { cwd, mcpServers: [] })
  await expect(open('none')).rejects.toThrow('there is no folder')
  await expect(open('file')).rejects.toThrow('there is no folder')
  await expect(open('out')).rejects.toThrow('in no folder that the operator allows')
  await expect(open(7)).rejects.toThrow('cwd: expected the path of a folder')
  await open('within')
  const made = at.journal().filter((line) => line.includes('"session/new"'))
  expect(made.map((line) => JSON.parse(line.slice(2)).params.cwd)).toEqual([join(folder, 'sub')])
})

it('a chunk that says nothing and carries usage is passed on, and parts no message in two', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  await client.prompt(session, 'say one\nempty 12\nsay two')
  expect(client.text()).toBe('onetwo')
  const carried = client.updates.filter(({ _meta }) => _meta !== undefined)
  expect(carried).toMatchObject([{ _meta: { usage: { totalTokens: 12 } }, content: { text: '' } }])
  const other = new TestClient(at.agents)
  await other.initialize()
  await other.request('session/load', { sessionId: session })
  expect(other.text()).toBe('onetwo')
})

it('a request that is cancelled is answered at once, and what the agent says to it later is dropped', async () => {
  at = await world()
  const client = new TestClient(at.agents)
  const session = await client.open(at.folder)
  const asked = client.request('session/set_mode', { sessionId: session, modeId: 'never' }, { id: 'mode' })
  await soon(() => expect(at?.journal().some((line) => line.includes('"never"'))).toBe(true))
  client.notify('$/cancel_request', { requestId: 'mode' })
  await expect(asked).rejects.toMatchObject({ code: -32800 })
  // Its id is free again.
  await client.request('session/list', {}, { id: 'mode' })
  const answers = client.got.filter(({ message }) => 'id' in message && message.id === 'mode')
  expect(answers).toHaveLength(2)
})

it.each([0, 2, 99])('a client of protocol version %i has version 1, as the agent does', async (protocolVersion) => {
  at = await world()
  const client = new TestClient(at.agents)
  const answer = await client.request('initialize', { protocolVersion, clientCapabilities: {} })
  expect(answer).toMatchObject({ protocolVersion: 1 })
  const { sessionId } = await client.request<{ sessionId: string }>('session/new', { cwd: at.folder, mcpServers: [] })
  await client.prompt(sessionId, 'versions')
  expect(client.text()).toBe('[1]')
})

it('many sessions are in one program, which is kept warm', async () => {
  at = await world()
  const clients = [new TestClient(at.agents), new TestClient(at.agents), new TestClient(at.agents)]
  for (const client of clients) await client.prompt(await client.open(at.folder), 'say here')
  expect(at.journal().filter((line) => line.startsWith('begin '))).toHaveLength(1)
  expect(at.agents.stats).toMatchObject({ running: 1, sessions: 3 })
})
