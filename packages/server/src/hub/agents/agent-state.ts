import { knownIn } from '@holdfast/contract/shape'
import type { LogEvent, ReplicaState } from '@holdfast/log'
import { agentRecordKinds, agentsSnapshot } from '../../generated/checks.ts'
import type { Agent } from '../../generated/types.ts'
import { fittingPart, type OnUnfit } from '../../unfit-values.ts'

export type { Agent, AgentRecord, AgentVersion } from '../../generated/types.ts'

/** Of one agent. */
const MAX_VERSIONS = 20

/** All custom agents after an event of their log. */
export class AgentState implements ReplicaState<void> {
  n = 0
  readonly #agents = new Map<string, Agent>()
  readonly #unfit: OnUnfit | undefined
  #bytes = 0

  /** `unfit` is called for what is stored and does not fit. */
  constructor(unfit?: OnUnfit) {
    this.#unfit = unfit
  }

  /** The one made last first. */
  get all(): readonly Agent[] {
    return [...this.#agents.values()].reverse()
  }

  /** About what all of them occupy, as JSON. */
  get bytes(): number {
    return this.#bytes
  }

  /** By its id, or by the name that it or its newest version has. */
  find(name: string): Agent | undefined {
    return this.#agents.get(name) ?? this.all.find((agent) => slugsOf(agent).includes(name))
  }

  apply(event: LogEvent): void {
    this.n = event.n
    const record = knownIn(agentRecordKinds, event.payload, this.#unfit, event.n)
    if (record === undefined) return
    if (record.t === 'agent') {
      const { t: _t, ...agent } = record
      return this.#set({ ...agent, versions: this.#agents.get(agent.id)?.versions ?? [] })
    }
    const { t: _t, id, ...version } = record
    const agent = this.#agents.get(id)
    if (agent === undefined) return
    const versions = [...agent.versions, version].slice(-MAX_VERSIONS)
    this.#set({ ...agent, versions, updatedAt: version.at })
  }

  snapshot(): readonly Agent[] {
    return [...this.#agents.values()]
  }

  restore(n: number, snapshot: unknown): boolean {
    const agents = fittingPart(agentsSnapshot, snapshot, this.#unfit)
    if (agents === undefined) return false
    this.n = n
    for (const agent of agents) this.#set(agent)
    return true
  }

  #set(agent: Agent): void {
    this.#bytes += sizeOf(agent) - sizeOf(this.#agents.get(agent.id))
    this.#agents.set(agent.id, agent)
  }
}

/** The names under which an agent is found. */
export function slugsOf({ draft, versions }: Agent): readonly (string | undefined)[] {
  return [draft.slug, versions.at(-1)?.fields.slug]
}

function sizeOf(agent: Agent | undefined): number {
  return agent === undefined ? 0 : JSON.stringify(agent).length
}
