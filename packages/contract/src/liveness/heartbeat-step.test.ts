import { describe, expect, it } from 'vitest'
import { type HeartbeatOptions, resolveHeartbeat } from './heartbeat-options.ts'
import { type HeartbeatEffect, type HeartbeatEvent, type HeartbeatState, initialHeartbeat } from './heartbeat-state.ts'
import { heartbeatStep } from './heartbeat-step.ts'

/** Time that can be moved, and a link that is stepped through it. */
class Link {
  now = 0
  epoch = 1_000_000
  probeMark = 0
  deadlineMs = 3_000
  readAt = 0
  state: HeartbeatState = initialHeartbeat(0)
  readonly #bounds: ReturnType<typeof resolveHeartbeat>

  constructor(options: HeartbeatOptions = {}) {
    this.#bounds = resolveHeartbeat({ atOpen: false, ...options })
    this.tell('opened')
  }

  /** All that the step may look at is frozen: it must not change it. */
  tell(event: HeartbeatEvent): readonly HeartbeatEffect[] {
    const { now, epoch, readAt, probeMark, deadlineMs } = this
    const env = {
      now,
      epoch,
      readAt,
      probeMark,
      deadlineMs,
      bounds: this.#bounds,
      rtts: { quantile: () => undefined },
    }
    const { state, effects } = heartbeatStep(frozen(this.state), event, frozen(env))
    this.state = state
    return effects
  }

  after(ms: number): this {
    this.now += ms
    this.epoch += ms
    return this
  }

  /** To the moment at which the timer is due. */
  due(): this {
    return this.after((this.state.timer?.dueAt ?? this.now) - this.now)
  }
}

function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null) for (const part of Object.values(value)) frozen(part)
  return Object.freeze(value)
}

describe('the step of a heartbeat', () => {
  it('asks at once, where that is wanted, and waits for the silence otherwise', () => {
    expect(heartbeatStep(initialHeartbeat(0), 'opened', env({})).effects).toEqual(['ask'])
    expect(new Link().state.timer).toMatchObject({ dueAt: 10_000 })
  })

  it('moves the clock of what comes in and says nothing of a link that was well', () => {
    const link = new Link().after(4_000)
    link.readAt = link.now
    expect([link.tell('received'), link.state.timer?.dueAt]).toEqual([[], 10_000])
    expect([link.due().tell('tick'), link.state.timer?.dueAt]).toEqual([[], 14_000])
  })

  it('asks sooner after a write', () => {
    const link = new Link().after(1_000)
    link.tell('wrote')
    expect(link.state).toMatchObject({ unprovenAt: 1_000, wroteSinceProbe: true, timer: { dueAt: 6_000 } })
    expect(link.due().tell('tick')).toEqual(['ask'])
  })

  it('proves what was written before the probe that is answered, and nothing that came after it', () => {
    const link = new Link()
    link.probeMark = 7
    link.tell('probeNow')
    link.after(100).tell('wrote')
    expect(link.after(50).tell('answered')).toEqual([{ rttMs: 150, probeMark: 7 }])
    expect(link.state).toMatchObject({ probes: [], unprovenAt: 0 })
  })

  it('asks once more for who waits for a proof that the answer did not bring', () => {
    const link = new Link()
    link.tell('probeNow')
    link.tell('wrote')
    link.tell('answered')
    expect([link.tell('proved'), link.state.probeRequested]).toEqual([['ask'], true])
    link.tell('answered')
    expect([link.tell('proved'), link.state.probeRequested]).toEqual([[], false])
  })

  it('suspects after one probe without an answer, and ends the link after the second', () => {
    const link = new Link()
    expect(link.due().tell('tick')).toEqual(['ask'])
    const told: HeartbeatEffect[] = []
    while (!link.state.over) told.push(...link.due().tell('tick'))
    expect([told, link.now, link.state.timer]).toEqual([['suspect', 'ask', { dead: 'read' }], 30_000, undefined])
  })

  it('is live again with any frame', () => {
    const link = new Link()
    while (!link.state.suspect) link.due().tell('tick')
    expect([link.tell('received'), link.state.suspect, link.state.missed]).toEqual([['live'], false, 0])
  })

  it('keeps the earlier end of a probe when it is asked for another one', () => {
    const link = new Link()
    link.tell('probe')
    while (link.now < 2_000) link.due().tell('tick')
    link.tell('probe')
    while (!link.state.over) link.due().tell('tick')
    expect(link.now).toBe(3_000)
  })

  it('concludes nothing after a standstill but asks', () => {
    const link = new Link().after(120_000)
    expect([link.tell('tick'), link.state.over]).toEqual([['ask'], false])
    expect(link.state.probes).toMatchObject([{ decisive: true, deadlineAt: 123_000 }])
  })

  it('notices a sleep that only the wall clock has counted', () => {
    const link = new Link().due()
    link.epoch += 60_000
    link.tell('tick')
    expect(link.state.probes).toMatchObject([{ decisive: true }])
  })

  it('waits for nothing while this side does not read, and counts from when it reads on', () => {
    const link = new Link()
    link.tell('probe')
    link.tell('paused')
    expect(link.state.timer).toBeUndefined()
    link.readAt = link.after(60_000).now
    link.tell('resumed')
    expect(link.state).toMatchObject({ paused: false, timer: { dueAt: 70_000 } })
  })

  it('gives the answers to a hidden page two minutes', () => {
    const link = new Link()
    link.tell('probe')
    link.tell('hidden')
    expect(link.state.probes).toMatchObject([{ deadlineAt: 120_000 }])
  })

  it('stays over, whatever comes', () => {
    const link = new Link()
    link.tell('stop')
    const before = link.state
    for (const event of ['received', 'answered', 'wrote', 'probeNow', 'probe', 'tick', 'hidden', 'resumed'] as const) {
      expect([event, link.tell(event), link.state]).toEqual([event, [], before])
    }
  })
})

function env(options: HeartbeatOptions): Parameters<typeof heartbeatStep>[2] {
  const bounds = resolveHeartbeat(options)
  return { now: 0, epoch: 0, readAt: 0, probeMark: 0, deadlineMs: 0, bounds, rtts: { quantile: () => undefined } }
}
