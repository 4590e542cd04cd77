import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, expect, it } from 'vitest'
import type { Cause } from '../client-protocol.ts'
import { watchOutages } from './outages.ts'
import type { Status } from './status.ts'

const LOST: Cause = { kind: 'close', phase: 'open', reason: '', clean: false }
const OPEN: Status = { state: 'open', since: 0, resumed: false, epoch: undefined, health: 'live', stable: false }
const PREPARING: Status = { state: 'preparing', attempt: 1 }
const CLOSED: Status = { state: 'closed', outcome: { reason: 'user' } }

let clock: VirtualClock
let told: string[]
let stop: () => void
let become: (status: Status) => void
let listeners: number

beforeEach(() => {
  clock = new VirtualClock()
  told = []
  listeners = 0
  stop = watchOutages(
    {
      lastCause: LOST,
      now: () => clock.now(),
      on: (_name, listener) => {
        listeners += 1
        become = (status) => listener({ status })
        return () => {
          listeners -= 1
        }
      },
    },
    {
      lost: (cause) => told.push(`lost ${cause?.kind}`),
      restored: (afterMs) => told.push(`restored ${afterMs}`),
      clock,
    },
  )
})

it('the log of outages is silent on short trouble', async () => {
  become(PREPARING)
  await clock.advance(4_999)
  become(OPEN)
  await clock.advance(10_000)
  expect(told).toEqual([])
})

it('the log of outages reports trouble of 5 s once, with its cause, and that it is over', async () => {
  become(PREPARING)
  await clock.advance(3_000)
  become({ state: 'waiting', reason: 'backoff', attempt: 1, until: 9_000 })
  await clock.advance(4_000)
  expect(told).toEqual(['lost close'])
  become(OPEN)
  expect(told).toEqual(['lost close', 'restored 7000'])
})

it('the log of outages ends with the connection, and has nothing to restore', async () => {
  become(PREPARING)
  await clock.advance(5_000)
  become(CLOSED)
  become(PREPARING)
  become(OPEN)
  expect(told).toEqual(['lost close'])
  expect(clock.pending).toBe(0)
})

it('the log of outages leaves nothing behind when it is undone', () => {
  become(PREPARING)
  stop()
  expect([clock.pending, listeners]).toEqual([0, 0])
})
