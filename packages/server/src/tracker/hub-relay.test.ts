import { silentLogger } from '@holdfast/contract'
import { memoryLog, type SessionLog } from '@holdfast/log'
import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, expect, it } from 'vitest'
import { createHub, type Hub } from '../hub/index.ts'
import { HubRelay, taskSession } from './hub-relay.ts'
import type { TrackerRecord, TrackerTask } from './records.ts'

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

const task: TrackerTask = {
  id: 't',
  title: 'a task',
  description: '',
  project_id: 'p',
  status: 'open',
  created_by: 'person',
  created_at: 0,
}
const delta = (agent: string, text: string) =>
  relay.stream(agent, { type: 'agent.stream.delta', task_id: 't', text }, task)
const said = (id: string, content: string): TrackerRecord => ({
  t: 'message',
  message: { id, task_id: 't', author: 'ann', content, mentions: [], created_at: 0 },
})

/** What is in the log of the task's session once everything is written. */
async function written(): Promise<readonly (readonly [event: string, agent: unknown, text: unknown])[]> {
  await relay.close()
  expect((await log.findSession(taskSession('t')))?.tags).toEqual(['task'])
  const { events } = await log.read(taskSession('t'), { after: 0 })
  await hub.close()
  await log.close()
  return events.map(({ payload }) => {
    const { event, data } = Object(payload)
    return [event, data.agent, data.delta ?? data.content ?? data.toolName ?? data.status ?? data.task]
  })
}

it('the relay of the tracker joins deltas: at most four events a second, no text lost', async () => {
  const pieces = Array.from({ length: 200 }, (_, n) => `${n} `)
  for (const piece of pieces) {
    delta('ann', piece)
    await clock.advance(10)
  }
  const events = await written()
  expect(events.length).toBeLessThanOrEqual(10)
  expect(
    events
      .slice(1)
      .map(([, , text]) => text)
      .join(''),
  ).toBe(pieces.join(''))
})

it('the relay of the tracker keeps the order of deltas, tools, comments and agents', async () => {
  delta('ann', 'a')
  delta('ann', 'b')
  relay.stream('ann', { type: 'agent.stream.tool', task_id: 't', toolName: 'sh' }, task)
  delta('ann', 'c')
  delta('bob', 'd')
  await relay.streamed('t')
  await relay.show(2, said('m1', 'done'))
  await relay.show(3, { t: 'status', taskId: 't', status: 'closed', by: 'ann' })
  expect(await written()).toEqual([
    ['session_start', undefined, 'a task'],
    ['message_update', 'ann', 'ab'],
    ['tool_call', 'ann', 'sh'],
    ['message_update', 'ann', 'c'],
    ['message_update', 'bob', 'd'],
    ['message_end', 'ann', 'done'],
    ['task_status', 'ann', 'closed'],
  ])
})

it('the relay of the tracker writes what it holds when it is closed', async () => {
  delta('ann', 'almost')
  expect(await written()).toEqual([
    ['session_start', undefined, 'a task'],
    ['message_update', 'ann', 'almost'],
  ])
  expect(clock.pending).toBe(0)
})

it('the relay of the tracker shows a record once, however often it comes and whichever node shows it', async () => {
  const records: readonly TrackerRecord[] = [{ t: 'task', task }, said('m1', 'one'), said('m2', 'two')]
  const other = new HubRelay(hub, silentLogger, clock)
  delta('ann', 'early')
  for (const [at, record] of records.entries()) await relay.show(at + 1, record)
  for (const [at, record] of records.entries()) await other.show(at + 1, record)
  await other.close()
  const events = await written()
  expect(events.map(([event]) => event)).toEqual(['session_start', 'message_end', 'message_end', 'message_update'])
})

it('the relay of the tracker shows no task that the tracker does not know', async () => {
  relay.stream('ann', { type: 'agent.stream.delta', task_id: 'made-up', text: 'x' }, undefined)
  await relay.close()
  expect(await log.findSession(taskSession('made-up'))).toBeNull()
  await written().catch(() => {})
})
