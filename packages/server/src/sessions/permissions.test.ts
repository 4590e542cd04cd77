import type { SessionMessage } from '@holdfast/protocol/sessions'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import type { LeadRequest } from '../hub/index.ts'
import { PermissionPrompts } from './permissions.ts'

const clock = new VirtualClock()
const prompts = new PermissionPrompts({ clock, timeoutMs: 60_000, maxPending: 2 })

function ask(id: string, command = 'ls', type: 'event' | 'tool' = 'event') {
  const data = { tool_name: 'bash', input: { command } }
  const message: LeadRequest['message'] =
    type === 'event'
      ? { type, id, event: 'can_use_tool', data }
      : { type, id, name: 'can_use_tool', toolCallId: 'c', params: data }
  return prompts.handle({ sessionId: 's', principal: { id: 'p', scopes: new Set() }, role: 'lead', message })
}

class Subscriber {
  readonly got: SessionMessage[] = []
  readonly leave: () => void

  constructor() {
    this.leave = prompts.join('s', this)
  }

  send(message: SessionMessage): void {
    this.got.push(message)
  }

  get ids(): string[] {
    return this.got.map((message) => String(Object(message).request_id))
  }

  answers(id: string, response: object): boolean {
    return prompts.answer('s', { subtype: 'success', request_id: id, response: { ...response } }, this)
  }
}

describe('PermissionPrompts', () => {
  it('leaves other requests alone', () => {
    const message = { type: 'event', id: '1', event: 'message_end', data: {} } as const
    const request = {
      sessionId: 's',
      principal: { id: 'p', scopes: new Set<string>() },
      role: 'lead',
      message,
    } as const
    expect(prompts.handle(request)).toBeUndefined()
  })

  it('asks who is there and who comes later; the first answer wins, a late one is ignored', async () => {
    const first = new Subscriber()
    const asked = ask('1')
    const second = new Subscriber()
    const [id = ''] = second.ids
    expect(first.ids).toEqual([id])
    expect(second.answers(id, { behavior: 'maybe' })).toBe(false)
    expect(second.answers(id, { behavior: 'allow' })).toBe(true)
    expect(first.got.at(-1)).toEqual({ type: 'control_cancel_request', request_id: id })
    expect(second.got).toHaveLength(1)
    expect(first.answers(id, { behavior: 'deny', message: 'no' })).toBe(false)
    expect(await asked).toEqual([{ action: 'RETURN', result: { behavior: 'allow' } }])
    first.leave()
    second.leave()
  })

  it('takes a prompt as a tool too, and gives another prompt of the same id another name', async () => {
    const one = new Subscriber()
    void ask('1', 'ls')
    void ask('1', 'rm', 'tool')
    expect(new Set(one.ids).size).toBe(2)
    for (const id of one.ids) one.answers(id, { behavior: 'allow' })
    one.leave()
  })

  it('asks the same prompt of a lead that came back once', async () => {
    const one = new Subscriber()
    const both = [ask('1'), ask('1')]
    expect(one.ids).toHaveLength(1)
    one.answers(one.ids[0] ?? '', { behavior: 'deny', message: 'no' })
    const answers = await Promise.all(both)
    expect(answers[0]).toMatchObject([{ action: 'BLOCK', reason: 'no' }, { action: 'RETURN' }])
    expect(answers[1]).toEqual(answers[0])
    one.leave()
  })

  it('blocks what nobody answers in time, and what is too much', async () => {
    const waiting = [ask('1'), ask('2')]
    expect(await ask('3')).toMatchObject([{ action: 'BLOCK', reason: 'Too many prompts wait.' }, { action: 'RETURN' }])
    await clock.advance(60_000)
    for (const asked of waiting) expect(await asked).toMatchObject([{ action: 'BLOCK' }, { action: 'RETURN' }])
    expect(clock.pending).toBe(0)
    expect(prompts.pending('s')).toBe(0)
  })
})
