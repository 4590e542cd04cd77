import { silentLogger } from '@holdfast/contract'
import { leakGuard, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { LogEvent } from '../append.ts'
import { LogError } from '../errors.ts'
import { memoryLog } from '../memory-log.ts'
import type { SessionLog } from '../session-log.ts'
import { Replica } from './replica.ts'
import type { ReplicaLoad, ReplicaOptions, ReplicaState } from './replica-options.ts'

/** Everything that was applied, in order. */
class Words implements ReplicaState<string> {
  n = 0
  words: string[] = []

  apply({ n, payload }: LogEvent): string {
    this.n = n
    this.words.push(String(payload))
    return String(payload)
  }

  snapshot(): unknown {
    return { v: 1, words: [...this.words] }
  }

  restore(n: number, snapshot: unknown): boolean {
    if (typeof snapshot !== 'object' || snapshot === null || !('words' in snapshot)) return false
    if (!Array.isArray(snapshot.words)) return false
    this.n = n
    this.words = snapshot.words.map(String)
    return true
  }
}

/** A memory log whose methods can be made to fail, or to take their time, by name; and whose tails can be broken. */
class TroubledLog {
  readonly log = memoryLog({ limits: { maxSessionEvents: 50, pageEvents: 10 } })
  /** Called before every method; what it throws is the method's answer. */
  before: (method: string) => void | Promise<void> = () => {}
  tails = new AbortController()
  readonly seen: SessionLog = new Proxy(this.log, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (name === 'tail') return (...args: Parameters<SessionLog['tail']>) => this.#tail(...args)
      if (typeof member !== 'function') return member
      return async (...args: unknown[]) => {
        await this.before(String(name))
        return Reflect.apply(member, target, args)
      }
    },
  })

  breakTails(): void {
    this.tails.abort()
    this.tails = new AbortController()
  }

  async *#tail(...[session, options]: Parameters<SessionLog['tail']>): ReturnType<SessionLog['tail']> {
    await this.before('tail')
    const broken = this.tails.signal
    const signal = AbortSignal.any([options.signal, broken])
    yield* this.log.tail(session, { ...options, signal })
    if (broken.aborted) throw away()
  }
}

const away = (): LogError => new LogError('log/unavailable', 'expected a log that answers')

let clock: VirtualClock
let troubled: TroubledLog
const replicas: Replica<Words, string>[] = []
const told: { applied: string[]; loads: ReplicaLoad[]; ends: unknown[] } = { applied: [], loads: [], ends: [] }

beforeEach(async () => {
  clock = new VirtualClock()
  troubled = new TroubledLog()
  Object.assign(told, { applied: [], loads: [], ends: [] })
  await troubled.log.createSession('s')
})

afterEach(async () => {
  for (const replica of replicas.splice(0)) await replica.close()
  await troubled.log.close()
  leakGuard({ clock }).noLeaks()
})

function replicaOf(options: Partial<ReplicaOptions<Words, string>> = {}): Replica<Words, string> {
  const log = troubled.seen
  const replica = new Replica<Words, string>({
    log,
    session: 's',
    open: async () => (await log.createSession('s')).session,
    empty: () => new Words(),
    loaded: (load) => void told.loads.push(load),
    applied: (_event, word) => void told.applied.push(word),
    snapshotEvents: 1_000,
    retention: () => ({ maxEvents: 1 }),
    recovery: { pause: (_failures, signal) => pause(signal) },
    ended: (error) => void told.ends.push(error),
    producer: 'p',
    idPrefix: `r${replicas.length}`,
    clock,
    logger: silentLogger,
    ...options,
  })
  replicas.push(replica)
  return replica
}

function pause(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      timer.cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = clock.after(100, done)
    signal.addEventListener('abort', done)
  })
}

async function started(options?: Partial<ReplicaOptions<Words, string>>): Promise<Replica<Words, string>> {
  const replica = replicaOf(options)
  await replica.start()
  return replica
}

/** Somebody else's event. */
async function write(word: string): Promise<number> {
  const events = [{ id: word, kind: 'word', at: 0, payload: word }]
  const result = await troubled.log.append('s', events, { producer: { id: 'other', fence: 0 } })
  return result.outcome === 'appended' ? result.last : 0
}

async function writeAll(from: number, to: number): Promise<void> {
  for (let n = from; n <= to; n++) await write(`${n}`)
}

const range = (from: number, to: number): string[] => Array.from({ length: to - from + 1 }, (_, i) => `${from + i}`)

/** Lets real and virtual time pass until something holds. */
async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; !holds(); turns++) {
    if (turns > 2_000) throw new Error('expected it to hold by now')
    await clock.advance(50)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

describe('a replica', () => {
  it('loads what is there, page by page, then follows what anybody writes', async () => {
    await writeAll(1, 25)
    let pages = 0
    const replica = await started({ grew: () => pages++ })
    expect(replica.state.words).toEqual(range(1, 25))
    expect([pages, told.applied.length]).toEqual([3, 0])
    expect(told.loads).toMatchObject([{ isFirst: true, isAnotherLife: false, epoch: replica.epoch }])
    expect(told.loads[0]?.eventHash).toBe((await troubled.log.head('s')).eventHash)
    await replica.append([{ kind: 'word', payload: 'ours' }])
    await replica.reached(await write('theirs'))
    expect(told.applied).toEqual(['ours', 'theirs'])
    expect(replica.state.words.slice(-2)).toEqual(['ours', 'theirs'])
  })

  it('has no seam between what it loads and what is written meanwhile', async () => {
    await writeAll(1, 5)
    troubled.before = async (method) => {
      if (method === 'read' || method === 'head') await write(`during ${method}`)
      troubled.before = () => {}
    }
    const replica = await started()
    await replica.synced()
    const { events } = await troubled.log.read('s', { after: 0 })
    expect(replica.state.words).toEqual(events.map(({ payload }) => payload))
  })

  it('goes on from its snapshot, which is what another one made of every event', async () => {
    const first = await started({ snapshotEvents: 10 })
    await writeAll(1, 34)
    await first.synced()
    await until(() => first.state.n === 34)
    await first.close()
    await expect.poll(async () => (await troubled.log.head('s')).first).toBeGreaterThan(1)
    const second = await started()
    expect(second.state.words).toEqual(range(1, 34))
  })

  it('stores a large state less often, and has its log trimmed all the same', async () => {
    const replica = await started({
      snapshotEvents: 10,
      snapshotDistance: () => 35,
      retention: () => ({ maxEvents: 20 }),
    })
    const stored: number[] = []
    for (let n = 1; n <= 120; n++) {
      await replica.append([{ kind: 'word', payload: `${n}` }])
      await replica.reached(n)
      await new Promise(setImmediate)
      const { n: at = 0 } = (await troubled.log.snapshot('s')) ?? {}
      if (at !== stored.at(-1)) stored.push(at)
      const { first, last } = await troubled.log.head('s')
      expect(last - first).toBeLessThan(35 + 10 + 20)
    }
    expect(stored).toEqual([0, 40, 80, 120])
  })

  it('applies every event that is left where the snapshot cannot be read', async () => {
    await writeAll(1, 5)
    await troubled.log.putSnapshot('s', 5, 'of another version')
    expect((await started()).state.words).toEqual(range(1, 5))
  })

  it('stores a snapshot when it is closed, where enough came since the last one', async () => {
    const replica = await started()
    await writeAll(1, 5)
    await replica.synced()
    await replica.close(6)
    expect(await troubled.log.snapshot('s')).toBeNull()
    const next = await started()
    await next.close(5)
    expect(await troubled.log.snapshot('s')).toMatchObject({ n: 5 })
  })

  it('makes room in a full log and writes then what was refused, in order', async () => {
    const replica = await started()
    for (const payload of range(1, 120)) {
      const result = await replica.append([{ kind: 'word', payload }], { key: `k${payload}` })
      expect(result.outcome).toBe('appended')
    }
    await replica.synced()
    expect(replica.state.words).toEqual(range(1, 120))
    expect(await replica.append([{ kind: 'word', payload: 'again' }], { key: 'k120' })).toMatchObject({
      outcome: 'duplicate',
    })
  })

  it('says when an event was applied; not longer than asked, and not after its end', async () => {
    const replica = await started()
    const reached: string[] = []
    void replica.reached(1).then(() => reached.push('event'))
    void replica.reached(2, 1_000).then(() => reached.push('timeout'))
    void replica.reached(3).then(() => reached.push('end'))
    await write('1')
    await until(() => reached.length > 0)
    await clock.advance(1_000)
    await until(() => reached.length > 1)
    await replica.close()
    await until(() => reached.length > 2)
    expect(reached).toEqual(['event', 'timeout', 'end'])
    expect(told.ends).toEqual([])
  })
})

describe('a replica whose log fails', () => {
  it('rejects where it cannot load, and follows nothing', async () => {
    troubled.before = (method) => {
      if (method === 'read') throw away()
    }
    await expect(replicaOf().start()).rejects.toMatchObject({ code: 'log/unavailable' })
  })

  it('goes on where it was, with every event once and in order, however often a tail breaks', async () => {
    const replica = await started()
    for (let n = 1; n <= 40; n++) {
      if (n % 3 === 0) troubled.breakTails()
      await write(`${n}`)
    }
    await until(() => replica.state.n === 40)
    expect(told.applied).toEqual(range(1, 40))
    expect(told.loads).toHaveLength(1)
  })

  it('comes back after a while in which nothing answers, and waits before each try', async () => {
    const replica = await started()
    let tries = 0
    troubled.before = (method) => {
      if (method === 'tail') tries++
      throw away()
    }
    troubled.breakTails()
    await clock.advance(1_000)
    await until(() => tries > 0)
    expect(tries).toBeLessThanOrEqual(40)
    troubled.before = () => {}
    await write('1')
    await until(() => replica.state.n === 1)
  })

  it('takes up the snapshot of another one where the log went on without it', async () => {
    const behind = await started()
    troubled.before = (method) => {
      if (method === 'tail') throw away()
    }
    troubled.breakTails()
    const awake = new Words()
    for (let n = 1; n <= 30; n++) {
      await write(`${n}`)
      awake.apply({ n, id: `${n}`, kind: 'word', at: 0, payload: `${n}` })
    }
    await troubled.log.putSnapshot('s', 30, awake.snapshot())
    await troubled.log.trim('s', { maxEvents: 1 })
    await write('31')
    troubled.before = () => {}
    await until(() => behind.state.n === 31)
    expect(behind.state.words).toEqual(range(1, 31))
    expect(told.loads).toMatchObject([{ isFirst: true }, { isFirst: false, isAnotherLife: false }])
  })

  it('begins anew where its session did, also where that happens while it loads', async () => {
    const replica = await started()
    await write('before')
    await until(() => replica.state.n === 1)
    const { epoch } = replica
    troubled.before = async (method) => {
      if (method !== 'snapshot') return
      troubled.before = () => {}
      await troubled.log.removeSession('s')
      await troubled.log.createSession('s')
      await write('after')
    }
    await troubled.log.removeSession('s')
    await until(() => replica.epoch !== epoch && replica.state.n === 1)
    expect(replica.state.words).toEqual(['after'])
    expect(told.loads.at(-1)).toMatchObject({ isFirst: false, isAnotherLife: true })
    expect(replica.epoch).toBe((await troubled.log.head('s')).epoch)
  })

  it('ends once and says why where nothing recovers it: its log was cut, removed or closed', async () => {
    for (const harm of ['removed', 'broken', 'closed']) {
      await troubled.log.createSession('s')
      const replica = await started({ recovery: undefined })
      told.ends = []
      if (harm === 'removed') await troubled.log.removeSession('s')
      else if (harm === 'broken') troubled.breakTails()
      else await troubled.log.close()
      await until(() => replica.signal.aborted)
      const code = harm === 'removed' ? 'log/unknown_session' : 'log/unavailable'
      expect(told.ends).toMatchObject([{ code }])
      await replica.reached(1_000)
    }
  })
})
