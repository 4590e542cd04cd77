import { memoryLog } from '@holdfast/log'
import { memoryCluster } from '@holdfast/log/directory'
import type { SessionMessage } from '@holdfast/protocol/sessions'
import { describe, expect, it } from 'vitest'
import type { PendingApproval, SessionHandle } from '../../src/hub/index.ts'
import { PromptAnswerer, permissionPrompts } from '../../src/sessions/permissions.ts'
import { event, type HubFixture, type Json, startHub, until } from '../hub/support.ts'

const prompt = (command: string): Json => ({ tool_name: 'bash', input: { command } })
const asTool = (id: string, command: string): Json => ({
  type: 'tool',
  id,
  name: 'can_use_tool',
  toolCallId: 'c',
  params: prompt(command),
})

/** Somebody who may answer, and all that it was sent. */
class Answerer {
  readonly got: SessionMessage[] = []
  readonly session: SessionHandle
  readonly answerer: PromptAnswerer

  constructor(session: SessionHandle, name: string) {
    this.session = session
    this.answerer = new PromptAnswerer(session, name, (message) => this.got.push(message))
  }

  static async at({ hub }: HubFixture, name: string): Promise<Answerer> {
    return new Answerer(await hub.session('s'), name)
  }

  get ids(): string[] {
    return this.got.map((message) => String(Object(message).request_id))
  }

  says(id: string, response: object): Promise<boolean> {
    return this.answerer.answer({ subtype: 'success', request_id: id, response: { ...response } })
  }
}

async function start() {
  const common = { log: memoryLog(), requireApproval: permissionPrompts() }
  const cluster = memoryCluster()
  const a = await startHub({ ...common, cluster: cluster.join('a') })
  const b = await startHub({ ...common, cluster: cluster.join('b') })
  const lead = a.client({ role: 'lead', sessionId: 's', driverInstanceId: 'd' })
  await lead.type('init')
  const answerTo = (id: string) => lead.next((frame) => frame['id'] === id && 'actions' in frame)
  return { a, b, lead, answerTo }
}

describe('permission prompts', () => {
  it('asks who is there and who comes later, on every node; the first answer wins, a late one is ignored', async () => {
    const { a, b, lead, answerTo } = await start()
    const first = await Answerer.at(a, 'first')
    lead.send(event('1', 'can_use_tool', prompt('ls')))
    await until(() => first.got.length === 1)
    const second = await Answerer.at(b, 'second')
    const [id = ''] = second.ids
    expect(first.got).toMatchObject([
      { type: 'control_request', request_id: id, request: { input: { command: 'ls' } } },
    ])
    expect(await second.says(id, { behavior: 'maybe' })).toBe(false)
    expect(await second.says('perm_0_1', { behavior: 'allow' })).toBe(false)
    expect(await second.says(id, { behavior: 'allow' })).toBe(true)
    await until(() => first.got.length === 2)
    expect(first.got[1]).toEqual({ type: 'control_cancel_request', request_id: id })
    expect(await first.says(id, { behavior: 'deny', message: 'no' })).toBe(false)
    expect(await answerTo('1')).toMatchObject({ actions: [{ action: 'RETURN', result: { behavior: 'allow' } }] })
    expect(second.got).toHaveLength(1)
  })

  it('takes a prompt as a tool too, gives each another name, and blocks what is denied', async () => {
    const { b, lead, answerTo } = await start()
    const one = await Answerer.at(b, 'one')
    lead.send(event('1', 'can_use_tool', prompt('ls')))
    lead.send(asTool('2', 'rm'))
    await until(() => one.got.length === 2)
    expect(new Set(one.ids).size).toBe(2)
    await one.says(one.ids[1] ?? '', { behavior: 'deny', message: 'not this' })
    expect(await answerTo('2')).toMatchObject({
      actions: [
        { action: 'BLOCK', reason: 'not this' },
        { action: 'RETURN', result: { behavior: 'deny', message: 'not this' } },
      ],
    })
  })

  it('asks the same prompt of a lead that came back once', async () => {
    const { a, lead } = await start()
    const one = await Answerer.at(a, 'one')
    lead.send(event('1', 'can_use_tool', prompt('ls')))
    lead.send(event('1', 'can_use_tool', prompt('ls')))
    lead.send(event('2', 'agent_progress'))
    await lead.next((frame) => frame['id'] === '2')
    expect(one.ids).toHaveLength(1)
    await one.says(one.ids[0] ?? '', { behavior: 'allow' })
    await lead.next((frame) => frame['id'] === '1')
    // Afterwards it is another one.
    lead.send(event('1', 'can_use_tool', prompt('ls')))
    await until(() => one.ids.length === 2)
  })

  it('leaves everything else alone', () => {
    const request = { sessionId: 's', principal: { id: 'p', scopes: new Set<string>() }, role: 'lead' } as const
    const message = { type: 'event', id: '1', event: 'message_end', data: {} } as const
    const hold = permissionPrompts({ timeoutMs: 5 })
    expect(hold({ ...request, message })).toBeUndefined()
    expect(hold({ ...request, message: { ...message, event: 'can_use_tool' } })).toBeUndefined()
    expect(hold({ ...request, message: { ...message, event: 'can_use_tool', data: prompt('ls') } })).toMatchObject({
      timeoutMs: 5,
      otherwise: [{ action: 'BLOCK' }, { action: 'RETURN' }],
    })
  })

  it('shows no request that waits for something else', async () => {
    const held: PendingApproval = { n: 1, asker: 'd', id: '1', message: event('1', 'may_i'), until: 0, otherwise: [] }
    const { hub } = await startHub({ requireApproval: () => ({ timeoutMs: 1_000, otherwise: [] }) })
    const session = await hub.createSession('s')
    const seen = new Answerer(session, 'one')
    session.watchApprovals({ requested: () => {}, settled: () => {} })
    expect(seen.got).toEqual([])
    expect(session.pendingApprovals).not.toContain(held)
    session.close()
  })
})
