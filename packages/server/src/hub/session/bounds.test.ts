import { memoryLog } from '@holdfast/log'
import { expect, it } from 'vitest'
import { heldBy, liveHeap } from '../../../../log/test/live-heap.ts'
import { createHub, type Hub } from '../hub.ts'
import { boundsOf, HUB_LIMITS } from '../limits.ts'
import { EntryReader } from '../state/entries.ts'
import type { HubRecord } from '../state/records.ts'
import { SessionState } from '../state/session-state.ts'

const MIB = 1024 * 1024
const at = 1_700_000_000_000

/** As a record comes out of the log: every text in it is its own. */
function read(record: HubRecord): HubRecord {
  return JSON.parse(JSON.stringify(record))
}

function told(event: string, data: Record<string, unknown>): HubRecord {
  return read({ t: 'event', event, data, category: '' })
}

/** A text that is like no other. */
function text(n: number, length: number): string {
  return `${n} `.padEnd(length, 'lorem ')
}

function folded(count: number, record: (n: number) => HubRecord): { readonly bytes: number; readonly counted: number } {
  const { made, bytes } = heldBy(() => {
    const fold = new SessionState(HUB_LIMITS)
    for (let n = 1; n <= count; n++) fold.apply({ n, id: `e${n}`, kind: 'event', at, payload: record(n) })
    return fold
  })
  return { bytes, counted: made.bytes }
}

it('entries of 8 MiB hold at most 16 MiB of live heap', () => {
  const { bytes, counted } = folded(2_600, (n) => told('message_end', { content: text(n, 4_000) }))
  expect(bytes).toBeLessThan(2 * HUB_LIMITS.hydrationBytes)
  expect(bytes).toBeLessThan(2 * counted)
})

it('tasks with long prompts and results hold at most 4 MiB of live heap', () => {
  const { bytes, counted } = folded(200, (n) =>
    n % 2 === 1
      ? told('task_start', { taskId: `t${n}`, agent: 'a', prompt: text(n, 200_000) })
      : told('task_complete', { taskId: `t${n - 1}`, content: text(n, 200_000) }),
  )
  // The results are entries of the conversation, too.
  expect(bytes).toBeLessThan(2 * (HUB_LIMITS.hydrationBytes + 2 * MIB))
  expect(bytes).toBeLessThan(2 * counted)
})

it('agents with long names hold at most 4 MiB of live heap', () => {
  const { bytes } = folded(150, (n) => told('agent_start', { agent: text(n, 200_000), status: text(n, 1_000) }))
  expect(bytes).toBeLessThan(4 * MIB)
})

it('unfinished output that came in pieces of a few letters holds at most twice what it says', () => {
  const { bytes } = folded(40_000, (n) => told('message_update', { taskId: `t${n % 40}`, delta: ` w${n % 10_000}` }))
  expect(bytes).toBeLessThan(2 * MIB)
})

it('ids of tool calls that are longer than any id are not remembered', () => {
  const { bytes } = heldBy(() => {
    const reader = new EntryReader()
    for (let n = 0; n < 500; n++) reader.read(told('tool_call', { toolName: 't', toolCallId: text(n, 100_000) }), at)
    return reader
  })
  expect(bytes).toBeLessThan(MIB)
})

it('answers that are kept for senders use at most twice their bound, whatever their kind', () => {
  const limits = { ...HUB_LIMITS, maxAnswerLength: MIB }
  const { bytes } = heldBy(() => {
    const fold = new SessionState(limits)
    for (let n = 1; n <= 800; n++) {
      const actions = [{ action: 'RETURN', result: Array.from({ length: 500 }, (_, i) => ({ [`k${i % 7}`]: i })) }]
      const sender: [string, number, number] = [`sender ${n % 100}`, n, 0]
      const payload = read({ t: 'answer', wireId: `w${n}`, asker: 'a', id: `i${n}`, actions, sender })
      fold.apply({ n, id: `e${n}`, kind: 'answer', at, payload })
    }
    return fold
  })
  // With what is remembered of the ids.
  expect(bytes).toBeLessThan(2 * MIB + MIB / 2)
})

/** Opens every session for a moment, one after the other. */
async function visitAll(hub: Hub, ids: readonly string[]): Promise<void> {
  for (const id of ids) (await hub.session(id)).close()
  // What is being closed is gone one turn later.
  await new Promise(setImmediate)
}

it('sessions that are opened in turn stay within the bound on all of them', async () => {
  const log = memoryLog()
  const maxOpenBytes = 8 * MIB
  const writer = createHub({ log })
  const ids: string[] = []
  for (let s = 0; s < 40; s++) {
    const session = await writer.createSession()
    for (let n = 0; n < 8; n++) await session.publish('message_end', { content: text(s * 8 + n, 120_000) })
    ids.push(session.id)
    session.close()
  }
  await writer.close()
  const hub = createHub({ log, limits: { maxOpenBytes } })
  await visitAll(hub, ids)
  await hub.close()
  const before = liveHeap()
  const bounded = createHub({ log, limits: { maxOpenBytes } })
  await visitAll(bounded, ids)
  const held = liveHeap() - before
  expect(await bounded.metrics.text()).toMatch(/holdfast_hub_sessions [1-9]\n/)
  expect(held).toBeLessThan(2 * maxOpenBytes)
  await bounded.close()
  await log.close()
})

it('a session with as many open as may be makes room by closing one without participants', async () => {
  const log = memoryLog()
  const hub = createHub({ log, limits: { maxOpenSessions: 2 } })
  const first = await hub.createSession('first')
  const second = await hub.createSession('second')
  await expect(hub.createSession('third')).rejects.toMatchObject({ code: 'hub/unavailable' })
  second.close()
  const third = await hub.session('third')
  expect([first, third].map(({ ended }) => ended.aborted)).toEqual([false, false])
  await hub.close()
  await log.close()
})

it('a small heap has smaller defaults; what is given counts', () => {
  const { maxOpenBytes, maxHydrationOut, maxPendingTotalBytes } = boundsOf(undefined, 256 * MIB)
  expect([maxOpenBytes, maxHydrationOut, maxPendingTotalBytes]).toEqual([64 * MIB, 32 * MIB, 32 * MIB])
  expect(boundsOf(undefined, 4_096 * MIB)).toEqual(HUB_LIMITS)
  expect(boundsOf({ maxOpenBytes: 1 }, 256 * MIB).maxOpenBytes).toBe(1)
})

it.each([
  ['maxFilters', Number.NaN, 'got NaN'],
  ['ringBytes', -1, 'got -1'],
])('a bound of a hub that bounds nothing is refused by its name: %s %d', (name, value, got) => {
  const error = { code: 'server/invalid_option', message: expect.stringMatching(`limits.${name}: .*${got}`) }
  expect(() => boundsOf({ [name]: value }, 256 * MIB)).toThrow(expect.objectContaining(error))
})

it('requests that wait for people hold at most twice their bound beside the conversation, however many come', () => {
  const { made, bytes } = heldBy(() => {
    const fold = new SessionState(HUB_LIMITS)
    for (let n = 1; n <= 200; n++) {
      const hold = { id: `r${n}`, until: at + 60_000, otherwise: [{ action: 'BLOCK', reason: text(n, 1_000) }] }
      const payload = read({ t: 'event', event: 'tool_call', data: { prompt: text(n, 200_000) }, category: '', hold })
      fold.apply({ n, id: `e${n}`, kind: 'event', at, payload })
    }
    return fold
  })
  expect(made.approvals.length).toBeGreaterThan(HUB_LIMITS.maxPendingApprovalLength / 2)
  expect(bytes).toBeLessThan(2 * HUB_LIMITS.maxPendingApprovalLength + 2 * HUB_LIMITS.hydrationBytes)
})
