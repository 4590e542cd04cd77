import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { Delivery, Ring } from '../delivery/delivery.ts'
import { eventFilter } from '../delivery/filters.ts'
import { Slices } from '../delivery/slices.ts'
import { type Feed, Subscription } from '../delivery/subscription.ts'
import { HUB_LIMITS } from '../limits.ts'
import { FanOut } from './fan-out.ts'
import type { Member } from './session-core.ts'

/** A session of many, without a log: what falls out of the ring is asked of `page`. */
class Session implements Feed {
  head = 0
  readonly eventHash = ''
  pages = 0
  readonly failures: unknown[] = []
  readonly ring = new Ring(100, 1_000_000)
  readonly fanOut: FanOut
  readonly members: { readonly member: Member; readonly seen: number[]; readonly told: string[] }[] = []

  constructor(clock: VirtualClock) {
    this.fanOut = new FanOut(new Slices(clock, (error) => this.failures.push(error)), { events: 100, bytes: 1_000_000 })
  }

  recent(n: number): Delivery | undefined {
    return this.ring.get(n) ?? this.fanOut.newest(n)
  }

  async page(): ReturnType<Feed['page']> {
    this.pages += 1
    return { deliveries: [] }
  }

  isPending = (): boolean => false
  isHere = (): boolean => false
  isOver = (): boolean => false

  join(role: 'observer' | 'controller', count: number): void {
    const made = eventFilter([], HUB_LIMITS)
    if (!made.ok) return
    for (let at = 0; at < count; at += 1) {
      const seen: number[] = []
      const told: string[] = []
      const subscription = new Subscription({
        feed: this,
        sink: {
          bufferedBytes: 0,
          drained: () => Promise.resolve(),
          deliver: ({ n }) => void seen.push(n),
          live: () => {},
          mark: () => {},
          gap: () => Promise.resolve(),
          fail: () => {},
        },
        limits: HUB_LIMITS,
        audience: { role, scope: `${role} ${at}`, isDriver: false, resumes: true },
        filter: made.filter,
        after: this.head,
        eventHash: '',
      })
      const principal = { id: 'p', scopes: new Set<string>() }
      const member = {
        principal,
        subscription,
        presence: (_: unknown, text: string) => void told.push(text),
        leadCame: () => {},
        ended: () => {},
      }
      subscription.start()
      this.members.push({ member, seen, told })
      this.fanOut.join(member)
    }
  }

  notify(text: string, bytes = text.length): void {
    const notifying = (what: string) => (member: Member) => member.presence(Object(null), what)
    this.fanOut.notify({ bytes, serve: notifying(text), latest: () => notifying(`latest, after ${text}`) })
  }

  say(): Promise<void> | undefined {
    this.head += 1
    const delivery = new Delivery(
      's',
      { n: this.head, id: `e${this.head}`, kind: 'event', at: 0, payload: null },
      {
        t: 'event',
        event: 'message_update',
        data: {},
        category: 'message',
      },
    )
    this.ring.push(delivery, 100)
    this.fanOut.offer(delivery, 100)
    return this.fanOut.capacity()
  }
}

/** Each batch takes so long that nothing more of the slice is left. */
class SlowClock extends VirtualClock {
  #ms = 0

  override now(): number {
    this.#ms += 10
    return this.#ms
  }
}

async function settled(session: Session): Promise<void> {
  while (session.members.some(({ seen }) => seen.at(-1) !== session.head)) await new Promise(setImmediate)
}

it('a few observers are served before the call returns, many in slices between which others have their turn', async () => {
  const few = new Session(new SlowClock())
  few.join('observer', 60)
  const many = new Session(new SlowClock())
  many.join('controller', 2)
  many.join('observer', 1_000)
  await Promise.resolve()
  void few.say()
  void many.say()
  const served = (session: Session): number => session.members.filter(({ seen }) => seen.length > 0).length
  expect(served(few)).toBe(60)
  expect(served(many)).toBe(2 + 64)
  let turns = 0
  for (; served(many) < 1_002; turns += 1) await new Promise(setImmediate)
  expect(turns).toBeGreaterThan(10)
})

it('every one of many observers has every event once and in order, whatever comes meanwhile, and none reads the log', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 500)
  await Promise.resolve()
  for (let n = 0; n < 400; n += 1) {
    await session.say()
    if (n % 40 === 0) {
      session.join('observer', 20)
      session.fanOut.leave(session.members[n]?.member ?? expect.fail())
      session.members.splice(n, 1)
    }
    if (n % 7 === 0) await new Promise(setImmediate)
  }
  await settled(session)
  for (const { seen } of session.members) expect(seen).toEqual(seen.map((_, at) => (seen[0] ?? 0) + at))
  expect(session.pages).toBe(0)
})

it('events come no faster than observers are served out of memory', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 500)
  await Promise.resolve()
  let ahead = 0
  while (session.say() === undefined) ahead += 1
  expect(ahead).toBeLessThan(100)
  await settled(session)
  expect(session.fanOut.capacity()).toBeUndefined()
})

it('of many controllers the first are served at once and the others in slices', async () => {
  const session = new Session(new SlowClock())
  session.join('controller', 1_000)
  await Promise.resolve()
  void session.say()
  expect(session.members.filter(({ seen }) => seen.length > 0)).toHaveLength(64)
  let ahead = 0
  while (session.say() === undefined) ahead += 1
  expect(ahead).toBeLessThan(100)
  await settled(session)
  for (const { seen } of session.members) expect(seen).toEqual(seen.map((_, at) => 1 + at))
  expect(session.pages).toBe(0)
})

it('a controller waits for no observer', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 1_000)
  session.join('controller', 1)
  await Promise.resolve()
  for (let n = 0; n < 3; n += 1) void session.say()
  expect(session.members.at(-1)?.seen).toEqual([1, 2, 3])
  await settled(session)
})

it('a member that throws is reported, and all others are served, then and later', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 500)
  await Promise.resolve()
  const { member } = session.members[300] ?? expect.fail()
  Object.assign(member, {
    presence: () => {
      throw new Error('gone')
    },
  })
  session.notify('a')
  session.notify('b')
  void session.say()
  await settled(session)
  expect(session.failures).toEqual([new Error('gone'), new Error('gone')])
  const others = session.members.filter(({ told }) => told.length > 0)
  expect(others).toHaveLength(499)
  for (const { told } of others) expect(told).toEqual(['a', 'b'])
})

it('notices that are too many for those who wait become one, of how things are then', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 300)
  await Promise.resolve()
  session.notify('first')
  for (let n = 0; n < 1_000; n += 1) session.notify(`${n}`, 1_000)
  void session.say()
  await settled(session)
  for (const { told } of session.members) expect(told).toEqual(['first', 'latest, after 262'])
  session.notify('then')
  while (session.members.some(({ told }) => told.length < 3)) await new Promise(setImmediate)
})

it('the notifications of members keep their order', async () => {
  const session = new Session(new SlowClock())
  session.join('observer', 300)
  await Promise.resolve()
  for (const text of ['a', 'b', 'c']) {
    session.notify(text)
    void session.say()
  }
  await settled(session)
  while (session.members.some(({ told }) => told.length < 3)) await new Promise(setImmediate)
  for (const { told } of session.members) expect(told).toEqual(['a', 'b', 'c'])
})
