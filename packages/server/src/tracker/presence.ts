import type { Clock, Logger, Timer } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'
import type { Directory, DirectoryEntry } from '@holdfast/log/directory'

/** How an agent is seen. */
export type AgentStatus = 'online' | 'busy'

export interface PresenceParts {
  readonly clock: Clock
  /** An agent that sent no heartbeat for so long is gone. */
  readonly windowMs: number
  /** Where the trackers of a cluster tell who is with them; undefined where there is one alone. */
  readonly directory: Directory | undefined
  /** Parts these agents from those of other trackers in the directory. */
  readonly name: string
  readonly logger: Logger
  /** How an agent is seen has changed, wherever it is connected. */
  readonly changed: (agent: string, status: AgentStatus | 'offline') => void
}

interface Heard {
  readonly status: AgentStatus
  readonly timer: Timer
}

/**
 * Who is there: by heartbeats those who are connected here, gone after a missed window or when their last connection
 * ended; by the directory those at other nodes, gone with their node. Tracker §1; design: server §3.6.
 */
export class PresenceTable {
  readonly #parts: PresenceParts
  readonly #root: string
  readonly #here = new Map<string, Heard>()
  /** By agent, then by node. */
  readonly #elsewhere = new Map<string, Map<string, AgentStatus>>()
  /** As it was told last. */
  readonly #told = new Map<string, AgentStatus>()
  readonly #leave: () => void

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#root = `tracker/${encodeURIComponent(parts.name)}/`
    const { directory } = parts
    this.#leave = directory?.watch(this.#root, ({ kind, entry }) => this.#heardOf(kind, entry)) ?? (() => {})
    for (const entry of directory?.entries(this.#root) ?? []) this.#heardOf('set', entry)
  }

  /** On all nodes. */
  get online(): readonly { readonly agent: string; readonly status: AgentStatus }[] {
    return [...this.#told].map(([agent, status]) => ({ agent, status }))
  }

  /** A heartbeat of an agent that is connected here. */
  heard(agent: string, status: AgentStatus): void {
    const before = this.#here.get(agent)
    before?.timer.cancel()
    const timer = afterRunning(this.#parts.clock, this.#parts.windowMs, () => this.left(agent))
    this.#here.set(agent, { status, timer })
    if (before?.status !== status) this.#tellNodes(agent, status)
    this.#judge(agent)
  }

  /** It is connected here no more. */
  left(agent: string): void {
    const before = this.#here.get(agent)
    if (before === undefined) return
    before.timer.cancel()
    this.#here.delete(agent)
    this.#parts.directory?.remove(this.#root + agent)
    this.#judge(agent)
  }

  close(): void {
    this.#leave()
    for (const [agent, { timer }] of this.#here) {
      timer.cancel()
      this.#parts.directory?.remove(this.#root + agent)
    }
    this.#here.clear()
    this.#told.clear()
  }

  #tellNodes(agent: string, status: AgentStatus): void {
    try {
      this.#parts.directory?.put(this.#root + agent, status)
    } catch (error) {
      this.#parts.logger.warn('other nodes are not told of an agent', { agent, error: String(error) })
    }
  }

  #heardOf(kind: 'set' | 'gone', { key, node, value }: DirectoryEntry): void {
    const agent = key.slice(this.#root.length)
    const nodes = this.#elsewhere.get(agent) ?? new Map<string, AgentStatus>()
    if (kind === 'gone') nodes.delete(node)
    else nodes.set(node, value === 'busy' ? 'busy' : 'online')
    if (nodes.size > 0) this.#elsewhere.set(agent, nodes)
    else this.#elsewhere.delete(agent)
    this.#judge(agent)
  }

  #judge(agent: string): void {
    const here = this.#here.get(agent)?.status
    const all = [...(this.#elsewhere.get(agent)?.values() ?? []), ...(here === undefined ? [] : [here])]
    const status = all.includes('busy') ? 'busy' : all[0]
    if (status === this.#told.get(agent)) return
    if (status === undefined) this.#told.delete(agent)
    else this.#told.set(agent, status)
    this.#parts.changed(agent, status ?? 'offline')
  }
}
