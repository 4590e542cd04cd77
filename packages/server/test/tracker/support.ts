import { silentLogger } from '@holdfast/contract'
import { memoryLog } from '@holdfast/log'
import { memoryCluster } from '@holdfast/log/directory'
import { seededRandom, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach } from 'vitest'
import { createHub, type Hub } from '../../src/hub/index.ts'
import {
  HubRelay,
  openTracker,
  type Tracker,
  type TrackerLimits,
  type TrackerOptions,
  taskSession,
} from '../../src/tracker/index.ts'
import type { AgentLink } from '../../src/tracker/tracker.ts'
import { type FailingLog, failingLog } from '../failing-log.ts'

/** One gateway's part: a tracker, and the hub in which its work is shown. */
export interface Node {
  readonly name: string
  readonly tracker: Tracker
  readonly hub: Hub
  readonly relay: HubRelay
}

/** An agent at a node, without a socket: what it is told of others, and what waits for it. */
export class Agent implements AgentLink {
  readonly agent: string
  readonly told: string[] = []
  leave: () => void = () => {}
  readonly #tracker: Tracker

  private constructor({ tracker }: Node, agent: string) {
    this.#tracker = tracker
    this.agent = agent
  }

  static async at(node: Node, agent: string): Promise<Agent> {
    const joined = new Agent(node, agent)
    joined.leave = await node.tracker.join(joined)
    return joined
  }

  beat(status: 'online' | 'busy'): void {
    this.#tracker.presence.heartbeat(this.agent, status)
  }

  waiting() {
    return [...this.#tracker.state.inbox(this.agent).values()]
  }

  wake(): void {}

  restart(): void {}

  send(_type: string, { agent, status }: { readonly agent?: unknown; readonly status?: unknown }): void {
    this.told.push(`${agent} ${status}`)
  }
}

/** A clock, one log, and as many nodes over it as a test wants. */
export class World {
  readonly clock = new VirtualClock({ wholeTurns: true })
  readonly log: FailingLog = failingLog(memoryLog({ clock: this.clock }))
  readonly cluster = memoryCluster({ clock: this.clock })
  readonly #nodes: Node[] = []
  #made = 0

  async node(options: Partial<TrackerOptions> & { readonly limits?: Partial<TrackerLimits> } = {}): Promise<Node> {
    const { log, clock } = this
    this.#made += 1
    const name = `n${this.#made}`
    const cluster = this.cluster.join(name)
    const hub = createHub({ log, clock, cluster })
    const relay = new HubRelay(hub, silentLogger, clock)
    const random = seededRandom(this.#made)
    const tracker = await openTracker({ log, clock, random, relay, cluster, ...options })
    const node = { name, tracker, hub, relay }
    this.#nodes.push(node)
    return node
  }

  /** As a process that ends. */
  async stop(node: Node): Promise<void> {
    this.#nodes.splice(this.#nodes.indexOf(node), 1)
    await node.tracker.close()
    await node.relay.close()
    await node.hub.close()
  }

  async until(holds: () => boolean): Promise<void> {
    await this.clock.runUntil(holds, 300_000)
  }

  /** Lets virtual time pass until the promise has settled. */
  async passing<T>(promise: PromiseLike<T>): Promise<T> {
    let settled = false
    const done = (): void => {
      settled = true
    }
    promise.then(done, done)
    await this.until(() => settled)
    return promise
  }

  /** What the hub has of a task: each event with what it says. */
  async shown(taskId: string): Promise<readonly string[]> {
    if ((await this.log.findSession(taskSession(taskId))) === null) return []
    const { events } = await this.log.read(taskSession(taskId), { after: 0 })
    return events.map(({ payload }) => {
      const { event, data } = Object(payload)
      return `${event} ${data.content ?? data.status ?? data.delta ?? data.task}`
    })
  }

  async end(): Promise<void> {
    this.log.isAway = false
    for (const node of [...this.#nodes]) await this.passing(this.stop(node))
    await this.log.close()
  }
}

/** A fresh world for each test, ended after it. */
export function useWorld(): { readonly now: World } {
  const holder = { now: new World() }
  beforeEach(() => {
    holder.now = new World()
  })
  afterEach(() => holder.now.end())
  return holder
}
