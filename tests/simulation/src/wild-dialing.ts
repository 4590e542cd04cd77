import { CredentialsRefused, inboundSilence, jsonText, OpenError } from '@holdfast/core'
import { oneAnswer } from '@holdfast/core/contract'
import type { Message, SmallWorld } from './small-world.ts'
import type { Scenario } from './wild-case.ts'

/** The most dials in any time of this length. */
function mostDials(world: SmallWorld, windowMs: number): number {
  const counts = world.dials.map((from) => world.dials.filter((at) => at >= from && at < from + windowMs).length)
  return Math.max(0, ...counts)
}

/** How long after now it is open. In milliseconds. */
async function openAfter(world: SmallWorld, connection: { readonly state: string }, mostMs: number): Promise<number> {
  const from = world.clock.now()
  await world.clock.runUntil(() => connection.state === 'open', mostMs).catch(() => {})
  return connection.state === 'open' ? world.clock.now() - from : Number.POSITIVE_INFINITY
}

/** Something between answers for a while what would be final. */
const weather: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 10 })
  const connection = world.connection()
  void connection.connect()
  await world.clock.advance(world.random.integer(500, 20_000))
  const status = world.random.pick([200, 302, 400, 403, 404, 407] as const)
  wild.tell(`something answers ${status}`)
  world.network.dials({ refuse: { status } })
  world.network.reset()
  const from = world.clock.now()
  await world.clock.advance(100)
  const kept = connection.send({ kept: true }, { delivery: 'retry' })
  let opened = 'pending'
  connection.connect().then(
    () => {
      opened = 'open'
    },
    () => {
      opened = 'rejected'
    },
  )
  await world.clock.advance(world.random.integer(1_000, 200_000))
  wild.holds(
    kept.state === 'queued' && opened === 'pending',
    `in the weather the queue is ${kept.state}, connect() ${opened}`,
  )
  wild.holds(world.dials.filter((at) => at >= from).length <= 12, 'it is dialed more than twelve times')
  world.network.dials('none')
  const after = await openAfter(world, connection, 75_000)
  wild.holds(after <= 75_000, `not open 75 s after the weather: ${connection.explain()}`)
  await world.clock.advance(10_000)
  wild.holds(kept.state === 'acked' && opened === 'open', `after it the queue is ${kept.state}, connect() ${opened}`)
  await wild.passing(connection.close())
}

/** What this side does wrong is told at once. */
const mistake: Scenario = async (wild) => {
  const world = wild.begin()
  const code = world.random.pick(['channel/invalid_url', 'channel/invalid_header', 'channel/redirected'] as const)
  world.dialError = () => new OpenError('cannot be dialed so', {}, undefined, code)
  const connection = world.connection()
  let told: unknown
  connection.connect().catch((error: unknown) => {
    told = error
  })
  await world.clock.advance(3_000)
  wild.holds(told !== undefined, `${code}: connect() is pending`)
  wild.holds(world.dials.length === 1, `${code}: ${world.dials.length} dials`)
  await wild.passing(connection.close())
}

/** `connect()`, `close()`, `suspend()` in any order; credentials that are slow, or refused. Every promise settles. */
const wishes: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 30 })
  let running = 0
  let how: 'good' | 'slow' | 'refused' = 'good'
  const connection = world.connection({
    credentials: async () => {
      running += 1
      wild.holds(running === 1, 'a function for credentials is called while it runs')
      if (how === 'slow') await new Promise<void>((done) => world.clock.after(world.random.integer(1, 8_000), done))
      running -= 1
      if (how === 'refused') throw new CredentialsRefused()
      return {}
    },
  })
  const pending = new Map<number, string>()
  let last = ''
  const promised = (what: string, promise: Promise<void>): void => {
    const id = pending.size + world.random.integer(1, 1e9)
    pending.set(id, what)
    const settled = (): void => void pending.delete(id)
    promise.then(settled, settled)
  }
  const WISHES: readonly (readonly [string, () => void])[] = [
    ['connect', () => promised('connect()', connection.connect())],
    ['connect', () => promised('connect()', connection.connect())],
    ['close', () => promised('close()', connection.close())],
    ['suspend', () => connection.suspend()],
  ]
  for (let turn = world.random.integer(2, 10); turn > 0; turn -= 1) {
    how = world.random.pick(['good', 'good', 'slow', 'refused'] as const)
    const [name, run] = world.random.pick(WISHES)
    // A suspend() at rest, or while it closes, changes nothing.
    if (name !== 'suspend' || !['idle', 'closed', 'draining'].includes(connection.state)) last = name
    wild.tell(`${name} (credentials are ${how}) while ${connection.state}`)
    if (world.random.chance(0.4)) connection.send({ unsaid: true }, { delivery: 'retry' })
    run()
    await world.clock.advance(world.random.pick([0, 0, 20, 3_000]))
  }
  await world.clock.advance(60_000)
  const { state } = connection
  wild.holds(pending.size === 0, `${[...pending.values()].join(', ')} still pending in ${state}`)
  if (last === 'connect') wild.holds(state === 'open' || state === 'authRequired', `connect() was last, it is ${state}`)
  if (last === 'close') wild.holds(state === 'closed', `close() was last, it is ${state}`)
  await wild.passing(connection.close())
}

/** A server that is away: the client never ends, never is silent, and is back soon. */
const outage: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 5 })
  const problems: number[] = []
  const connection = world.connection()
  connection.on('problem', () => problems.push(world.clock.now()))
  void connection.connect()
  await world.clock.advance(15_000)
  world.network.reset()
  const blip = await openAfter(world, connection, 60_000)
  wild.holds(blip <= 300, `a blip takes ${Math.round(blip)} ms`)
  await world.clock.advance(15_000)
  const awayMs = world.random.pick([4_000, 20_000, 120_000, 280_000, 900_000])
  wild.tell(`away for ${awayMs} ms`)
  const from = world.clock.now()
  world.network.dials({ refuse: {} })
  world.network.reset()
  await world.clock.advance(awayMs)
  if (awayMs > 5_000) wild.holds((problems[0] ?? Number.POSITIVE_INFINITY) - from <= 5_001, 'nobody is told of it')
  world.network.dials('none')
  const most = awayMs < 30_000 ? 2_100 : awayMs < 300_000 ? 5_100 : 30_100
  const after = await openAfter(world, connection, 400_000)
  wild.holds(after <= most, `back after ${Math.round(after)} ms, ${connection.state}`)
  wild.holds(mostDials(world, 60_000) <= 40 && mostDials(world, 300_000) <= 120, 'it is dialed too often')
  await wild.passing(connection.close())
}

/** A server that accepts and drops is no outage. */
const flaps: Scenario = async (wild) => {
  let serving = false
  const world = wild.begin({
    serve: (channel, clock) =>
      void clock.after(serving ? 1e9 : world.random.integer(0, 300), () => channel.terminate()),
  })
  const connection = world.connection()
  void connection.connect()
  await world.clock.advance(180_000)
  wild.holds(mostDials(world, 60_000) <= 12, `${mostDials(world, 60_000)} dials in a minute`)
  serving = true
  const after = await openAfter(world, connection, 31_000)
  wild.holds(after <= 31_000, 'not open after it serves')
  await wild.passing(connection.close())
}

/** What a runtime says of its network and clock may be wrong. */
const hints: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 10 })
  const aheadMs = world.random.pick([0, 660_000, -660_000])
  world.engine.jump({ epochMs: aheadMs })
  const connection = world.connection({
    protocol: { name: 'tokens', codec: jsonText<Message>(), handshake: async () => undefined },
    credentials: () => ({ expiresAt: world.clock.epoch() + 600_000, headers: { authorization: 'token' } }),
  })
  if (world.random.chance(0.5)) world.signals.fire('offline')
  void connection.connect()
  const lies = world.random.chance(0.5)
  if (lies) world.signals.fire('offline')
  const after = await openAfter(world, connection, 35_000)
  wild.holds(after <= 1_000, `open after ${after} ms though the network works`)
  for (let minute = 0; minute < 8; minute += 1) {
    await world.clock.advance(60_000)
    if (lies) world.signals.fire(world.random.pick(['offline', 'online', 'visible'] as const))
  }
  wild.holds(connection.state === 'open', `it is ${connection.state}`)
  wild.holds(world.dials.length <= 2, `${world.dials.length} dials, the clock is ${aheadMs} ms ahead`)
  await wild.passing(connection.close())
}

/** A dead path, and many reasons to ask at once: each deadline holds. */
const deadPath: Scenario = async (wild) => {
  const world = wild.begin({ latencyMs: 20 })
  // Without a rule of its own: it has that of the transport.
  const connection = world.connection({ protocol: { name: 'plain', codec: jsonText<Message>() } })
  void connection.connect()
  await world.clock.advance(world.random.integer(1_000, 40_000))
  world.network.blackHole(world.random.pick(['toServer', 'toClient', 'both'] as const))
  const isTold = world.random.chance(0.7)
  const from = world.clock.now()
  while (world.drops.length === 0 && world.clock.now() - from < 60_000) {
    if (isTold) world.signals.fire(world.random.pick(['wake', 'visible', 'online'] as const))
    if (world.random.chance(0.3)) connection.send({ is: 'lost' })
    await world.clock.advance(world.random.integer(100, 2_900))
  }
  const noticed = world.clock.now() - from
  wild.holds(noticed <= (isTold ? 3_000 : 30_000) + 2_900, `noticed after ${noticed} ms, told of it: ${isTold}`)
  await wild.passing(connection.close({ flushMs: 0 }))
}

/** Nothing can be asked: after a sleep the path may be another one, and a second link is dialed beside the first. */
const doubt: Scenario = async (wild) => {
  const world = wild.begin({
    latencyMs: 20,
    serve: (channel, clock) => {
      const speak = (): void => {
        channel.send('{"n":1}')
        clock.after(4_000, speak)
      }
      speak()
    },
  })
  const rule = inboundSilence({ timeoutMs: Number.POSITIVE_INFINITY })
  const connection = world.connection({ protocol: { name: 'mute', codec: jsonText<Message>(), liveness: rule } })
  void connection.connect()
  await world.clock.advance(10_000)
  const [old] = world.network.links
  const dies = world.random.chance(0.6)
  if (dies && old !== undefined) world.network.blackHole('both', old)
  const asleepMs = world.random.integer(40_000, 300_000)
  world.sleep(asleepMs, world.random.chance(0.5))
  await world.clock.advance(asleepMs + 15_000)
  wild.holds(connection.state === 'open', `it is ${connection.state}`)
  if (dies) wild.holds(world.drops.length > 0, 'the dead link is still in use')
  await wild.passing(connection.close())
}

/** A request that may have an effect is made once. */
const onceOnly: Scenario = async (wild) => {
  const world = wild.begin({
    serve: (channel, clock) => void clock.after(world.random.integer(0, 900), () => channel.terminate()),
  })
  world.exchange = oneAnswer(false)
  const connection = world.connection()
  void connection.connect()
  await world.clock.advance(60_000)
  wild.holds(world.dials.length === 1, `it is made ${world.dials.length} times`)
  wild.holds(connection.state === 'closed', `it is ${connection.state}`)
  await wild.passing(connection.close())
}

export const dialing: Readonly<Record<string, Scenario>> = {
  weather,
  mistake,
  wishes,
  outage,
  flaps,
  hints,
  deadPath,
  doubt,
  onceOnly,
}
