import type { Clock, Timer } from '@holdfast/contract'

/** How an agent is seen. */
export type AgentStatus = 'online' | 'busy'

interface Seen {
  status: AgentStatus
  timer: Timer
}

/** Who is there, by heartbeats: gone after a missed window, or when its last connection ended. Tracker §1. */
export class PresenceTable {
  readonly #clock: Clock
  readonly #windowMs: number
  readonly #changed: (agent: string, status: AgentStatus | 'offline') => void
  readonly #agents = new Map<string, Seen>()

  constructor(clock: Clock, windowMs: number, changed: (agent: string, status: AgentStatus | 'offline') => void) {
    this.#clock = clock
    this.#windowMs = windowMs
    this.#changed = changed
  }

  get online(): readonly { readonly agent: string; readonly status: AgentStatus }[] {
    return [...this.#agents].map(([agent, { status }]) => ({ agent, status }))
  }

  heard(agent: string, status: AgentStatus): void {
    const before = this.#agents.get(agent)
    before?.timer.cancel()
    const timer = this.#clock.after(this.#windowMs, () => this.left(agent))
    this.#agents.set(agent, { status, timer })
    if (before?.status !== status) this.#changed(agent, status)
  }

  left(agent: string): void {
    const before = this.#agents.get(agent)
    if (before === undefined) return
    before.timer.cancel()
    this.#agents.delete(agent)
    this.#changed(agent, 'offline')
  }

  close(): void {
    for (const { timer } of this.#agents.values()) timer.cancel()
    this.#agents.clear()
  }
}
