import type { DeliveryReport } from '@holdfast/core'
import {
  leakGuard,
  recordingLogger,
  type ScriptedPeer,
  type ScriptedServer,
  scriptedServer,
  seededRandom,
  simulatedNetwork,
  VirtualClock,
} from '@holdfast/testkit'
import { HubClient, type HubError, type HubOptions } from '../src/index.ts'

/** A hub in memory that does what the test says, and clients on virtual time. */
export class Fixture {
  readonly clock: VirtualClock = new VirtualClock()
  readonly network: ReturnType<typeof simulatedNetwork> = simulatedNetwork({ clock: this.clock })
  readonly server: ScriptedServer = scriptedServer({ network: this.network, clock: this.clock })
  readonly logger: ReturnType<typeof recordingLogger> = recordingLogger()
  /** What the callbacks were told, in order. */
  readonly told: unknown[] = []
  readonly errors: HubError[] = []
  readonly reports: DeliveryReport[] = []
  readonly states: string[] = []
  readonly messages: unknown[] = []
  readonly #clients: HubClient[] = []

  client(options: Partial<HubOptions> = {}): HubClient {
    const client = new HubClient({
      transport: this.network.transport,
      url: 'https://hub.example/',
      sessionId: 's1',
      clock: this.clock,
      random: seededRandom(1),
      logger: this.logger,
      // Most scripts drop more often than twelve times a minute of virtual time; the limits have their own test.
      retry: { limits: [{ max: 1_000, perMs: 60_000 }] },
      onMessage: (message) => void this.messages.push(message),
      onProblem: (problem) => void this.errors.push(problem),
      onDelivery: (report) => void this.reports.push(report),
      onClosed: ({ error }) => void (error !== undefined && this.errors.push(error)),
      onStatus: ({ status }) => void this.states.push(status.state),
      ...options,
    })
    this.#clients.push(client)
    return client
  }

  /** The next dial, accepted with `init`; `resume` adds what the extension says. */
  async accepts(init: Record<string, unknown> = {}, resume?: Record<string, unknown>): Promise<ScriptedPeer> {
    const peer = await this.server.peer()
    const holdfast = resume === undefined ? {} : { holdfast: { v: 1, epoch: 'e1', seq: 0, resumed: false, ...resume } }
    peer.sends({ type: 'init', role: 'lead', sessionId: 's1', ...init, ...holdfast })
    await this.clock.settle()
    return peer
  }

  query(peer: ScriptedPeer): URLSearchParams {
    return new URL(peer.request.url).searchParams
  }

  until(holds: () => boolean, withinMs?: number): Promise<unknown> {
    return this.clock.runUntil(holds, withinMs)
  }

  /** How the promise settles, virtual time passing. */
  settled<T>(promise: PromiseLike<T>): Promise<{ value: T } | { error: unknown }> {
    return this.clock.passing(
      promise.then(
        (value) => ({ value }),
        (error: unknown) => ({ error }),
      ),
    )
  }

  /** Closes all clients; then nothing may be left. */
  async ends(): Promise<void> {
    for (const client of this.#clients) void client.close({ flushMs: 0 })
    this.server.close()
    await this.clock.advance(60_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

export const broadcast = (n: number, more: Record<string, unknown> = {}): Record<string, unknown> => ({
  type: 'broadcast',
  event: 'task_start',
  data: { n },
  category: 'task',
  sessionId: 's1',
  timestamp: 1,
  ...more,
})
