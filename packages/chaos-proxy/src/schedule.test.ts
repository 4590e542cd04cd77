import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { FAULT_KINDS } from './faults.ts'
import type { FaultEvent } from './options.ts'
import { type Faulty, runSchedule } from './run-schedule.ts'
import { seededFaults, seededSchedule, type TimedFault } from './schedule.ts'
import { withSeed } from './with-seed.ts'

it('the schedule of faults gives the same faults at the same times for the same seed, and others for another', () => {
  const options = { everyMs: 2_000, count: 200 }
  expect(seededSchedule({ ...options, seed: 7 })).toEqual(seededSchedule({ ...options, seed: 7 }))
  expect(seededSchedule({ ...options, seed: 7 })).not.toEqual(seededSchedule({ ...options, seed: 8 }))
})

it('the schedule of faults keeps a known schedule for a known seed', () => {
  expect(seededSchedule({ seed: 1, kinds: ['reset', 'black-hole'], everyMs: 1_000, count: 3 })).toMatchInlineSnapshot(`
    [
      {
        "atMs": 86,
        "fault": {
          "direction": "up",
          "forMs": 428,
          "kind": "black-hole",
        },
      },
      {
        "atMs": 1110,
        "fault": {
          "direction": "down",
          "forMs": 384,
          "kind": "black-hole",
        },
      },
      {
        "atMs": 2432,
        "fault": {
          "kind": "reset",
        },
      },
    ]
  `)
})

it('the schedule of faults uses every kind, and ends each fault inside its slot', () => {
  const schedule = seededSchedule({ seed: 3, everyMs: 1_000, count: 300 })
  expect(new Set(schedule.map(({ fault }) => fault.kind))).toEqual(new Set(Object.keys(FAULT_KINDS)))
  for (const [slot, { atMs, fault }] of schedule.entries()) {
    expect(atMs).toBeGreaterThanOrEqual(slot * 1_000)
    expect(atMs + ('forMs' in fault ? fault.forMs : 0)).toBeLessThanOrEqual((slot + 1) * 1_000)
  }
})

it('the schedule of faults uses only the kinds that were asked for', () => {
  const schedule = seededSchedule({ seed: 1, kinds: ['fin'], everyMs: 10, count: 5 })
  expect(schedule.map(({ fault }) => fault)).toEqual(Array.from({ length: 5 }, () => ({ kind: 'fin' })))
  expect(seededSchedule({ seed: 1, everyMs: 10, count: 0 })).toEqual([])
})

it('the schedule of faults refuses a span of zero and an empty list of kinds', () => {
  expect(() => seededFaults({ seed: 1, everyMs: 0 })).toThrow(/everyMs/)
  expect(() => seededFaults({ seed: 1, everyMs: 1, kinds: [] })).toThrow(/at least one kind/)
})

function recorder(calls: string[]): Faulty {
  const note =
    (name: string) =>
    (...values: unknown[]): void => {
      calls.push(values.length === 0 ? name : `${name} ${JSON.stringify(values)}`)
    }
  return {
    links: [1, 2],
    cut: note('cut'),
    resetMidFrame: note('resetMidFrame'),
    fin: note('fin'),
    blackHole: note('blackHole'),
    delay: note('delay'),
    throttle: note('throttle'),
    refuse: async (on) => note('refuse')(on),
    acceptThenDrop: note('acceptThenDrop'),
    dropInHandshake: note('dropInHandshake'),
    heal: async () => note('heal')(),
  }
}

it('the schedule of faults performs each fault at its time, ends what lasts, and reports both', async () => {
  const clock = new VirtualClock()
  const calls: string[] = []
  const events: FaultEvent[] = []
  const schedule: TimedFault[] = [
    { atMs: 100, fault: { kind: 'reset' } },
    { atMs: 200, fault: { kind: 'reset-mid-frame', direction: 'up' } },
    { atMs: 300, fault: { kind: 'fin' } },
    { atMs: 400, fault: { kind: 'black-hole', direction: 'down', forMs: 50 } },
    { atMs: 500, fault: { kind: 'delay', ms: 9, forMs: 50 } },
    { atMs: 600, fault: { kind: 'throttle', bytesPerSecond: 5, forMs: 50 } },
    { atMs: 700, fault: { kind: 'refuse', forMs: 50 } },
    { atMs: 800, fault: { kind: 'accept-drop', forMs: 50 } },
    { atMs: 900, fault: { kind: 'handshake-drop', afterBytes: 4, forMs: 50 } },
  ]
  const done = runSchedule(recorder(calls), {
    schedule,
    clock,
    onFault: (event) => events.push(event),
    signal: new AbortController().signal,
  })
  await clock.advance(1_000)
  await done
  expect(calls).toEqual([
    'cut',
    'resetMidFrame [{"direction":"up"}]',
    'fin',
    'blackHole [{"direction":"down"}]',
    'heal',
    'delay [9]',
    'heal',
    'throttle [5]',
    'heal',
    'refuse [true]',
    'heal',
    'acceptThenDrop [true]',
    'heal',
    'dropInHandshake [true,{"afterBytes":4}]',
    'heal',
  ])
  expect(events.map(({ atMs, phase }) => `${atMs} ${phase}`)).toEqual([
    '100 begins',
    '200 begins',
    '300 begins',
    ...[400, 500, 600, 700, 800, 900].flatMap((at) => [`${at} begins`, `${at + 50} ends`]),
  ])
  expect(events[0]).toMatchObject({ links: 2, fault: { kind: 'reset' } })
})

it('the schedule of faults leaves no timer when it is aborted', async () => {
  const clock = new VirtualClock()
  const calls: string[] = []
  const aborting = new AbortController()
  const done = runSchedule(recorder(calls), {
    schedule: seededFaults({ seed: 1, everyMs: 1_000 }),
    clock,
    onFault: () => {},
    signal: aborting.signal,
  })
  await clock.settle()
  expect(clock.pending).toBe(1)
  aborting.abort()
  await done
  expect([clock.pending, calls]).toEqual([0, []])
})

it('withSeed says the seed of a failure and passes a result through', async () => {
  await expect(
    withSeed(
      () => {
        throw new Error('3 messages are missing')
      },
      { seed: 42 },
    ),
  ).rejects.toThrow('failed with seed 42 (run again with HOLDFAST_SEED=42): 3 messages are missing')
  expect(await withSeed((seed) => seed + 1, { seed: 1 })).toBe(2)
})
