import type { Clock, Logger, Timer } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'
import type { Directory, DirectoryEntry } from '@holdfast/log/directory'

/** The status of a connected agent. */
export type AgentStatus = 'online' | 'busy'

export interface PresenceParts {
  readonly clock: Clock
  /** An agent that sent no heartbeat for so long is gone. */
  readonly windowMs: number
  /** Where the trackers of a cluster publish who is connected; undefined where there is one alone. */
  readonly directory: Directory | undefined
  /** Parts these agents from those of other trackers in the directory. */
  readonly name: string
  readonly logger: Logger
  /** How an agent is seen has changed, wherever it is connected. */
  readonly changed: (agent: string, status: AgentStatus | 'offline') => void
}

interface LocalAgent {
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
  readonly #here = new Map<string, LocalAgent>()
  /** By agent, then by node. */
  readonly #remote = new Map<string, Map<string, AgentStatus>>()
  /** As it was last published. */
  readonly #reported = new Map<string, AgentStatus>()
  readonly #leave: () => void

  constructor(parts: PresenceParts) {
    this.#parts = parts
    this.#root = `tracker/${encodeURIComponent(parts.name)}/`
    const { directory } = parts
    this.#leave = directory?.watch(this.#root, ({ kind, entry }) => this.#applyRemote(kind, entry)) ?? (() => {})
    for (const entry of directory?.entries(this.#root) ?? []) this.#applyRemote('set', entry)
  }

  /** On all nodes. */
  get online(): readonly { readonly agent: string; readonly status: AgentStatus }[] {
    return [...this.#reported].map(([agent, status]) => ({ agent, status }))
  }

  /** A heartbeat of an agent that is connected here. */
  heartbeat(agent: string, status: AgentStatus): void {
    const before = this.#here.get(agent)
    before?.timer.cancel()
    const timer = afterRunning(this.#parts.clock, this.#parts.windowMs, () => this.left(agent))
    this.#here.set(agent, { status, timer })
    if (before?.status !== status) this.#announceToNodes(agent, status)
    this.#update(agent)
  }

  /** It is connected here no more. */
  left(agent: string): void {
    const before = this.#here.get(agent)
    if (before === undefined) return
    before.timer.cancel()
    this.#here.delete(agent)
    this.#parts.directory?.remove(this.#root + agent)
    this.#update(agent)
  }

  close(): void {
    this.#leave()
    for (const [agent, { timer }] of this.#here) {
      timer.cancel()
      this.#parts.directory?.remove(this.#root + agent)
    }
    this.#here.clear()
    this.#reported.clear()
  }

  #announceToNodes(agent: string, status: AgentStatus): void {
    try {
      this.#parts.directory?.put(this.#root + agent, status)
    } catch (error) {
      this.#parts.logger.warn('an agent could not be announced to other nodes', { agent, error: String(error) })
    }
  }

  #applyRemote(kind: 'set' | 'gone', { key, node, value }: DirectoryEntry): void {
    const agent = key.slice(this.#root.length)
    const nodes = this.#remote.get(agent) ?? new Map<string, AgentStatus>()
    if (kind === 'gone') nodes.delete(node)
    else nodes.set(node, value === 'busy' ? 'busy' : 'online')
    if (nodes.size > 0) this.#remote.set(agent, nodes)
    else this.#remote.delete(agent)
    this.#update(agent)
  }

  #update(agent: string): void {
    const here = this.#here.get(agent)?.status
    const all = [...(this.#remote.get(agent)?.values() ?? []), ...(here === undefined ? [] : [here])]
    const status = all.includes('busy') ? 'busy' : all[0]
    if (status === this.#reported.get(agent)) return
    if (status === undefined) this.#reported.delete(agent)
    else this.#reported.set(agent, status)
    this.#parts.changed(agent, status ?? 'offline')
  }
}
