import { expect, it } from 'vitest'
import { seededRandom } from './seeded-random.ts'
import { VirtualClock } from './virtual-clock.ts'

it('the virtual clock runs timers in order of time, then of arming, and only when time passes', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  clock.after(20, () => ran.push('c'))
  clock.after(10, () => ran.push('a'))
  clock.after(10, () => ran.push('b'))
  clock.after(30, () => ran.push('d'))
  await clock.settle()
  expect(ran).toEqual([])
  await clock.advance(20)
  expect(ran).toEqual(['a', 'b', 'c'])
  expect([clock.now(), clock.pending, clock.nextTimerAt]).toEqual([20, 1, 30])
})

it('the virtual clock agrees with a sorted list over random arming and cancelling', async () => {
  for (let seed = 0; seed < 50; seed += 1) {
    const random = seededRandom(seed)
    const clock = new VirtualClock()
    const ran: number[] = []
    const wanted: { at: number; id: number }[] = []
    for (let id = 0; id < 200; id += 1) {
      const at = random.integer(0, 40)
      const timer = clock.after(at, () => ran.push(id))
      if (random.chance(0.4)) timer.cancel()
      else wanted.push({ at, id })
    }
    expect(clock.pending).toBe(wanted.length)
    await clock.advance(40)
    expect(ran).toEqual(wanted.sort((a, b) => a.at - b.at || a.id - b.id).map(({ id }) => id))
  }
})

it('the virtual clock drains every promise job before the next timer, however deep', async () => {
  const clock = new VirtualClock()
  const seen: string[] = []
  const deep = async (levels: number): Promise<void> => {
    for (let level = 0; level < levels; level += 1) await null
    seen.push('deep')
  }
  clock.after(1, () => void deep(2000))
  clock.after(1, () => seen.push('second'))
  await clock.advance(1)
  expect(seen).toEqual(['deep', 'second'])
})

it('the virtual clock runs chains of ticks and promises before the next timer when whole turns are asked for', async () => {
  const clock = new VirtualClock({ wholeTurns: true })
  const seen: string[] = []
  const chain = (left: number): void => {
    if (left === 0) seen.push('chain')
    else void Promise.resolve().then(() => process.nextTick(chain, left - 1))
  }
  clock.after(1, () => chain(20))
  clock.after(1, () => seen.push('second'))
  await clock.advance(1)
  expect(seen).toEqual(['chain', 'second'])
})

it('the virtual clock runs timers that promise jobs arm within the advanced time', async () => {
  const clock = new VirtualClock()
  const seen: number[] = []
  const chain = async (): Promise<void> => {
    for (let i = 0; i < 5; i += 1) {
      await new Promise<void>((resolve) => clock.after(10, resolve))
      seen.push(clock.now())
    }
  }
  void chain()
  await clock.advance(35)
  expect(seen).toEqual([10, 20, 30])
  await clock.advance(100)
  expect(seen).toEqual([10, 20, 30, 40, 50])
})

it('the virtual clock cancels twice and after the run without effect on others', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  const first = clock.after(1, () => ran.push('first'))
  clock.after(2, () => ran.push('second'))
  await clock.advance(1)
  first.cancel()
  first.cancel()
  expect(clock.pending).toBe(1)
  await clock.advance(1)
  expect(ran).toEqual(['first', 'second'])
})

it('the virtual clock runs until a condition holds and says how long it took', async () => {
  const clock = new VirtualClock({ startMs: 500 })
  let done = false
  clock.after(70, () => {
    done = true
  })
  expect(await clock.runUntil(() => done, 1000)).toBe(70)
  expect(clock.now()).toBe(570)
})

it('a virtual clock names what is pending when a condition does not come true', async () => {
  const clock = new VirtualClock()
  clock.after(5000, () => {})
  await expect(clock.runUntil(() => false, 1000)).rejects.toMatchObject({
    code: 'testkit/limit_reached',
    message: expect.stringContaining('1 timers armed, the next at 5000 ms'),
  })
})

it('the virtual clock rejects a second advance, a negative time and a zero-delay loop', async () => {
  const clock = new VirtualClock({ maxTimersPerInstant: 100 })
  const running = clock.advance(1)
  await expect(clock.advance(1)).rejects.toMatchObject({ code: 'testkit/clock_busy' })
  await running
  await expect(clock.advance(-1)).rejects.toMatchObject({ code: 'testkit/invalid_time' })
  const again = (): void => void clock.after(0, again)
  again()
  await expect(clock.advance(1)).rejects.toMatchObject({ code: 'testkit/runaway' })
})

it('the virtual clock hands a throwing timer to the one who advances and keeps the others', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  clock.after(1, () => {
    throw new Error('broken')
  })
  clock.after(1, () => ran.push('other'))
  await expect(clock.advance(1)).rejects.toThrow('broken')
  await clock.advance(0)
  expect(ran).toEqual(['other'])
})

it('the virtual clock lets wall and monotonic time jump apart', async () => {
  const clock = new VirtualClock({ epochMs: 1_000_000 })
  clock.jump({ epochMs: -400 })
  expect([clock.now(), clock.epoch()]).toEqual([0, 999_600])
  clock.jump({ monotonicMs: 50 })
  expect([clock.now(), clock.epoch()]).toEqual([50, 999_600])
  await clock.advance(10)
  expect([clock.now(), clock.epoch()]).toEqual([60, 999_610])
  expect(() => clock.jump({ monotonicMs: -1 })).toThrow(expect.objectContaining({ code: 'testkit/invalid_time' }))
})

it('the virtual clock runs timers that a jump made overdue late, in order', async () => {
  const clock = new VirtualClock()
  const ran: string[] = []
  clock.after(30, () => ran.push(`b@${clock.now()}`))
  clock.after(20, () => ran.push(`a@${clock.now()}`))
  clock.after(150, () => ran.push(`c@${clock.now()}`))
  clock.jump({ monotonicMs: 100 })
  expect(ran).toEqual([])
  await clock.advance(0)
  expect(ran).toEqual(['a@100', 'b@100'])
  await clock.advance(50)
  expect(ran).toEqual(['a@100', 'b@100', 'c@150'])
})

it('the virtual clock runs overdue timers in the order of their deadlines, whenever they were armed', async () => {
  const clock = new VirtualClock()
  const random = seededRandom(5)
  const deadlines = Array.from({ length: 40 }, () => random.integer(1, 1000))
  const ran: number[] = []
  for (const ms of deadlines) clock.after(ms, () => ran.push(ms))
  await clock.suspend(2000)
  expect(ran).toEqual([...deadlines].sort((a, b) => a - b))
})

it('the virtual clock counts the timers of a process, cancelled, run, or both', async () => {
  const world = new VirtualClock()
  const laptop = world.process()
  const timers = [laptop.after(1, () => {}), laptop.after(2, () => {}), laptop.after(3, () => {})]
  timers[1]?.cancel()
  await world.advance(1)
  for (const timer of timers.slice(0, 2)) timer.cancel()
  expect([laptop.pending, world.pending]).toEqual([1, 1])
})

it('the virtual clock runs nothing during a sleep and everything overdue after it', async () => {
  const clock = new VirtualClock()
  const epoch = clock.epoch()
  const ran: number[] = []
  for (const ms of [10, 1000, 5000]) clock.after(ms, () => ran.push(clock.now()))
  await clock.suspend(3000)
  expect(ran).toEqual([3000, 3000])
  expect(clock.epoch() - epoch).toBe(3000)
})

it('the virtual clock leaves timers their remaining time after a sleep that the monotonic clock does not count', async () => {
  const clock = new VirtualClock()
  const epoch = clock.epoch()
  const ran: number[] = []
  clock.after(10, () => ran.push(clock.now()))
  await clock.advance(4)
  await clock.suspend(3000, { monotonic: false })
  expect([clock.now(), clock.epoch() - epoch, ran.length]).toEqual([4, 3004, 0])
  await clock.advance(6)
  expect(ran).toEqual([10])
})

it('the virtual clock makes timers late by what the hook says', async () => {
  const clock = new VirtualClock({ lateness: (delayMs) => delayMs })
  const ran: number[] = []
  clock.after(10, () => ran.push(clock.now()))
  await clock.advance(19)
  expect(ran).toEqual([])
  await clock.advance(1)
  expect(ran).toEqual([20])
  clock.lateness = undefined
  clock.after(10, () => ran.push(clock.now()))
  await clock.advance(10)
  expect(ran).toEqual([20, 30])
})

it('the virtual clock lets one process sleep while another goes on', async () => {
  const world = new VirtualClock()
  const laptop = world.process()
  const seen: string[] = []
  laptop.after(100, () => seen.push(`laptop ${laptop.now()} at ${world.now()}`))
  world.after(100, () => seen.push(`world ${world.now()}`))
  laptop.sleep(1000)
  await world.advance(500)
  expect(laptop.asleep).toBe(true)
  laptop.after(1, () => seen.push('armed while asleep'))
  await world.advance(500)
  expect(seen).toEqual(['world 100', 'laptop 1000 at 1000', 'armed while asleep'])
  expect([laptop.asleep, laptop.pending, world.pending]).toEqual([false, 0, 0])
})

it('the virtual clock stops the readings of a process in a sleep that it does not count', async () => {
  const world = new VirtualClock()
  const laptop = world.process()
  const ran: string[] = []
  await world.advance(10)
  laptop.after(100, () => ran.push(`${laptop.now()} at ${world.now()}`))
  laptop.sleep(1000, { monotonic: false })
  await world.advance(600)
  expect(laptop.now()).toBe(10)
  await world.advance(450)
  expect([laptop.now(), ran.length]).toEqual([60, 0])
  await world.advance(50)
  expect(ran).toEqual(['110 at 1110'])
})

it('the virtual clock remembers where a timer was armed when asked', () => {
  const clock = new VirtualClock({ trackOrigins: true })
  clock.after(5, () => {})
  expect(clock.pendingTimers()).toMatchObject([{ inMs: 5, origin: expect.stringContaining('virtual-clock.test') }])
})

it('the virtual clock passes until a promise has settled, and settles as it did', async () => {
  const clock = new VirtualClock()
  const after = (ms: number): Promise<void> => new Promise((resolve) => clock.after(ms, resolve))
  expect(await clock.passing(after(70).then(() => 'done'))).toBe('done')
  expect(clock.now()).toBe(70)
  await expect(clock.passing(Promise.reject(new RangeError('no')))).rejects.toThrow('no')
  await expect(clock.passing(after(600), 500)).rejects.toMatchObject({ code: 'testkit/limit_reached' })
  expect(clock.now()).toBe(570)
})
