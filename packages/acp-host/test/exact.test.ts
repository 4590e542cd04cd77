import { type AcpStream, type AcpStreamOptions, acpStream } from '@holdfast/acp'
import { leakGuard, randomScript, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import type { AcpEndpointLimits } from '../src/index.ts'
import { AgentWorld } from './support/agent-world.ts'
import { SdkClient, saidBy } from './support/sdk-client.ts'
import { VirtualGateway } from './support/virtual-gateway.ts'
import { WorldService } from './support/world-service.ts'

/** A gateway that can die, agents that do not, and the SDK's client on our stream, all in virtual time. */
class World {
  readonly clock = new VirtualClock()
  readonly network = simulatedNetwork({ clock: this.clock, conditions: { latencyMs: 5 } })
  /** Between two updates. */
  pauseMs = 10
  readonly agents = new AgentWorld(() => new Promise((resolve) => this.clock.after(this.pauseMs, resolve)))
  /** The client's machine. */
  readonly laptop = this.clock.process()
  readonly services: WorldService[] = []
  readonly stream: AcpStream
  readonly sdk: SdkClient
  readonly notices: string[] = []
  readonly #limits: Partial<AcpEndpointLimits>
  gateway: VirtualGateway

  constructor(options: Partial<AcpStreamOptions> = {}, limits: Partial<AcpEndpointLimits> = {}) {
    this.#limits = limits
    this.gateway = this.#newGateway()
    this.stream = acpStream({
      transport: this.network.transportFor({ clock: this.laptop }),
      url: 'ws://gateway/acp',
      clock: this.laptop,
      random: seededRandom(3),
      onNotice: ({ kind }) => this.notices.push(kind),
      ...options,
    })
    this.sdk = new SdkClient(this.stream)
  }

  get service(): WorldService {
    const service = this.services.at(-1)
    if (service === undefined) throw new Error('no service')
    return service
  }

  #newGateway(): VirtualGateway {
    const service = new WorldService(this.agents)
    this.services.push(service)
    return new VirtualGateway(this.network, this.clock, service, this.#limits)
  }

  /** As with kill -9 and a restart after so long. */
  async kill(downMs: number): Promise<void> {
    this.service.die()
    this.gateway.die()
    await this.clock.advance(downMs)
    this.gateway = this.#newGateway()
  }

  passing<T>(promise: PromiseLike<T>): Promise<T> {
    return this.clock.passing(promise)
  }

  async end(): Promise<void> {
    await this.clock.runUntil(() => this.stream.isConnected)
    // The next ping asks for it.
    await this.clock.advance(15_000)
    expect(this.stream.metrics).toMatchObject({ queued: 0, unconfirmed: 0 })
    await this.passing(this.stream.close())
    await this.clock.advance(10)
    expect(this.service.size).toBe(0)
    this.gateway.die()
    await this.clock.advance(200_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

const TURN = { updates: 2_000, asksAfter: 1_000 }

describe('the SDK client on our stream, at our gateway', () => {
  it('has a turn without faults as it was said', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    expect(await world.passing(world.sdk.prompt(sessionId, TURN))).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(TURN))
    expect(world.stream.isExact).toBe(true)
    await world.end()
  })

  it.each([1, 2, 3, 4, 5])(
    'has a turn of 2,000 updates through 20 cuts of every kind and a gateway that is killed in the middle, seed %s',
    async (seed) => {
      const world = new World()
      const sessionId = await world.passing(world.sdk.session())
      world.pauseMs = 150
      const script = randomScript(seededRandom(seed), { durationMs: 300_000, faults: 20, usualLatencyMs: 5 })
      world.network.play(script)
      const prompted = world.sdk.prompt(sessionId, TURN)
      await world.clock.advance(160_000)
      await world.kill(2_000)
      await world.clock.advance(100_000)
      expect(await world.passing(prompted)).toBe('end_turn')
      expect(world.sdk.text).toBe(saidBy(TURN))
      expect(world.sdk.asked).toHaveLength(1)
      expect(world.agents.turns).toBe(1)
      await world.clock.advance(300_000)
      await world.end()
    },
  )

  it('has it through gateways that are killed, with what they knew', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    const prompted = world.sdk.prompt(sessionId, TURN)
    for (let kills = 0; kills < 5; kills += 1) {
      await world.clock.advance(2_003)
      await world.kill(1_500)
    }
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(TURN))
    expect(world.sdk.asked).toHaveLength(1)
    expect(world.agents.turns).toBe(1)
    expect(world.notices).toEqual([])
    await world.end()
  })

  it('has a question that was asked before the gateway died answered behind it', async () => {
    const world = new World()
    let answer = (): void => {}
    world.sdk.answer = () => new Promise((resolve) => (answer = resolve))
    const sessionId = await world.passing(world.sdk.session())
    const turn = { updates: 20, asksAfter: 10 }
    const prompted = world.sdk.prompt(sessionId, turn)
    await world.clock.runUntil(() => world.sdk.asked.length === 1)
    await world.kill(60_000)
    answer()
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(turn))
    expect(world.sdk.asked).toHaveLength(1)
    await world.end()
  })

  it('has a prompt that was under way to a gateway that died done once', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    world.network.blackHole('toClient')
    const prompted = world.sdk.prompt(sessionId, { updates: 5 })
    await world.clock.advance(1_000)
    expect(world.agents.turns).toBe(1)
    world.network.heal('reset')
    await world.kill(100)
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy({ updates: 5 }))
    expect(world.agents.turns).toBe(1)
    await world.end()
  })

  it('has a message whose acknowledgement was lost reach the service once', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    world.network.blackHole('toClient')
    const cancelled = world.sdk.agent.notify('session/cancel', { sessionId })
    const listed = world.sdk.agent.request('session/list', {}).catch(({ code }) => code)
    await world.clock.advance(1_000)
    world.network.heal('reset')
    await world.passing(cancelled)
    expect(await world.passing(listed)).toBe(-32601)
    await world.clock.advance(1_000)
    expect(world.stream.metrics.unconfirmed).toBe(0)
    const methods = world.service.received.flatMap((message) => ('method' in message ? [message.method] : []))
    expect(methods).toEqual(['initialize', 'session/new', 'session/cancel', 'session/list'])
    await world.end()
  })

  it('goes on from the log where it was away for longer than the gateway remembers', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    const prompted = world.sdk.prompt(sessionId, TURN)
    await world.clock.advance(500)
    world.network.dials({ refuse: {} })
    world.network.reset()
    await world.clock.advance(130_000)
    expect(world.gateway.size).toBe(0)
    world.network.dials('none')
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(TURN))
    await world.end()
  })

  it.each([
    ['whose clock stood still', false],
    ['whose clock went on', true],
  ])('has it on a laptop that is asleep for ten minutes, %s', async (_what, monotonic) => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    const prompted = world.sdk.prompt(sessionId, TURN)
    await world.clock.advance(5_000)
    world.laptop.sleep(600_000, { monotonic })
    await world.clock.advance(600_000)
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(TURN))
    expect(world.sdk.asked).toHaveLength(1)
    await world.end()
  })

  it('goes on from the log where it read too slowly, within what the gateway keeps', async () => {
    const world = new World({}, { maxUnreadBytes: 20_000, askAckBytes: 5_000 })
    const sessionId = await world.passing(world.sdk.session())
    const prompted = world.sdk.prompt(sessionId, TURN)
    await world.clock.advance(500)
    world.network.throttle(2_000, 'toClient')
    await world.clock.advance(20_000)
    world.network.throttle(Number.POSITIVE_INFINITY, 'toClient')
    expect(await world.passing(prompted)).toBe('end_turn')
    expect(world.sdk.text).toBe(saidBy(TURN))
    await world.end()
  })

  it('says that events are missing where the log has lost the session', async () => {
    const world = new World()
    const sessionId = await world.passing(world.sdk.session())
    world.agents.sessions.clear()
    await world.kill(100)
    await expect(world.passing(world.sdk.prompt(sessionId, { updates: 1 }))).rejects.toMatchObject({ code: -32002 })
    expect(world.notices).toEqual(['events_missing'])
    await world.end()
  })
})
