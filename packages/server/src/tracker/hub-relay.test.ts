import { silentLogger } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, expect, it } from 'vitest'
import { createHub, type Hub } from '../hub/index.ts'
import { memoryLog, type SessionLog } from '../log/index.ts'
import { HubRelay, taskSession } from './hub-relay.ts'

let clock: VirtualClock
let log: SessionLog
let hub: Hub
let relay: HubRelay

beforeEach(() => {
  clock = new VirtualClock()
  log = memoryLog()
  hub = createHub({ log, clock })
  relay = new HubRelay(hub, silentLogger, clock)
})

const delta = (agent: string, text: string) => relay.stream(agent, { type: 'agent.stream.delta', task_id: 't', text })

/** What is in the log of the task's session once everything is written. */
async function written(): Promise<readonly (readonly [event: string, agent: unknown, text: unknown])[]> {
  await relay.close()
  const { events } = await log.read(taskSession('t'), { after: 0 })
  await hub.close()
  await log.close()
  return events.map(({ payload }) => {
    const { event, data } = Object(payload)
    return [event, data.agent, data.delta ?? data.content ?? data.toolName]
  })
}

it('joins deltas: at most four events a second, no text lost', async () => {
  const pieces = Array.from({ length: 200 }, (_, n) => `${n} `)
  for (const piece of pieces) {
    delta('ann', piece)
    await clock.advance(10)
  }
  const events = await written()
  expect(events.length).toBeLessThanOrEqual(9)
  expect(events.map(([, , text]) => text).join('')).toBe(pieces.join(''))
})

it('keeps the order of deltas, tools, comments and agents', async () => {
  delta('ann', 'a')
  delta('ann', 'b')
  relay.stream('ann', { type: 'agent.stream.tool', task_id: 't', toolName: 'sh' })
  delta('ann', 'c')
  delta('bob', 'd')
  const message = { id: 'm1', task_id: 't', author: 'ann', content: 'done', mentions: [], created_at: 0 }
  relay.comment(message)
  expect(await written()).toEqual([
    ['message_update', 'ann', 'ab'],
    ['tool_call', 'ann', 'sh'],
    ['message_update', 'ann', 'c'],
    ['message_update', 'bob', 'd'],
    ['message_end', 'ann', 'done'],
  ])
})

it('writes what it holds when it is closed', async () => {
  delta('ann', 'almost')
  expect(await written()).toEqual([['message_update', 'ann', 'almost']])
  expect(clock.pending).toBe(0)
})
