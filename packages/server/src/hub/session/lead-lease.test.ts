import { memoryLog, type NewEvent, type SessionLog } from '@holdfast/log'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import type { HubError } from '../errors.ts'
import { HUB_LIMITS } from '../limits.ts'
import { SessionState } from '../state/session-state.ts'
import { type Candidate, LeadLease } from './lead-lease.ts'

const { leaseMs } = HUB_LIMITS

/** The lease of one session as one of several hubs has it. */
async function leaseOf(log: SessionLog, clock: VirtualClock): Promise<LeadLease> {
  const state = new SessionState(HUB_LIMITS)
  return new LeadLease({
    sessionId: 's',
    log,
    clock,
    state: () => state,
    leaseMs,
    isShared: true,
    append: (records, { fence }) =>
      log.append(
        's',
        records.map((payload, at) => ({ id: `${fence} ${at}`, kind: 'hub', at: 0, payload })),
        { producer: { id: 'hub', fence } },
      ),
    reached: async () => {
      for (const event of (await log.read('s', { after: state.n })).events) state.apply(event)
    },
  })
}

class Lead implements Candidate {
  readonly instance: string
  error: HubError | undefined

  constructor(instance: string) {
    this.instance = instance
  }

  replaced(error: HubError): void {
    this.error = error
  }
}

async function twoLeases(): Promise<{ log: SessionLog; clock: VirtualClock; one: LeadLease; two: LeadLease }> {
  const clock = new VirtualClock()
  const log = memoryLog({ clock })
  await log.createSession('s')
  return { log, clock, one: await leaseOf(log, clock), two: await leaseOf(log, clock) }
}

it('a lead keeps the lease against another hub as long as its hub lives', async () => {
  const { clock, one, two } = await twoLeases()
  await one.acquire(new Lead('a'))
  await clock.advance(leaseMs * 5)
  await expect(two.acquire(new Lead('b'))).rejects.toMatchObject({ code: 'hub/has_lead' })
  expect(one.isTaken).toBe(true)
})

it('a session is free for another hub at once when its lead leaves', async () => {
  const { one, two } = await twoLeases()
  const lead = new Lead('a')
  const before = await one.acquire(lead)
  expect(one.release(lead)).toBe(true)
  expect(one.release(lead)).toBe(false)
  await Promise.resolve()
  expect(await two.acquire(new Lead('b'))).toBeGreaterThan(before)
})

it('a session’s lead is lost to the same driver on another hub, and the older connection is notified', async () => {
  const { clock, one, two } = await twoLeases()
  const older = new Lead('a')
  await one.acquire(older)
  await two.acquire(new Lead('a'))
  await clock.advance(leaseMs)
  expect(older.error).toMatchObject({ code: 'hub/stale_driver', closeCode: 4410 })
  expect(one.isTaken).toBe(false)
  expect(two.isTaken).toBe(true)
})

it('a lead ends what the driver before it asked at another hub, in the same append', async () => {
  const { log, one, two } = await twoLeases()
  const first = new Lead('a')
  const fence = await one.acquire(first)
  const asked = (id: string): NewEvent => ({
    id,
    kind: 'hub.rpc',
    at: 0,
    payload: { t: 'rpc', to: 'controllers', message: { type: 'rpc_ui_request', id, method: 'confirm' } },
  })
  await log.append('s', [asked('q'), asked('r')], { producer: { id: 'hub', fence } })
  one.release(first)
  await two.acquire(new Lead('b'))
  const { events } = await log.read('s', { after: 3 })
  const ended = { to: 'controllers', message: { type: 'rpc_ui_response', result: { cancelled: true } } }
  expect(events.map(({ payload }) => payload)).toMatchObject([
    { ...ended, message: { ...ended.message, id: 'q' } },
    { ...ended, message: { ...ended.message, id: 'r' } },
    { t: 'lead', instance: 'b' },
  ])
})
