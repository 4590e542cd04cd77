import { describe, expect, it } from 'vitest'
import type { Cause, RetryDecision } from '../../client-protocol.ts'
import { coreError } from '../../errors.ts'
import { RETRY_PRESETS } from '../../retry/presets.ts'
import { INITIAL_MACHINE, type Machine, type MachineEnv, type MachineEvent, type Step } from './state.ts'
import { step } from './step.ts'

const LOST: Cause = { kind: 'close', phase: 'open', reason: '', clean: false }
const RETRY: RetryDecision = { act: 'retry' }

function env(now = 0, more: Partial<MachineEnv> = {}): MachineEnv {
  return { now, random: () => 0.5, retry: RETRY_PRESETS.fleet, overlap: false, loopback: false, ...more }
}

/** Plays events one after the other, at rest of time unless told. */
function play(machine: Machine, events: readonly MachineEvent[], at: MachineEnv = env()): Step {
  let last: Step = { machine, effects: [] }
  for (const event of events) last = step(last.machine, event, at)
  return last
}

const failed = (machine: Machine, decision: RetryDecision = RETRY, cause: Cause = LOST): MachineEvent => {
  return { type: 'failed', generation: machine.generation, cause, decision }
}
const accepted = (generation: number): MachineEvent => ({
  type: 'accepted',
  generation,
  resumed: false,
  epoch: undefined,
})

const preparing = play(INITIAL_MACHINE, [{ type: 'connect' }]).machine
const dialing = play(preparing, [{ type: 'dialing', generation: 1, transport: 't' }]).machine
const handshaking = play(dialing, [{ type: 'handshaking', generation: 1, step: 'auth' }]).machine
const open = play(handshaking, [accepted(1)]).machine
const waiting = play(open, [failed(open)]).machine
const draining = play(
  open,
  [{ type: 'leave', generation: 1, reason: 'drain', reconnectWindowMs: 0 }],
  env(0, { overlap: true }),
).machine
const flushing = play(open, [{ type: 'close', flushMs: 500 }]).machine
const parked = play(preparing, [failed(preparing, { act: 'park' })]).machine
const suspended = play(open, [{ type: 'suspend' }]).machine
const closed = play(open, [{ type: 'close', flushMs: 0 }]).machine

const STATES = {
  idle: INITIAL_MACHINE,
  preparing,
  dialing,
  handshaking,
  open,
  waiting,
  draining,
  flushing,
  parked,
  suspended,
  closed,
}
const names = (result: Step): string[] => result.effects.map((effect) => effect.do)

/** What a step at time 0 waits for, where it does nothing else. */
function waitOf({ machine, effects }: Step): number | undefined {
  expect(effects).toEqual([])
  return machine.dueAt
}

/** What follows when it was asked to open again while it closed. */
function closedAndReopened(machine: Machine): Step {
  const over = step(machine, { type: 'flushed' }, env(1)).machine
  expect(over).toMatchObject({ reopen: true, status: { state: 'closed' } })
  return step(over, { type: 'connect' }, env(1))
}

describe('every state', () => {
  it('is what it says', () => {
    expect(Object.values(STATES).map(({ status }) => status.state)).toEqual([
      'idle',
      'preparing',
      'dialing',
      'handshaking',
      'open',
      'waiting',
      'draining',
      'draining',
      'authRequired',
      'suspended',
      'closed',
    ])
  })

  for (const [name, machine] of Object.entries(STATES)) {
    it(`${name}: close() ends it at once when nothing is to be flushed, and a second time changes nothing`, () => {
      const once = step(machine, { type: 'close', flushMs: 0 }, env())
      expect(once.machine.status).toEqual({ state: 'closed', outcome: { reason: 'user' } })
      expect(step(once.machine, { type: 'close', flushMs: 0 }, env())).toEqual({ machine: once.machine, effects: [] })
    })

    it(`${name}: reconnect() dials at once${name === 'flushing' ? ' when the close is done' : ''}`, () => {
      const asked = step(machine, { type: 'reconnect' }, env(1))
      const { machine: after, effects } = name === 'flushing' ? closedAndReopened(asked.machine) : asked
      expect(after.status.state).toBe('preparing')
      expect(after.generation).toBe(machine.generation + 1)
      expect(effects.at(-1)).toEqual({ do: 'dial' })
      expect(after.dueAt).toBeUndefined()
    })

    it(`${name}: what an older dial says changes nothing and is reported`, () => {
      const older = { generation: machine.generation - 1 }
      const events: readonly MachineEvent[] = [
        {
          type: 'failed',
          ...older,
          cause: LOST,
          decision: { act: 'stop', error: coreError('connection/refused', 'x') },
        },
        accepted(older.generation),
        { type: 'health', ...older, health: 'suspect' },
        { type: 'stable', ...older },
        { type: 'leave', ...older, reason: 'drain', reconnectWindowMs: 0 },
      ]
      for (const event of events) {
        const { machine: after, effects } = step(machine, event, env())
        expect(after).toBe(machine)
        expect(effects).toMatchObject([{ do: 'report', what: 'stale' }])
      }
    })
  }

  for (const [name, machine] of Object.entries({ waiting, suspended, closed, parked })) {
    it(`${name}: the end of an attempt that a listener ended meanwhile changes nothing`, () => {
      expect(step(machine, failed(machine), env()).machine).toBe(machine)
    })
  }

  for (const [name, machine] of Object.entries({ idle: INITIAL_MACHINE, closed, suspended })) {
    it(`${name}: no signal and no timer moves it`, () => {
      for (const signal of ['online', 'offline', 'visible', 'wake', 'restore', 'freeze', 'hidden'] as const)
        expect(step(machine, { type: 'signal', signal }, env()).machine.status).toBe(machine.status)
      for (const type of ['due', 'retryNow', 'flushed', 'reauthenticate'] as const)
        expect(step(machine, { type }, env()).machine.status).toBe(machine.status)
    })
  }
})

describe('connect()', () => {
  it('starts afresh from rest', () => {
    const tired: Machine = { ...closed, failures: 9, attempt: 9, outageAt: 1, refreshed: true, spent: { protocol: 1 } }
    expect(step(tired, { type: 'connect' }, env()).machine).toMatchObject({
      failures: 0,
      attempt: 1,
      refreshed: false,
      spent: {},
    })
  })

  it('does nothing while under way', () => {
    for (const machine of [preparing, dialing, handshaking, open, waiting, draining])
      expect(step(machine, { type: 'connect' }, env())).toEqual({ machine, effects: [] })
  })

  it('dials whatever the runtime says of its network; after that it waits for it, and tries every 30 s all the same', () => {
    const offline = step(INITIAL_MACHINE, { type: 'signal', signal: 'offline' }, env()).machine
    const first = step(offline, { type: 'connect' }, env())
    expect(first.machine.status.state).toBe('preparing')
    expect(first.effects).toEqual([{ do: 'dial' }])
    const { machine } = step(first.machine, failed(first.machine), env())
    expect(machine.status).toMatchObject({ state: 'waiting', reason: 'offline' })
    expect(machine.dueAt).toBe(30_000)
    expect(step(machine, { type: 'due' }, env(30_000)).machine.status.state).toBe('preparing')
    expect(waitOf(step(machine, { type: 'signal', signal: 'online' }, env()))).toBe(125)
  })

  it('does not care for what the runtime says of its network where the server is on this machine', () => {
    const offline = step(waiting, { type: 'signal', signal: 'offline' }, env(0, { loopback: true })).machine
    expect(offline).toEqual(waiting)
  })
})

describe('attempts', () => {
  it('count on over connections that were never stable, and begin anew after one that was', () => {
    const again = play(waiting, [{ type: 'due' }, accepted(2)]).machine
    expect(step(again, failed(again), env()).machine).toMatchObject({ failures: 2 })
    const settled = play(again, [{ type: 'stable', generation: 2 }]).machine
    expect(settled.status).toMatchObject({ state: 'open', stable: true })
    expect(step(settled, failed(settled), env()).machine).toMatchObject({ failures: 1 })
  })

  it('wait for the middle of their window at the middle of chance', () => {
    expect(waiting.status).toMatchObject({ reason: 'backoff', until: 1_050 })
  })

  it.each([
    [250, 0, 250],
    [250, 1, 300],
    [20_000, 0, 20_000],
    [1, 0, 250],
    [900_000, 0, 300_000],
  ])('come back about as soon as the server asked: retry %i ms, chance %f: %i ms', (ms, chance, wanted) => {
    const schedule = () => 5_000
    const at = env(0, { random: () => chance, retry: { ...RETRY_PRESETS.fleet, schedule } })
    const asked = play(open, [{ type: 'retryBase', ms }], at).machine
    expect(waitOf(step(asked, failed(asked), at))).toBe(wanted)
  })

  it('ignore a server that asks to be asked again after zero', () => {
    const asked = play(open, [
      { type: 'retryBase', ms: 250 },
      { type: 'retryBase', ms: 0 },
    ]).machine
    expect(asked.baseMs).toBe(250)
  })

  it('back off from the time that the server asked for', () => {
    const asked = play(waiting, [{ type: 'retryBase', ms: 250 }, { type: 'due' }]).machine
    const at = env(0, { random: () => 1 })
    expect(waitOf(step({ ...asked, failures: 3 }, failed(asked), at))).toBe(2_050)
  })

  it('stay near the time that the server asked for while the outage of an eager client is young', () => {
    const asked = play(waiting, [{ type: 'retryBase', ms: 250 }, { type: 'due' }]).machine
    const at = env(0, { random: () => 1, retry: RETRY_PRESETS.eager })
    expect(waitOf(step({ ...asked, failures: 5, outageAt: 0 }, failed(asked), at))).toBe(2_050)
  })

  it.each(['eager', 'fleet'] as const)("keep to a quarter of a failure's own schedule (%s)", (preset) => {
    const decision: RetryDecision = { act: 'retry', delayMs: 2_500 }
    for (const [chance, wanted] of [
      [0, 1_500],
      [1, 2_500],
    ] as const) {
      const at = env(0, { random: () => chance, retry: RETRY_PRESETS[preset] })
      expect(waitOf(step(open, failed(open, decision), at))).toBe(wanted)
    }
  })

  it('come back at once after a cause on this side', () => {
    expect(waitOf(step(open, failed(open, RETRY, { kind: 'liveness', rule: 'probe' }), env()))).toBe(125)
  })

  it('stop at the bound of one outage, as the app chose', () => {
    for (const [onExhausted, state] of [
      ['suspend', 'suspended'],
      ['close', 'closed'],
    ] as const) {
      const retry = { ...RETRY_PRESETS.fleet, maxAttempts: 0, onExhausted }
      expect(step(open, failed(open), env(0, { retry })).machine.status.state).toBe(state)
    }
    const long = { ...open, outageAt: 0 }
    const retry = { ...RETRY_PRESETS.fleet, giveUpAfterMs: 86_400_000 }
    expect(step(long, failed(long), env(86_400_000, { retry })).machine.status).toEqual({
      state: 'suspended',
      reason: 'budget',
    })
  })

  it('spend the dial budget for every cause, and wait when it is spent', () => {
    let machine = preparing
    for (let dial = 1; dial < 12; dial += 1) machine = step(machine, { type: 'reconnect' }, env(dial)).machine
    const { machine: held } = step(machine, { type: 'reconnect' }, env(12))
    expect(held.status).toMatchObject({ state: 'waiting', reason: 'governor', until: 60_000 })
    expect(held.dueAt).toBe(60_000)
    expect(step(held, { type: 'retryNow' }, env(13)).machine.status.state).toBe('waiting')
    expect(step(held, { type: 'signal', signal: 'online' }, env(13)).machine.status).toBe(held.status)
    expect(step(held, { type: 'due' }, env(60_000)).machine.status.state).toBe('preparing')
  })
})

describe('decisions', () => {
  const obey = (decision: RetryDecision, machine = open) => step(machine, failed(machine, decision), env())

  it('stop ends it with the error', () => {
    const error = coreError('connection/refused', 'no')
    expect(obey({ act: 'stop', error }).machine.status).toEqual({
      state: 'closed',
      outcome: { reason: 'terminal', error },
    })
  })

  it('complete ends it without an error, and connect() starts it again', () => {
    const { machine, effects } = play(open, [failed(open, { act: 'complete' })])
    expect(machine.status).toEqual({ state: 'closed', outcome: { reason: 'complete' } })
    expect([machine.failures, machine.dueAt, effects]).toEqual([0, undefined, []])
    expect(play(machine, [{ type: 'connect' }]).machine.status.state).toBe('preparing')
  })

  it('refresh dials once with new credentials, then parks', () => {
    const refreshed = obey({ act: 'refresh' })
    expect(refreshed.effects.at(-1)).toEqual({ do: 'dial' })
    expect(refreshed.machine.reason).toBe('refused')
    expect(obey({ act: 'refresh', error: 'e' }, refreshed.machine).machine.status).toMatchObject({
      state: 'authRequired',
      error: 'e',
    })
  })

  it('park waits for reauthenticate()', () => {
    expect(step(parked, { type: 'connect' }, env()).machine.status.state).toBe('preparing')
    const again = step(parked, { type: 'reauthenticate' }, env())
    expect(again.effects.at(-1)).toEqual({ do: 'dial' })
    expect(again.machine.reason).toBe('refused')
  })

  it('newSession forgets, then retries', () => {
    const next = obey({ act: 'newSession' })
    expect(names(next)).toEqual(['forgetSession'])
    expect(next.machine.status).toMatchObject({ state: 'waiting', until: next.machine.dueAt })
  })

  it('drain comes back within the spread', () => {
    expect(waitOf(obey({ act: 'drain', reconnectWindowMs: 8_000 }))).toBe(4_000)
    expect(waitOf(obey({ act: 'drain' }))).toBe(1_000)
  })

  it('retry takes a hint as a floor and reports a clamped one', () => {
    expect(obey({ act: 'retry', floorMs: 10_000 }).machine.status).toMatchObject({ reason: 'hint', until: 11_000 })
    const clamped = obey({ act: 'retry', floorMs: 900_000 })
    expect(clamped.machine.dueAt).toBe(315_000)
    expect(clamped.effects).toMatchObject([{ do: 'report', what: 'hintClamped' }])
  })

  it('retry under a named budget ends when that is spent', () => {
    const once = obey({ act: 'retry', budget: 'protocol', max: 1 })
    expect(once.machine.status.state).toBe('waiting')
    const again = play(once.machine, [{ type: 'due' }]).machine
    expect(obey({ act: 'retry', budget: 'protocol', max: 1 }, again).machine.status).toMatchObject({
      state: 'closed',
      outcome: { reason: 'exhausted', error: { code: 'connection/exhausted' } },
    })
  })
})

describe('leaving', () => {
  const both = env(0, { overlap: true })

  it('drops first where two connections may not live', () => {
    const left = step(open, { type: 'leave', generation: 1, reason: 'rotate', reconnectWindowMs: 0 }, env())
    expect(names(left)).toEqual(['drop'])
    expect(left.machine.status).toMatchObject({ state: 'waiting', until: left.machine.dueAt })
  })

  it('keeps the old one until the successor is accepted where they may', () => {
    const second = step(draining, { type: 'due' }, both)
    expect(second.effects).toContainEqual({ do: 'dial' })
    expect(second.machine).toMatchObject({ generation: 2, attempt: 2, reason: 'retry' })
    expect(second.machine.status.state).toBe('draining')
    const done = step(second.machine, accepted(2), both)
    expect(done.machine.status.state).toBe('open')
    expect(done.effects).toEqual([{ do: 'drop', generation: 1, why: 'drain' }])
  })

  it('goes on with the successor when the old one ends first', () => {
    const second = step(draining, { type: 'due' }, both).machine
    expect(step(second, { type: 'failed', generation: 1, cause: LOST, decision: RETRY }, both).machine).toMatchObject({
      status: { state: 'preparing' },
      retiring: undefined,
    })
    expect(step(draining, failed(draining), both).machine.status).toMatchObject({ state: 'waiting', reason: 'hint' })
  })

  it('retries and lets the old one go when the successor fails', () => {
    const second = step(draining, { type: 'due' }, both).machine
    const after = step(second, failed(second), both)
    expect(after.machine.status.state).toBe('waiting')
    expect(after.effects).toContainEqual({ do: 'drop', generation: 1, why: 'drain' })
  })

  it('flushes before a close, until that is done, the time is over, or the link is gone', () => {
    for (const event of [{ type: 'flushed' }, { type: 'due' }, failed(flushing)] as const)
      expect(step(flushing, event, env()).machine.status).toEqual({ state: 'closed', outcome: { reason: 'user' } })
  })
})

describe('signals', () => {
  it('probe an open link instead of dropping it', () => {
    for (const signal of ['online', 'offline', 'wake', 'visible', 'restore'] as const) {
      const { machine, effects } = step(open, { type: 'signal', signal }, env())
      expect(machine.status).toBe(open.status)
      expect(effects).toContainEqual({ do: 'probe', network: signal === 'online' })
    }
  })

  it('end a backoff, but not the wait that a server asked for', () => {
    expect(waitOf(step(waiting, { type: 'signal', signal: 'wake' }, env()))).toBe(125)
    const hinted = step(open, failed(open, { act: 'retry', floorMs: 5_000 }), env()).machine
    expect(step(hinted, { type: 'signal', signal: 'wake' }, env()).machine.status).toBe(hinted.status)
  })

  it('freeze lets go of everything, restore comes back', () => {
    const frozen = step(open, { type: 'signal', signal: 'freeze' }, env())
    expect(frozen.machine.status).toEqual({ state: 'suspended', reason: 'hidden' })
    expect(frozen.effects).toContainEqual({ do: 'drop', generation: 1, why: 'freeze' })
    expect(step(frozen.machine, { type: 'signal', signal: 'restore' }, env()).machine.status.state).toBe('preparing')
  })
})

describe('a link in doubt', () => {
  const inDoubt = play(open, [{ type: 'leave', generation: 1, reason: 'doubt', reconnectWindowMs: 0 }]).machine
  const beside = step(inDoubt, { type: 'due' }, env(250))

  it('is read on while another is dialed beside it', () => {
    expect(inDoubt.status).toMatchObject({ state: 'draining', reason: 'doubt' })
    expect(inDoubt.dueAt).toBeLessThanOrEqual(250)
    expect(beside.effects).toEqual([{ do: 'dial' }])
    expect(beside.machine).toMatchObject({ generation: 2, retiring: 1, status: { state: 'draining' } })
  })

  it('stays when anything comes from it first', () => {
    for (const machine of [inDoubt, beside.machine]) {
      const heard = step(machine, { type: 'heard', generation: 1 }, env(300))
      expect(heard.machine.status).toEqual(open.status)
      expect(heard.machine).toMatchObject({ generation: 1, retiring: undefined, doubted: undefined, dueAt: undefined })
      expect(heard.effects).toEqual(machine === inDoubt ? [] : [{ do: 'drop', generation: 2, why: 'doubt' }])
    }
  })

  it('is given up when the other one is open first', () => {
    const { machine, effects } = step(beside.machine, accepted(2), env(300))
    expect(machine).toMatchObject({ status: { state: 'open', since: 300 }, retiring: undefined, doubted: undefined })
    expect(effects).toEqual([{ do: 'drop', generation: 1, why: 'drain' }])
  })

  it('stays when a peer answered the other one with a refusal, since the network works', () => {
    const refused: Cause = { kind: 'dial', status: 409, error: undefined }
    const stop: RetryDecision = { act: 'stop', error: coreError('connection/refused', 'no') }
    expect(step(beside.machine, failed(beside.machine, stop, refused), env()).machine.status).toEqual(open.status)
  })

  it('is given up after three dials without an answer', () => {
    const silent: Cause = { kind: 'deadline', phase: 'dial' }
    let { machine } = beside
    for (let n = 0; n < 2; n++) {
      machine = step(machine, failed(machine, RETRY, silent), env()).machine
      expect(machine.status.state).toBe('draining')
      machine = step(machine, { type: 'due' }, env(machine.dueAt)).machine
    }
    const last = step(machine, failed(machine, RETRY, silent), env())
    expect(last.machine).toMatchObject({ status: { state: 'waiting' }, retiring: undefined, doubted: undefined })
    expect(last.effects).toContainEqual({ do: 'drop', generation: 1, why: 'drain' })
  })

  it('never takes a number twice', () => {
    const heard = step(beside.machine, { type: 'heard', generation: 1 }, env(300)).machine
    const again = play(heard, [
      { type: 'leave', generation: 1, reason: 'doubt', reconnectWindowMs: 0 },
      { type: 'due' },
    ]).machine
    expect(again).toMatchObject({ generation: 3, retiring: 1 })
  })
})

describe('an answer that would be final, after a connection', () => {
  const error = coreError('connection/refused', 'HTTP 404')
  const answer: RetryDecision = { act: 'weather', error }
  const retry = RETRY_PRESETS.eager

  /** Answers the same until it is over, dialing as soon as that is due. */
  function play404(chance: number) {
    let { machine } = step(open, failed(open), env(0, { retry }))
    const dials: number[] = []
    for (let now = machine.dueAt ?? 0; machine.status.state !== 'closed'; now = machine.dueAt ?? now) {
      const at = env(now, { retry, random: () => chance })
      machine = step(machine, { type: 'due' }, at).machine
      if (machine.status.state !== 'preparing') continue
      dials.push(now)
      machine = step(machine, failed(machine, answer), at).machine
    }
    return { machine, dials }
  }

  it.each([0, 0.5, 1])(
    'is tried again for five minutes, twelve times at most, and is then final (chance %d)',
    (chance) => {
      const { machine, dials } = play404(chance)
      const [first = 0] = dials
      expect(machine.status).toEqual({ state: 'closed', outcome: { reason: 'terminal', error } })
      expect(dials.at(-1)).toBe(first + 300_000)
      expect(dials.slice(1, -1).length).toBeLessThanOrEqual(12)
      expect(dials.filter((at) => at < first + 10_000).length).toBeGreaterThanOrEqual(4)
    },
  )

  it('says so while it waits', () => {
    const { machine } = step(open, failed(open, answer), env(1_000, { retry }))
    expect(machine.status).toMatchObject({ state: 'waiting', refusal: { error, finalAt: 301_000 } })
  })

  it('waits as long as the server asks for', () => {
    const { machine } = step(open, failed(open, { ...answer, floorMs: 20_000 }), env(0, { retry }))
    expect(machine.status).toMatchObject({ state: 'waiting', reason: 'hint', until: 22_000 })
  })

  it('starts anew when it is open in between, or something else fails', () => {
    const once = step(open, failed(open, answer), env(0, { retry })).machine
    const dialed = step(once, { type: 'due' }, env(125, { retry })).machine
    expect(step(dialed, accepted(2), env(200, { retry })).machine.grace).toBeUndefined()
    expect(step(dialed, failed(dialed), env(200, { retry })).machine.grace).toBeUndefined()
  })

  it('is not dialed more often because of signals', () => {
    let { machine } = step(open, failed(open, answer), env(0, { retry }))
    const dials: number[] = []
    for (let now = 0; now < 299_000; now += 500) {
      machine = step(machine, { type: 'signal', signal: 'wake' }, env(now, { retry })).machine
      if (machine.dueAt !== undefined && machine.dueAt <= now + 250) {
        machine = step(machine, { type: 'due' }, env(now + 250, { retry })).machine
      }
      if (machine.status.state !== 'preparing') continue
      dials.push(now)
      machine = step(machine, failed(machine, answer), env(now + 250, { retry })).machine
    }
    expect(dials.length).toBeLessThanOrEqual(12)
    expect(machine.status.state).toBe('waiting')
  })
})

describe('links that open and do not last', () => {
  it('are dialed at most twelve times a minute by an eager client, without a long pause', () => {
    const retry = { ...RETRY_PRESETS.eager, jitter: 0, firstMs: 0, baseMs: 0 }
    const dials: number[] = []
    let { machine } = step(INITIAL_MACHINE, { type: 'connect' }, env(0, { retry }))
    for (let now = 0; now < 180_000; now = machine.dueAt ?? now) {
      machine = step(machine, { type: 'due' }, env(now, { retry })).machine
      if (machine.status.state !== 'preparing') continue
      dials.push(now)
      machine = step(machine, accepted(machine.generation), env(now, { retry })).machine
      machine = step(machine, failed(machine), env(now, { retry })).machine
    }
    for (const from of dials) {
      expect(dials.filter((at) => at >= from && at < from + 60_000).length).toBeLessThanOrEqual(12)
    }
    const pauses = dials.slice(1).map((at, index) => at - (dials[index] ?? 0))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(30_000)
  })

  it('do not count where the link lasted', () => {
    const lasted = step(open, { type: 'stable', generation: 1 }, env()).machine
    expect(step(lasted, failed(lasted), env()).machine.flaps).toEqual([])
    expect(step(open, failed(open), env(0, { retry: RETRY_PRESETS.eager })).machine.flaps).toEqual([0])
  })
})

describe('the newest call', () => {
  it('wins: connect() while it closes opens again after that, and close() after that ends it', () => {
    const again = step(flushing, { type: 'connect' }, env()).machine
    expect(again.status).toBe(flushing.status)
    expect(closedAndReopened(again).machine).toMatchObject({ reopen: false, status: { state: 'preparing' } })
    const ended = step(again, { type: 'close', flushMs: 0 }, env()).machine
    expect(ended).toMatchObject({ reopen: false, status: { state: 'closed' } })
  })

  it('is not a suspend() or a freeze while it closes', () => {
    expect(step(flushing, { type: 'suspend' }, env()).machine.status).toBe(flushing.status)
    expect(step(flushing, { type: 'signal', signal: 'freeze' }, env()).machine.status.state).toBe('closed')
  })

  it('dials after the pause that reconnect() was given, with a fresh count', () => {
    for (const machine of [open, waiting, closed, suspended]) {
      const after = step({ ...machine, attempt: 9, failures: 9 }, { type: 'reconnect', afterMs: 500 }, env()).machine
      expect(after).toMatchObject({ attempt: 0, failures: 0, dueAt: 500, status: { state: 'waiting' } })
    }
  })
})
