import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AcpAgents, type AcpConnection, LocalPrograms } from '@holdfast/acp-host'
import type { JsonRpcMessage } from '@holdfast/protocol/acp'
import { createHub, type Hub, memoryLog, type Principal, type SessionHandle, type SessionLog } from '@holdfast/server'
import { killTree, SHELL_MARK } from '@holdfast/shell-host'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { hubLedSessions } from './led-sessions.ts'

const AGENT = fileURLToPath(new URL('../../../packages/acp-host/test/support/scripted-agent.mjs', import.meta.url))
const PERSON: Principal = { id: 'ann', scopes: new Set(['control', 'observe', 'lead']) }

let folder: string
let hub: Hub
let agents: AcpAgents
let programs: LocalPrograms

beforeEach(() => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-led-')))
  begin(memoryLog())
})

function begin(log: SessionLog): void {
  hub = createHub({ log })
  programs = new LocalPrograms({ tools: { markName: SHELL_MARK, endTree: (tree, how) => killTree(tree, how) } })
  const agent = { name: 'scripted', command: [process.execPath, AGENT], folders: [folder] }
  agents = new AcpAgents({ agents: [agent], programs, log, sessions: hubLedSessions(hub, 'here') })
}

afterEach(async () => {
  await programs.close()
  await agents.close()
  await hub.close()
  rmSync(folder, { recursive: true, force: true })
})

const soon = <T>(check: () => T): Promise<T> => vi.waitFor(check, { timeout: 30_000, interval: 10 })

/** A session that an ACP client has opened, as the hub has it. */
async function opened(): Promise<{
  readonly session: SessionHandle
  readonly sessionId: string
  readonly got: JsonRpcMessage[]
  readonly client: AcpConnection
}> {
  const got: JsonRpcMessage[] = []
  const client = agents.connect({ principal: PERSON, send: (message) => void got.push(message), close: () => {} })
  void client.receive({ jsonrpc: '2.0', id: 1, method: 'initialize', params: { protocolVersion: 1 } })
  await soon(() => expect(got).toHaveLength(1))
  void client.receive({ jsonrpc: '2.0', id: 2, method: 'session/new', params: { cwd: folder, mcpServers: [] } })
  const answer = await soon(() => {
    const found = got.find((message) => 'id' in message && message.id === 2)
    expect(found).toBeDefined()
    return found
  })
  const { sessionId } = Object(Object(answer).result)
  return { session: await hub.session(sessionId), sessionId, got, client }
}

/** Types of the conversation so far, as whoever comes now gets it. */
function entries(session: SessionHandle): readonly { readonly type: string; readonly content?: string }[] {
  return JSON.parse(session.hydration()).entries
}

it("the agent is the session's lead: no other may be, and lists say that it is led", async () => {
  const { session } = await opened()
  expect(session.hasLead).toBe(true)
  await expect(session.lead('another', () => {})).rejects.toMatchObject({ code: 'hub/has_lead' })
})

it("a controller's prompt reaches the agent, and what it says is a conversation of the hub", async () => {
  const { session, got } = await opened()
  const answer = await session.ask({ type: 'event', event: 'steer', data: { content: 'think hm\ntool t\nsay hello' } })
  expect(answer.actions).toEqual([{ action: 'ACK' }])
  await soon(() => expect(entries(session).at(-1)?.type).toBe('turn'))
  expect(entries(session).map(({ type }) => type)).toEqual([
    ...['user_prompt', 'thinking', 'tool_call', 'tool_result', 'message', 'turn'],
  ])
  expect(entries(session).find(({ type }) => type === 'message')?.content).toBe('hello')
  const texts = got.flatMap((message) => ('method' in message ? [JSON.stringify(message.params)] : []))
  expect(texts.some((text) => text.includes('user_message_chunk') && text.includes('say hello'))).toBe(true)
  session.close()
})

it('a question is answered by a controller, once, and its answer reaches the agent', async () => {
  const { session, got } = await opened()
  await session.ask({ type: 'event', event: 'prompt', data: { text: 'ask q' } })
  const asked = await soon(() => {
    const found = got.find((message) => 'method' in message && message.method === 'session/request_permission')
    expect(found).toBeDefined()
    return found
  })
  const { events } = await agents.log.read(session.id, { after: 0 })
  const told = events.find(({ kind }) => kind === 'permission_requested')
  const { id } = Object(Object(told?.payload).data)
  await session.sendToDriver({ type: 'rpc_ui_response', id, result: { value: 'Allow' } })
  await soon(() => expect(entries(session).find(({ type }) => type === 'message')?.content).toBe('[q: yes]'))
  const over = got.find((message) => 'method' in message && message.method === '$/cancel_request')
  expect(Object(Object(over).params).requestId).toBe(Object(asked).id)
  session.close()
})

it('a controller ends a turn, and what is none is refused in words', async () => {
  const { session } = await opened()
  await session.ask({ type: 'event', event: 'prompt', data: { text: 'say begun\nsleep 60000' } })
  // An agent that does not know yet that it has a prompt does not know what to cancel.
  await soon(() => expect(session.hydration()).toContain('begun'))
  const refused = await session.ask({ type: 'tool', name: 'x', toolCallId: 'c', params: {} })
  expect(refused.actions[0]).toMatchObject({ action: 'BLOCK' })
  await session.ask({ type: 'command', name: 'cancel', args: '' })
  await soon(() => expect(entries(session).at(-1)?.type).toBe('turn'))
  session.close()
})

it('a controller that cancels takes back what it has queued, and once more ends the turn', async () => {
  const { session, got } = await opened()
  await session.ask({ type: 'event', event: 'prompt', data: { text: 'say begun\nask q' } })
  await soon(() => expect(session.hydration()).toContain('begun'))
  await session.ask({ type: 'event', event: 'prompt', data: { text: 'say second' } })
  await session.ask({ type: 'command', name: 'cancel', args: '' })
  await soon(() => expect(agents.stats).toMatchObject({ turns: 1, queuedPrompts: 0 }))
  const { events } = await agents.log.read(session.id, { after: 0 })
  expect(events.filter(({ kind }) => kind === 'steer_removed')).toHaveLength(1)
  await session.ask({ type: 'command', name: 'cancel', args: '' })
  await soon(() => expect(agents.stats.turns).toBe(0))
  expect(got.some((message) => JSON.stringify(message).includes('"second"'))).toBe(false)
  session.close()
})

it('a command of a controller whose time was over while the server was away is not carried out', async () => {
  const { session, sessionId } = await opened()
  const message = { type: 'event', event: 'steer', data: { content: 'say late' }, id: 'r' }
  const payload = { t: 'request', message, wireId: 'r', asker: 'a b', id: 'r', until: Date.now() }
  const asked = { id: 'r', kind: 'hub.request', at: Date.now(), payload }
  await agents.log.append(sessionId, [asked], { producer: { id: 'hub', fence: 0 } })
  expect(await ask(session, 'steer', 'say again')).toEqual({ action: 'ACK' })
  await soon(() => expect(contents(session)).toContain('again'))
  expect(contents(session)).not.toContain('late')
  const { events } = await agents.log.read(sessionId, { after: 0 })
  const answers = events.flatMap(({ payload }) => (Object(payload).wireId === 'r' ? [Object(payload).actions] : []))
  expect(answers).toEqual([undefined, [{ action: 'BLOCK', reason: expect.any(String) }]])
  session.close()
})

it('a client that joins gets the state of the agent, observers too', async () => {
  const { session } = await opened()
  await ask(session, 'steer', 'plan look mend\nusage 3 9\nsay told')
  await soon(() => expect(contents(session)).toContain('told'))
  expect(JSON.parse(session.hydration()).agent).toMatchObject({
    plan: { entries: [{ content: 'look' }, { content: 'mend' }] },
    usage: { used: 3, size: 9 },
    modes: { currentModeId: 'ask' },
  })
  session.close()
})

it('a session that is private is there for its owner alone', async () => {
  const sessions = hubLedSessions(hub, 'here')
  await sessions.create('s', { owner: 'ann', reach: 'private' })
  expect(await sessions.may(PERSON, 'observe', 's')).toBe(true)
  expect(await sessions.may({ ...PERSON, id: 'bob' }, 'observe', 's')).toBe(false)
  expect(await sessions.may({ id: 'eve', scopes: new Set(['observe']) }, 'control', 's')).toBe(false)
  expect(await sessions.may(PERSON, 'observe', 'none')).toBe(false)
})

const ask = (session: SessionHandle, event: string, content = '') =>
  session.ask({ type: 'event', event, data: { content } }).then(({ actions: [action] }) => ({ ...action }))

describe('what an event has no room for holds nothing up', () => {
  it('what an agent reports of itself', async () => {
    const { session } = await opened()
    await ask(session, 'steer', 'commands 600000\nsay told')
    await soon(() => expect(entries(session).at(-1)?.type).toBe('turn'))
    const commands = { availableCommands: [{ name: 'go', description: 'Go' }] }
    expect(await ask(session, 'agent_state')).toMatchObject({
      action: 'RETURN',
      result: { agent: 'scripted', commands },
    })
    expect(await ask(session, 'steer', 'say again')).toEqual({ action: 'ACK' })
    await soon(() => expect(contents(session)).toContain('again'))
    session.close()
  })

  it.each([
    ['a name of an update', 'named 600'],
    ['a tool with wide characters', 'wide 59000'],
  ])('%s', async (_what, step) => {
    const { session } = await opened()
    await ask(session, 'steer', `${step}\nsay after`)
    await soon(() => expect(contents(session)).toContain('after'))
    session.close()
  })

  it('a prompt of an ACP client: the agent has all of it', async () => {
    const { session, sessionId, got, client } = await opened()
    const prompt = [{ type: 'text', text: `say ${'語'.repeat(300_000)}` }]
    const params = { sessionId, prompt }
    void client.receive({ jsonrpc: '2.0', id: 3, method: 'session/prompt', params })
    const answer = () => got.find((message) => 'id' in message && message.id === 3)
    expect(await soon(() => answer() ?? expect.fail())).toMatchObject({ result: { stopReason: 'end_turn' } })
    expect(contents(session).at(0)).toBe(`say ${'語'.repeat(29_996)}…`)
    expect(contents(session).slice(1).join('')).toBe('語'.repeat(300_000))
    session.close()
  })

  it('in a log with less room than others the request alone is refused', async () => {
    await agents.close()
    await hub.close()
    begin(memoryLog({ limits: { maxEventBytes: 900 } }))
    const { session } = await opened()
    await ask(session, 'steer', 'commands 500\nsay told')
    await soon(() => expect(contents(session)).toContain('told'))
    expect(await ask(session, 'agent_state')).toMatchObject({
      action: 'BLOCK',
      reason: expect.stringContaining('room'),
    })
    expect(await ask(session, 'steer', 'say again')).toEqual({ action: 'ACK' })
    session.close()
  })
})

function contents(session: SessionHandle): readonly (string | undefined)[] {
  return entries(session).map(({ content }) => content)
}
