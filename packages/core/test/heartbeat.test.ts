import {
  type DeadRule,
  type HeartbeatOptions,
  heartbeat,
  inboundSilence,
  type LivenessRule,
  type LivenessWatch,
  mutualBeats,
  WAKE_PROBE_MS,
} from '@holdfast/contract'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { RttSamples } from '../src/support/rtt-samples.ts'

let clock: VirtualClock
let probes: number[]
let told: string[]
let dead: DeadRule | undefined
let watch: LivenessWatch<string>

beforeEach(() => {
  clock = new VirtualClock()
  probes = []
  told = []
  dead = undefined
})

const asks = (options: HeartbeatOptions): LivenessRule<string, string> =>
  heartbeat<string, string>(
    { send: () => void probes.push(clock.now()), answers: (message) => message === 'pong' },
    { atOpen: false, ...options },
  )

function start(options: HeartbeatOptions = {}, proves = true): void {
  startRule(proves ? asks(options) : inboundSilence(options))
}

function startRule(rule: LivenessRule<string, string>): void {
  watch = rule({
    clock,
    traits: { binary: true, ping: true, pause: true, requestHeaders: true },
    send: (message) => told.push(message),
    ping: () => {},
    rtts: new RttSamples(),
    probing: () => 0,
    confirmedUpTo: (rtt) => told.push(`proven ${rtt}`),
    health: (health) => told.push(health),
    doubtful: () => told.push('doubtful'),
    dead: (rule) => {
      dead = rule
    },
  })
}

const answer = () => {
  watch.received()
  expect(watch.answers('pong')).toBe(true)
}

describe('an idle link', () => {
  it('is probed after 10 s of silence, suspect after 20, dead after 30', async () => {
    start()
    await clock.advance(19_999)
    expect([probes, told]).toEqual([[10_000], []])
    await clock.advance(1)
    expect([probes, told]).toEqual([[10_000, 20_000], ['suspect']])
    await clock.advance(10_000)
    expect([dead, clock.pending]).toEqual(['read', 0])
  })

  it.each([
    [{ probeAfterMs: 20, timeoutMs: 100 }],
    [{ timeoutMs: 4_000 }],
    [{ timeoutMs: 12_000 }],
    [{ probeAfterMs: 60_000, timeoutMs: 30_000 }],
  ])('is dead after its timeout, whatever the other numbers say: %o', async (options) => {
    start(options)
    await clock.advance(options.timeoutMs - 1)
    expect([dead, probes.length > 0]).toEqual([undefined, true])
    await clock.advance(1)
    expect([dead, clock.pending]).toEqual(['read', 0])
  })

  it.each([100, 4_000, 12_000])(
    'lives on where every probe is answered in a third of a timeout of %i ms',
    async (timeoutMs) => {
      start({ timeoutMs })
      for (let n = 0; n < 50; n++) {
        const before = probes.length
        while (probes.length === before) await clock.advance(1)
        await clock.advance(Math.floor(timeoutMs / 3))
        answer()
      }
      expect(dead).toBeUndefined()
    },
  )

  it('lives on with every answer, and needs none while anything comes', async () => {
    start()
    for (let second = 0; second < 60; second += 5) {
      await clock.advance(5_000)
      watch.received()
    }
    expect([probes, dead]).toEqual([[], undefined])
    await clock.advance(10_000)
    answer()
    expect([probes.length, told, dead]).toEqual([1, ['proven 0'], undefined])
  })

  it('is live again when anything comes while it is suspect', async () => {
    start()
    await clock.advance(20_000)
    watch.received()
    expect(told).toEqual(['suspect', 'live'])
  })
})

describe('the write side', () => {
  it('is probed though data flows in, and only an answer proves it', async () => {
    start()
    watch.wrote()
    for (let second = 0; second < 25 && dead === undefined; second += 1) {
      await clock.advance(1_000)
      watch.received()
    }
    expect(dead).toBe('write')
    expect(probes[0]).toBe(5_000)
  })

  it('is proven at once on demand', () => {
    start()
    watch.wrote()
    watch.probeNow()
    expect(probes).toEqual([0])
  })
})

describe('a rule that insists on answers', () => {
  const insisting = { everyMs: 30_000, probeAfterMs: 30_000, pongTimeoutMs: 10_000, timeoutMs: 60_000 }
  const busy = async (seconds: number, each: () => void = () => {}): Promise<void> => {
    for (let second = 0; second < seconds && dead === undefined; second += 1) {
      await clock.advance(1_000)
      watch.received()
      each()
    }
  }

  it('ends a busy link whose probes stay unanswered for the timeout, though nothing was written', async () => {
    start(insisting)
    await busy(200)
    expect([dead, clock.now()]).toEqual(['write', 90_000])
    expect(told).toEqual(Array(told.length).fill('suspect'))
  })

  it('ends it at the first where that is the timeout', async () => {
    start({ ...insisting, timeoutMs: 10_000 })
    await busy(200)
    expect([dead, clock.now(), probes]).toEqual(['write', 40_000, [30_000]])
  })

  it('keeps to the timeout when the wait for an answer is shorter', async () => {
    start({ ...insisting, timeoutMs: 10_000, atOpen: true })
    answer()
    await busy(200)
    expect([dead, clock.now()]).toEqual(['write', 40_000])
  })

  it('lets an answer be late behind much data', async () => {
    start(insisting)
    let answered = 0
    await busy(400, () => {
      if (clock.now() - (probes[answered] ?? clock.now()) < 25_000) return
      answered += 1
      answer()
    })
    expect(dead).toBeUndefined()
    expect(answered).toBeGreaterThan(10)
    expect(told).toContain('suspect')
    expect(told).toContain('live')
  })

  it('begins anew after a time in which this side did not read', async () => {
    start(insisting)
    await busy(80)
    watch.paused(true)
    await clock.advance(100_000)
    watch.paused(false)
    await busy(80)
    expect(dead).toBeUndefined()
    await busy(20)
    expect(dead).toBe('write')
  })
})

describe('nothing is concluded from time that the process did not see', () => {
  it('after a late timer only a fresh probe decides', async () => {
    start()
    await clock.suspend(120_000)
    expect([probes, dead]).toEqual([[120_000], undefined])
    await clock.advance(WAKE_PROBE_MS - 1)
    expect(dead).toBeUndefined()
    await clock.advance(1)
    expect(dead).toBe('probe')
  })

  it('nor where the sleep was not counted, which only the wall clock shows', async () => {
    start()
    await clock.suspend(120_000, { monotonic: false })
    await clock.advance(10_000)
    expect([probes.length, dead]).toEqual([1, undefined])
    answer()
    await clock.advance(9_000)
    expect(dead).toBeUndefined()
  })

  it('nor is a sleep hidden by an answer that waited for the waking', async () => {
    start()
    await clock.advance(10_000)
    clock.jump({ monotonicMs: 60_000, epochMs: 60_000 })
    answer()
    expect(probes).toEqual([10_000, 70_000])
    await clock.advance(WAKE_PROBE_MS)
    expect(dead).toBe('probe')
  })

  it('and the probe that decides is given its time again when its own timer was late', async () => {
    start()
    watch.probe(WAKE_PROBE_MS)
    clock.jump({ monotonicMs: WAKE_PROBE_MS + 600, epochMs: WAKE_PROBE_MS + 600 })
    await clock.advance(0)
    expect([probes.length, dead]).toEqual([2, undefined])
  })
})

describe('a hidden page', () => {
  it('is probed as often as one that is seen, and given two minutes for its answers', async () => {
    start()
    watch.hidden(true)
    await clock.advance(10_000)
    expect(probes).toEqual([10_000])
    await clock.advance(119_999)
    expect([told, dead]).toEqual([[], undefined])
    await clock.advance(1)
    expect(dead).toBe('read')
  })

  it('lives on though its timers come a minute late, and is given up all the same when nothing answers', async () => {
    clock.lateness = () => 59_000
    start()
    watch.hidden(true)
    for (let n = 0; n < 20; n++) {
      const before = probes.length
      await clock.advance(70_000)
      expect(probes.length).toBeGreaterThan(before)
      while (told.length < probes.length) answer()
    }
    expect(dead).toBeUndefined()
    await clock.advance(360_000)
    expect(dead).toBe('read')
  })
})

describe('a deadline once set only moves nearer', () => {
  it.each([300, 1_000, 2_000, 2_999])(
    'a dead link is noticed 3 s after the first of many wake signals, %i ms apart',
    async (everyMs) => {
      start()
      await clock.advance(5_000)
      const first = clock.now()
      const signal = (): void => {
        if (dead !== undefined) return
        watch.probe(WAKE_PROBE_MS)
        clock.after(everyMs, signal)
      }
      signal()
      await clock.runUntil(() => dead !== undefined)
      expect([dead, clock.now() - first]).toEqual(['probe', WAKE_PROBE_MS])
    },
  )

  it('each of several probes must be answered in its own time', async () => {
    start()
    watch.probe(10_000)
    await clock.advance(2_000)
    watch.probe(10_000)
    answer()
    await clock.advance(9_999)
    expect(dead).toBeUndefined()
    await clock.advance(1)
    expect(dead).toBe('probe')
  })

  it('a wake signal does not put off the end that an ordinary probe has set', async () => {
    start({ timeoutMs: 12_000 })
    await clock.advance(11_000)
    watch.probe(WAKE_PROBE_MS)
    await clock.advance(1_000)
    expect(dead).toBe('read')
  })

  it('a rule that only listens is not put off by signals', async () => {
    start({}, false)
    for (let second = 0; second < 30 && dead === undefined; second += 2) {
      await clock.advance(2_000)
      watch.probe(WAKE_PROBE_MS)
    }
    expect([dead, clock.now()]).toEqual(['read', 30_000])
  })
})

describe('deadlines count the time of a running loop', () => {
  it('an answer that came while the loop stood still is read before anything is concluded', async () => {
    start()
    watch.probe(WAKE_PROBE_MS)
    await clock.advance(400)
    clock.jump({ monotonicMs: 20_000, epochMs: 20_000 })
    await clock.advance(2_000)
    expect(dead).toBeUndefined()
    answer()
    answer()
    await clock.advance(5_000)
    expect(dead).toBeUndefined()
  })

  it('a loop that stands still again and again notices a dead link all the same', async () => {
    start()
    watch.probe(WAKE_PROBE_MS)
    let ran = 0
    while (dead === undefined && ran < 20_000) {
      await clock.advance(1_500)
      ran += 1_500
      clock.jump({ monotonicMs: 2_500, epochMs: 2_500 })
      await clock.advance(0)
    }
    expect([dead, ran <= 4_500]).toEqual(['probe', true])
  })

  it('a timer that is late by up to 1.5 s each time does not put off the end for long', async () => {
    const random = seededRandom('late')
    clock.lateness = () => random.between(300, 1_500)
    start()
    await clock.runUntil(() => dead !== undefined, 120_000)
    expect(clock.now()).toBeLessThan(60_000)
  })
})

describe('a rule that only listens', () => {
  it('ends the link after 30 s of silence, or 3 s after a wake', async () => {
    start({}, false)
    await clock.advance(29_999)
    expect(dead).toBeUndefined()
    await clock.advance(1)
    expect(dead).toBe('read')
  })
})

describe('a rule that cannot ask', () => {
  it.each([true, false])(
    'says that the link is in doubt after a sleep (counted by the clock: %s)',
    async (monotonic) => {
      start({ timeoutMs: Number.POSITIVE_INFINITY }, false)
      await clock.advance(60_000)
      expect(told).toEqual([])
      await clock.suspend(45_000, { monotonic })
      await clock.advance(5_000)
      expect([told, dead]).toEqual([['doubtful'], undefined])
    },
  )

  it('says nothing of the sort when the page was only hidden, or the loop stood still for a moment', async () => {
    start({ timeoutMs: Number.POSITIVE_INFINITY }, false)
    watch.hidden(true)
    clock.lateness = () => 59_000
    await clock.advance(600_000)
    clock.lateness = undefined
    watch.hidden(false)
    await clock.suspend(15_000)
    await clock.advance(60_000)
    expect(told).toEqual([])
  })
})

it('a heartbeat is silent after stop()', async () => {
  start()
  watch.stop()
  watch.probeNow()
  watch.probe(1)
  watch.hidden(false)
  await clock.advance(100_000)
  expect([probes, dead, clock.pending]).toEqual([[], undefined, 0])
})

describe('a link on which both sides beat', () => {
  const beats = mutualBeats<string, string>({ beat: () => 'beat', everyMs: 10_000, timeoutMs: 20_000 })

  it('gets a beat at set times, lives by those of the peer, and is dead when they stay away', async () => {
    startRule(beats)
    expect([watch.proves, watch.listens]).toEqual([false, true])
    for (let n = 1; n <= 3; n += 1) {
      await clock.advance(10_000)
      watch.received()
      expect(told).toEqual(Array(n).fill('beat'))
    }
    await clock.advance(19_999)
    expect(dead).toBeUndefined()
    await clock.advance(1)
    expect(dead).toBe('read')
    const { length } = told
    await clock.advance(60_000)
    expect(told).toHaveLength(length)
    expect(clock.pending).toBe(0)
  })

  it('leaves nothing when it ends', async () => {
    startRule(beats)
    watch.stop()
    await clock.advance(60_000)
    expect([told, dead, clock.pending]).toEqual([[], undefined, 0])
  })
})
