import type { DeliveryReport } from '@holdfast/core'
import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach } from 'vitest'
import { TrackerAgent, type TrackerAgentOptions, type TrackerError } from '../src/index.ts'

export type Peer = Awaited<ReturnType<ReturnType<typeof scriptedServer>['peer']>>

export const WELCOME = {
  type: 'auth.ok',
  data: { lobby_chat_id: 'lobby', projects: [{ id: 'p', slug: 's', name: 'n', chat_id: 'c' }], online: ['ann'] },
}

/** A clock, a network, a scripted tracker and agents that are stopped after each test. */
export class World {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock: this.clock })
  server = scriptedServer({ network: this.network, clock: this.clock })
  errors: TrackerError[] = []
  reports: DeliveryReport[] = []
  readonly #made: TrackerAgent[] = []

  agent(options: Partial<TrackerAgentOptions> = {}): TrackerAgent {
    const made = new TrackerAgent({
      transport: this.network.transport,
      url: 'http://tracker/',
      token: 'secret',
      clock: this.clock,
      random: seededRandom(5),
      onProblem: (problem) => this.errors.push(problem),
      onDelivery: (report) => this.reports.push(report),
      ...options,
    })
    this.#made.push(made)
    return made
  }

  /** Accepts the next dial and its auth; eats the heartbeat that follows and answers it. */
  async accepts(): Promise<Peer> {
    const peer = await this.server.peer()
    await peer.receives({ type: 'auth', token: 'secret' })
    peer.sends(WELCOME)
    await peer.receives({ type: 'heartbeat' })
    peer.sends({ type: 'heartbeat.ack' })
    return peer
  }

  async started(options?: Partial<TrackerAgentOptions>): Promise<{ agent: TrackerAgent; peer: Peer }> {
    const agent = this.agent(options)
    const starting = agent.connect()
    const peer = await this.accepts()
    await this.passing(starting)
    return { agent, peer }
  }

  until(holds: () => boolean): Promise<unknown> {
    return this.clock.runUntil(holds)
  }

  passing<T>(promise: PromiseLike<T>): Promise<T> {
    return this.clock.passing(promise)
  }

  async end(): Promise<void> {
    for (const agent of this.#made) await this.passing(agent.close())
    this.server.close()
    await this.clock.advance(20_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

/** A fresh world for each test, checked for leaks after it. */
export function useWorld(): { readonly now: World } {
  const holder = { now: new World() }
  beforeEach(() => {
    holder.now = new World()
  })
  afterEach(() => holder.now.end())
  return holder
}
