import { Connection, type Credentials, CredentialsRefused, explain, Requests, type SendOptions } from '@holdfast/core'
import {
  recordingLogger,
  SecretAudit,
  type SeededRandom,
  type SimulatedNetwork,
  seededRandom,
  simulatedNetwork,
  VirtualClock,
  type VirtualProcess,
} from '@holdfast/testkit'
import { simulationProtocol } from './client-protocol.ts'
import { plan } from './plan.ts'
import { SimulatedServer } from './server.ts'
import { drawSetup, type Trouble, type WorldSetup } from './setup.ts'
import { tappedTransport } from './tapped-transport.ts'
import { Trace } from './trace.ts'
import { ManualSignals } from './wake-signals.ts'
import type { ClientFrame, ServerFrame } from './wire.ts'
import { type SimulatedConnection, Witness } from './witness.ts'

export interface WorldOptions {
  /** Keep what happened, in words. @defaultValue false */
  readonly trace?: boolean | undefined
  /** Kinds of trouble, instead of those that the seed draws. */
  readonly troubles?: readonly Trouble[] | undefined
}

/** What came of one world. */
export interface WorldResult {
  readonly seed: number
  /** One line for each promise that was broken. */
  readonly violations: readonly string[]
  /** What happened, in order; empty unless asked for. */
  readonly trace: readonly string[]
  readonly counts: Readonly<Record<string, number>>
}

/** What was broken before may be noticed this long after. */
const AFTERMATH_MS = 45_000
/** Both sides go on talking this long. */
const TALK_ON_MS = 15_000
/** How long everything stays healthy at the end, beyond that and the time to come back. */
const CALM_MS = 30_000
/** How often everything that must hold at every moment is looked at. */
const LOOK_MS = 3_000
/** Hints, the dial budget and their jitter may hold a client back this long in health. */
const LONGEST_WAIT_MS = 700_000

/** A function for credentials that hangs is given up well within the time in which a world must recover. */
const PREPARE_MS = 10_000
/** By the clock of the engine, which may jump: so long at least a call is waited for, however it was given up. */
const HUNG_MS = 10_000

/** What callbacks of the app do at the moment. */
export interface Callbacks {
  throws: number
  /** Done inside the next callback of that kind. */
  reenter: { readonly where: 'status' | 'message' | 'dropped'; readonly run: () => void } | undefined
}

/** How the credentials function behaves at the moment. */
export interface Provider {
  how: 'good' | 'throws' | 'hangs' | 'refuses' | 'slow'
  /** Seconds that new credentials are good for. */
  expireInMs: number | undefined
  /** Some may still have to be replaced. */
  everExpired: boolean
}

/** One client, one server, one network, one plan, all from one seed. */
export class World {
  readonly seed: number
  readonly random: SeededRandom
  readonly setup: WorldSetup
  readonly clock = new VirtualClock()
  readonly engine: VirtualProcess
  readonly #app: VirtualProcess
  readonly #card: VirtualProcess
  readonly network: SimulatedNetwork
  readonly server: SimulatedServer
  readonly witness: Witness
  readonly signals = new ManualSignals()
  readonly callbacks: Callbacks = { throws: 0, reenter: undefined }
  readonly provider: Provider = { how: 'good', expireInMs: undefined, everExpired: false }
  readonly trace: Trace
  readonly connection: SimulatedConnection
  readonly #requests: Requests<ServerFrame, ClientFrame>
  readonly #logger = recordingLogger()
  readonly #secret: string
  #token = 0
  /** So long a call that is under way is the only one. */
  #asking = Number.NEGATIVE_INFINITY
  #messages = 0
  #reentering = false
  /** Both sides still have something to say. */
  #traffic = true

  constructor(seed: number, options: WorldOptions) {
    this.seed = seed
    this.random = seededRandom(seed)
    this.setup = drawSetup(this.random.fork('setup'), options.troubles)
    this.engine = this.clock.process()
    this.#app = this.clock.process()
    this.#card = this.clock.process()
    this.trace = new Trace(this.clock, options.trace === true)
    this.#secret = `secret${seed}x${this.random.integer(1e8, 1e9)}`
    this.network = simulatedNetwork({
      clock: this.clock,
      random: this.random.fork('network'),
      conditions: { latencyMs: this.setup.latencyMs },
      windowBytes: this.setup.windowBytes,
    })
    this.witness = new Witness(this.clock, this.engine, this.setup, this.trace)
    this.server = new SimulatedServer(this.network, this.clock, this.random.fork('server'), this.witness, this.trace)
    this.server.overlap = this.setup.replayOverlap
    this.connection = this.#connect()
    this.#requests = new Requests(this.connection, {
      answers: (message) => (message.t === 'answer' ? message.id : undefined),
      clock: this.#app,
      instance: 'ask',
      maxCount: 50,
    })
    this.witness.watches(this.connection)
    this.connection.on('dropped', () => this.#callback('dropped'))
    this.connection.on('status', () => this.#maybeThrow())
  }

  async run(): Promise<void> {
    this.trace.add('check', `world ${this.seed}: ${JSON.stringify(this.setup)}`)
    const running = plan(this)
    this.#look()
    this.#talk()
    this.connect()
    await this.clock.advance(this.setup.durationMs)
    running.cancel()
    await this.#calm()
    await this.#end()
  }

  // ---- what the user can do ---------------------------------------------------------------------

  /** What a person or a runtime does happens only while the machine is awake. */
  awake(what: string, run: () => void): void {
    if (this.engine.asleep) return
    this.trace.add('user', what)
    run()
  }

  connect(): void {
    this.awake('connect()', () => {
      this.witness.started('connect', this.#reentering)
      this.connection.connect()
    })
  }

  reconnect(): void {
    this.awake('reconnect()', () => {
      this.witness.started('reconnect', this.#reentering)
      this.connection.reconnect()
    })
  }

  send(options: SendOptions, thunk = false): void {
    this.#messages += 1
    const label = `m${this.#messages}`
    const message: ClientFrame = { t: 'data', label }
    this.awake(`send ${label} ${options.delivery ?? ''}`, () => {
      const delivery = this.connection.send(thunk ? () => message : message, options)
      this.witness.sends(label, delivery)
      if (this.random.chance(0.2)) delivery.done.catch(() => {})
      if (this.random.chance(0.05)) this.clock.after(this.random.integer(0, 3000), () => delivery.cancel())
    })
  }

  ask(): void {
    this.#messages += 1
    const id = `q${this.#messages}`
    const onDrop = this.random.pick(['reject', 'carry'] as const)
    this.awake(`ask ${id} ${onDrop}`, () => {
      const answer = this.#requests.ask((name) => ({ t: 'ask', id: name }), { id, onDrop, timeoutMs: 20_000 })
      this.witness.asks(id, onDrop, answer)
    })
  }

  /** The whole machine sleeps. */
  sleep(ms: number, monotonic: boolean): void {
    this.trace.add('clock', `sleeps for ${ms} ms${monotonic ? '' : ', not counted by now()'}`)
    for (const process of [this.engine, this.#app, this.#card]) process.sleep(ms, { monotonic })
  }

  jump(monotonicMs: number, epochMs: number): void {
    this.trace.add('clock', `jumps by ${monotonicMs} ms, wall clock by ${epochMs} ms`)
    this.engine.jump({ monotonicMs, epochMs })
  }

  late(lateness: ((delayMs: number) => number) | undefined): void {
    this.trace.add('clock', lateness === undefined ? 'timers are on time' : 'timers are late')
    this.engine.lateness = lateness
  }

  // ---- how it ends ------------------------------------------------------------------------------

  /** Everything is healthy from here on, and the user wants a connection: it must come and stay. */
  async #calm(): Promise<void> {
    this.trace.add('check', '---- calm')
    this.#calmDown()
    const { clock, witness, connection } = this
    await clock.runUntil(() => !this.engine.asleep, 600_000)
    for (const signal of ['restore', 'visible', 'online'] as const) this.signals.fire(signal)
    if (connection.state === 'authRequired') connection.reauthenticate()
    this.connect()
    witness.healthy = true
    const settled = (): boolean => connection.status.state === 'open' && connection.status.stable
    await clock.advance(TALK_ON_MS)
    this.#traffic = false
    await clock.advance(AFTERMATH_MS - TALK_ON_MS)
    this.connect()
    await clock.runUntil(settled, LONGEST_WAIT_MS).catch(() => {
      witness.broken(`I7: not stable ${LONGEST_WAIT_MS} ms after everything was healthy: ${explain(connection)}`)
    })
    const opens = connection.metrics.opens
    await clock.advance(CALM_MS)
    const { queued, unconfirmed } = connection.metrics
    if (queued > 0 || unconfirmed > 0)
      witness.broken(`${queued} messages queued, ${unconfirmed} unconfirmed after ${CALM_MS} ms of health`)
    if (connection.metrics.opens !== opens && !this.provider.everExpired)
      witness.broken('I8: a connection in health did not stay')
  }

  #calmDown(): void {
    const { server, network } = this
    this.provider.how = 'good'
    this.provider.expireInMs = undefined
    this.callbacks.throws = 0
    this.witness.probing = undefined
    this.callbacks.reenter = undefined
    this.late(undefined)
    server.manners = { kind: 'normal' }
    server.leastToken = 0
    server.stall(false)
    for (const kind of [{ kind: 'heal' }, { kind: 'dials', fault: 'none' }] as const) network.apply(kind)
    network.throttle(Number.POSITIVE_INFINITY)
    network.latency(this.setup.latencyMs)
    this.witness.impaired(false)
    this.witness.deaf(false)
  }

  /** After close() nothing is left, and nothing comes back. */
  async #end(): Promise<void> {
    const { clock, witness, connection, network, signals } = this
    this.trace.add('user', 'close()')
    await this.#passing(connection.close())
    if (connection.state !== 'closed') witness.broken(`I3: close() resolved in ${connection.state}`)
    if (signals.listening > 0) witness.broken('I3: still listens to signals after close()')
    if (this.engine.pending > 0) witness.broken(`I3: ${this.engine.pending} timers are armed after close()`)
    for (const signal of ['offline', 'online', 'visible', 'wake'] as const) signals.fire(signal)
    await clock.advance(2_500)
    if (network.links.length > 0) witness.broken(`I3: ${network.links.length} links are left after close()`)
    witness.finished()
    this.#checkSecrets()
    await clock.advance(400_000)
    if (connection.state !== 'closed') witness.broken(`I11: ${connection.state} after close()`)
  }

  async #passing(promise: Promise<void>): Promise<void> {
    let settled = false
    const done = (): void => {
      settled = true
    }
    promise.then(done, done)
    await this.clock.runUntil(() => settled, 10_000).catch(() => this.witness.broken('I3: close() did not resolve'))
  }

  /** I10: what it says of itself never holds a credential. */
  #checkSecrets(): void {
    if (this.seed % 8 !== 0) return
    const audit = new SecretAudit([this.#secret])
    audit.shown('the log', this.#logger.text())
    audit.shown('the history', this.connection.history)
    audit.shown('the status', [this.connection.status, this.connection.lastCause, explain(this.connection)])
    for (const violation of audit.violations()) this.witness.broken(`I10: ${violation}`)
  }

  // ---- the parts --------------------------------------------------------------------------------

  #connect(): SimulatedConnection {
    const { setup, witness } = this
    const inner = this.network.transportFor({ clock: this.#card })
    return new Connection({
      transport: tappedTransport(inner, witness, () => this.network.dialCount),
      target: 'ws://server/',
      deadlines: { prepareMs: PREPARE_MS },
      credentials: ({ reason }) => {
        // Renewing in band is no dial.
        if (reason !== 'rotate') witness.attempts()
        return this.#credentials()
      },
      protocol: simulationProtocol(setup.variant, () => {}),
      onMessage: (message) => {
        witness.message(message)
        this.#callback('message')
        this.#maybeThrow()
      },
      onStatus: (status, previous) => {
        witness.changed(status, previous)
        this.#callback('status')
        this.#maybeThrow()
      },
      retry: setup.retry,
      outbox: { maxCount: setup.maxCount, maxBytes: setup.maxBytes },
      stableAfterMs: setup.stableAfterMs,
      signals: this.signals,
      clock: this.engine,
      random: this.random.fork('engine'),
      logger: this.#logger,
    })
  }

  #callback(where: 'status' | 'message' | 'dropped'): void {
    const { reenter } = this.callbacks
    if (reenter === undefined || reenter.where !== where) return
    this.callbacks.reenter = undefined
    this.trace.add('user', `inside a ${where} callback:`)
    this.#reentering = true
    reenter.run()
    this.#reentering = false
  }

  #maybeThrow(): void {
    if (this.callbacks.throws > 0 && this.random.chance(this.callbacks.throws)) throw new Error('a callback threw')
  }

  async #credentials(): Promise<Credentials<ClientFrame>> {
    const { how, expireInMs } = this.provider
    this.trace.add('user', `is asked for credentials: ${how}`)
    if (how === 'hangs') await new Promise(() => {})
    const now = this.engine.now()
    if (this.#asking > now) this.witness.broken('A function for credentials is called while it runs')
    this.#asking = now + HUNG_MS
    try {
      return await this.#issue(how, expireInMs)
    } finally {
      this.#asking = Number.NEGATIVE_INFINITY
    }
  }

  async #issue(how: Provider['how'], expireInMs: number | undefined): Promise<Credentials<ClientFrame>> {
    if (how === 'throws') throw new Error('the provider threw')
    if (how === 'refuses') throw new CredentialsRefused()
    if (how === 'slow') await new Promise<void>((done) => this.#app.after(this.random.integer(10, 4000), done))
    this.#token += 1
    const expiresAt = expireInMs === undefined ? undefined : this.engine.epoch() + expireInMs
    return { headers: { authorization: `${this.#secret}-${this.#token}` }, expiresAt }
  }

  #look(): void {
    this.clock.after(LOOK_MS, () => {
      if (this.connection.state === 'closed' && !this.#traffic) return
      this.witness.look(0)
      this.#look()
    })
  }

  /** Both sides have something to say now and then. */
  #talk(): void {
    const { random, setup } = this
    this.clock.after(random.integer(1, setup.quietMs), () => {
      if (!this.#traffic) return
      for (let burst = random.chance(0.1) ? 5 : 1; burst > 0; burst -= 1) this.#say()
      this.#talk()
    })
  }

  #say(): void {
    const { random, setup } = this
    if (random.chance(0.5)) return this.server.emit()
    if (random.chance(0.15)) return this.ask()
    const delivery = random.pick(
      setup.variant.acks
        ? (['ordered', 'ordered', 'once', 'retry', 'volatile'] as const)
        : (['once', 'retry', 'volatile'] as const),
    )
    const key = delivery === 'volatile' && random.chance(0.5) ? 'cursor' : undefined
    const expiresInMs = random.chance(0.1) ? random.integer(1, 5000) : undefined
    this.send({ delivery, key, expiresInMs }, setup.maxBytes > 1e6 && random.chance(0.1))
  }
}

/** Lives one world from its seed to its end. Never rejects: what breaks is a violation. */
export async function runWorld(seed: number, options: WorldOptions = {}): Promise<WorldResult> {
  const world = new World(seed, options)
  const thrown: string[] = []
  try {
    await world.run()
  } catch (error) {
    thrown.push(`the world ended with ${error instanceof Error ? error.stack : String(error)}`)
  }
  return {
    seed,
    violations: [...thrown, ...world.witness.violations()],
    trace: world.trace.lines,
    counts: world.witness.counts(),
  }
}
