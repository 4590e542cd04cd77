import type { Timer } from '@holdfast/core'
import { type Fault, randomScript, type SeededRandom } from '@holdfast/testkit'
import type { Trouble } from './setup.ts'
import type { World } from './world.ts'

/** Lets troubles of the world's kinds happen at random moments. Cancel it to have peace. */
export function plan(world: World): { cancel(): void } {
  const { setup, clock } = world
  const timers: Timer[] = []
  const running = setup.troubles.includes('network') ? playNetwork(world) : undefined
  for (const trouble of setup.troubles) {
    const happen = HAPPENINGS[trouble]
    if (happen === undefined) continue
    const random = world.random.fork(trouble)
    for (let count = random.integer(1, 8); count > 0; count -= 1) {
      const at = random.integer(0, setup.durationMs)
      timers.push(clock.after(at, () => happen(world, random)))
    }
  }
  return {
    cancel: () => {
      running?.cancel()
      for (const timer of timers) timer.cancel()
    },
  }
}

/** The network's own script. What it does to links is told to the checks, which must not expect the impossible. */
function playNetwork(world: World): { cancel(): void } {
  const { network, setup, trace, witness } = world
  const random = world.random.fork('faults')
  const script = randomScript(random, {
    durationMs: setup.durationMs,
    faults: random.integer(1, 7),
    usualLatencyMs: setup.latencyMs,
  })
  return network.play(script, {
    happened: (fault) => {
      trace.add('network', JSON.stringify(fault))
      if (fault.kind === 'throttle') witness.impaired(fault.bytesPerSecond !== Number.POSITIVE_INFINITY)
      if (fault.kind === 'black-hole' || fault.kind === 'heal') witness.impaired(fault.kind === 'black-hole')
      if (isDeafening(fault)) witness.deaf(true)
      if (fault.kind === 'heal') witness.deaf(false)
    },
  })
}

function isDeafening(fault: Fault): boolean {
  return fault.kind === 'black-hole' && fault.direction !== 'toServer'
}

type Happening = (world: World, random: SeededRandom) => void

const SERVER: readonly Happening[] = [
  (world) => world.server.forget(),
  ({ server }, random) => server.close(random.pick([1000, 1001, 1002, 1003, 1008, 1011, 1012, 1013, 3000, 4000]), ''),
  ({ server }, random) => server.close(1012, JSON.stringify({ spreadMs: random.integer(0, 8000) })),
  ({ server }, random) => server.goaway(random.integer(0, 6000)),
  ({ server }) => server.babble(),
  ({ server }, random) => {
    server.retained = random.integer(1, 10)
  },
  ({ server }, random) => {
    server.overlap = random.integer(0, 4)
  },
  ({ server }, random) => {
    server.ackAfterMs = random.pick([0, 50, 1000, 4000])
  },
  (world, random) => {
    const { server, network } = world
    if (random.chance(0.5)) server.forget()
    network.restart(random.integer(0, 20_000))
    world.trace.add('server', 'restarts')
  },
  (world, random) => {
    // A socket answers pings while its process hangs: without acks nothing can be said about what the process got.
    if (!world.setup.variant.acks && !world.setup.variant.messagePings) return
    world.server.stall(true)
    world.witness.impaired(true)
    world.clock.after(random.integer(100, 40_000), () => {
      world.server.stall(false)
      world.witness.impaired(false)
    })
  },
  (world, random) => {
    const { server, clock, network, trace } = world
    server.manners = random.pick([
      { kind: 'mute' },
      { kind: 'dropAfterWelcome' },
      { kind: 'dropSoon', ms: random.integer(0, 3000) },
      { kind: 'refuseToken' },
      { kind: 'refuse', how: {} },
      { kind: 'refuse', how: { status: 503, retryAfterMs: random.pick([0, 500, 3_000, 30_000, 900_000]) } },
      { kind: 'refuse', how: { status: random.pick([401, 403, 404, 429, 500, 502]) } },
    ] as const)
    trace.add('server', `from now on ${JSON.stringify(server.manners)}`)
    if (random.chance(0.5)) network.reset()
    clock.after(random.integer(500, 30_000), () => {
      server.manners = { kind: 'normal' }
      trace.add('server', 'from now on normal')
    })
  },
]

const USER: readonly Happening[] = [
  (world) => world.reconnect(),
  (world) => world.connect(),
  (world) => world.awake('retryNow()', () => world.connection.retryNow()),
  (world) => world.awake('reauthenticate()', () => world.connection.reauthenticate()),
  (world, random) => {
    world.awake('suspend()', () => world.connection.suspend())
    world.clock.after(random.integer(0, 10_000), () => world.connect())
  },
  (world, random) => {
    const flushMs = random.pick([0, 100, 1000])
    world.awake(`close({ flushMs: ${flushMs} })`, () => void world.connection.close({ flushMs }))
    if (random.chance(0.8)) world.clock.after(random.integer(0, 10_000), () => world.connect())
  },
  (world, random) => {
    for (let times = random.integer(2, 20); times > 0; times -= 1) world.reconnect()
  },
  (world, random) => {
    for (let times = random.integer(2, 40); times > 0; times -= 1) world.send({ delivery: 'once' })
    if (random.chance(0.5)) world.reconnect()
  },
]

/** What makes a machine or a runtime sleep, jump or dawdle. */
const CLOCK: readonly Happening[] = [
  (world, random) => world.sleep(random.integer(500, 90_000), random.chance(0.5)),
  (world, random) => {
    const [ms, monotonic] = [random.integer(1_000, 90_000), random.chance(0.7)]
    world.witness.probing = () => {
      world.witness.probing = undefined
      world.sleep(ms, monotonic)
    }
  },
  (world, random) => world.jump(0, random.integer(-3_600_000, 3_600_000)),
  (world, random) => world.jump(random.integer(0, 120_000), random.pick([0, 60_000])),
  (world, random) => {
    const lateness = world.random.fork('lateness')
    const most = random.pick([50, 1_000, 8_000, 60_000])
    world.late(() => (lateness.chance(0.5) ? lateness.between(0, most) : 0))
    world.clock.after(random.integer(1_000, 60_000), () => world.late(undefined))
  },
]

const SIGNALS = ['online', 'offline', 'visible', 'hidden', 'wake', 'freeze', 'restore'] as const

const CREDENTIALS: readonly Happening[] = [
  (world, random) => {
    world.provider.how = random.pick(['throws', 'hangs', 'refuses', 'slow'] as const)
    world.clock.after(random.integer(500, 30_000), () => {
      world.provider.how = 'good'
    })
    if (random.chance(0.6)) world.network.reset()
  },
  (world, random) => {
    world.provider.expireInMs = random.pick([1_000, 40_000, 90_000])
    world.provider.everExpired = true
  },
  (world, random) => {
    world.server.leastToken = random.integer(0, 6)
    if (random.chance(0.6)) world.network.reset()
  },
  (world) => world.awake('reauthenticate()', () => world.connection.reauthenticate()),
]

/** Reasons to probe that come closer than an answer may take, while the link may be dead. */
function burst(world: World, random: SeededRandom): void {
  const until = world.clock.now() + random.integer(10_000, 90_000)
  const again = (): void => {
    if (world.clock.now() > until) return
    world.awake('signal of a burst', () => world.signals.fire(random.pick(['wake', 'visible'] as const)))
    world.clock.after(random.between(200, 2_900), again)
  }
  again()
}

const REENTER: readonly ((world: World) => void)[] = [
  (world) => world.reconnect(),
  (world) => void world.connection.close({ flushMs: 0 }),
  (world) => void world.connection.close(),
  (world) => world.connection.suspend(),
  (world) => world.connect(),
  (world) => world.send({ delivery: 'once' }),
  (world) => world.send({ delivery: 'retry' }),
]

const CALLBACKS: readonly Happening[] = [
  (world, random) => {
    world.callbacks.throws = random.pick([0, 0.3, 1])
  },
  (world, random) => {
    const run = random.pick(REENTER)
    world.callbacks.reenter = { where: random.pick(['status', 'message', 'dropped'] as const), run: () => run(world) }
    if (random.chance(0.5)) world.network.reset()
  },
]

const one =
  (happenings: readonly Happening[]): Happening =>
  (world, random) =>
    random.pick(happenings)(world, random)

const HAPPENINGS: Readonly<Record<Trouble, Happening | undefined>> = {
  network: undefined,
  server: one(SERVER),
  user: one(USER),
  clock: one(CLOCK),
  signals: (world, random) => {
    if (random.chance(0.2)) return burst(world, random)
    const signal = random.pick(SIGNALS)
    world.awake(`signal ${signal}`, () => world.signals.fire(signal))
  },
  credentials: one(CREDENTIALS),
  callbacks: one(CALLBACKS),
}
