import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach } from 'vitest'
import { SessionSubscription, type SessionSubscriptionOptions } from '../src/index.ts'

export type Peer = Awaited<ReturnType<ReturnType<typeof scriptedServer>['peer']>>

/** A clock, a network, a scripted server and subscriptions that are closed after each test. */
export class World {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock: this.clock })
  server = scriptedServer({ network: this.network, clock: this.clock })
  calls: string[] = []
  got: unknown[] = []
  readonly #opened: SessionSubscription[] = []

  subscription(options: Partial<SessionSubscriptionOptions> = {}): SessionSubscription {
    const made = new SessionSubscription({
      transport: this.network.transport,
      url: 'wss://server',
      sessionId: 's1',
      organizationId: 'o1',
      token: 'secret',
      clock: this.clock,
      random: seededRandom(7),
      onMessage: (message) => this.got.push(message),
      onStatus: ({ status, previous }) => {
        if (status.state === previous.state) return
        if (status.state === 'open') this.calls.push('connected')
        if (status.state === 'waiting') this.calls.push('reconnecting')
      },
      onClosed: ({ error }) => this.calls.push(error?.code ?? 'closed'),
      onProblem: (problem) => this.calls.push(`error ${problem.code}`),
      onDelivery: ({ kind }) => this.calls.push(`delivery ${kind}`),
      ...options,
    })
    this.#opened.push(made)
    return made
  }

  /** Starts one and waits for its connection. */
  async connected(
    options?: Partial<SessionSubscriptionOptions>,
  ): Promise<{ session: SessionSubscription; peer: Peer }> {
    const session = this.subscription(options)
    session.connect().catch(() => {})
    const peer = await this.server.peer()
    await this.until(() => session.isConnected)
    return { session, peer }
  }

  until(holds: () => boolean): Promise<unknown> {
    return this.clock.runUntil(holds)
  }

  passing<T>(promise: PromiseLike<T>): Promise<T> {
    return this.clock.passing(promise)
  }

  async end(): Promise<void> {
    for (const session of this.#opened) await this.passing(session.close())
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

export const prompt = (id: string): object => ({
  type: 'control_request',
  request_id: id,
  request: { subtype: 'can_use_tool', tool_name: 'Bash', input: { command: 'ls' } },
})
