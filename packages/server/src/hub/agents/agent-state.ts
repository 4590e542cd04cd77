import type { LogEvent, ReplicaState } from '@holdfast/log'
import { asFields, isFields } from '../state/entries.ts'
import type { AgentFields } from './agent-fields.ts'

/** What others use of an agent: as it was at one moment, and never changed. */
export interface AgentVersion {
  readonly version: number
  readonly by: string
  /** In milliseconds since 1970. */
  readonly at: number
  readonly fields: AgentFields
}

/** A custom agent: what its owner works on, and what others have of it. */
export interface Agent {
  readonly id: string
  readonly owner: string
  readonly createdAt: number
  readonly updatedAt: number
  readonly isArchived: boolean
  readonly draft: AgentFields
  /** The newest last; the oldest of very many are forgotten. */
  readonly versions: readonly AgentVersion[]
}

/** What is in the log: an agent as it stands after a change of its owner, without its versions, or one more version. */
export type AgentRecord =
  | ({ readonly t: 'agent' } & Omit<Agent, 'versions'>)
  | ({ readonly t: 'version'; readonly id: string } & AgentVersion)

/** Of one agent. */
const MAX_VERSIONS = 20

/** All custom agents after an event of their log. */
export class AgentState implements ReplicaState<void> {
  n = 0
  readonly #agents = new Map<string, Agent>()
  #bytes = 0

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

  apply({ n, payload }: LogEvent): void {
    this.n = n
    if (!isAgentRecord(payload)) return
    if (payload.t === 'agent') {
      const { t: _t, ...agent } = payload
      return this.#set({ ...agent, versions: this.#agents.get(agent.id)?.versions ?? [] })
    }
    const { t: _t, id, ...version } = payload
    const agent = this.#agents.get(id)
    if (agent === undefined) return
    const versions = [...agent.versions, version].slice(-MAX_VERSIONS)
    this.#set({ ...agent, versions, updatedAt: version.at })
  }

  snapshot(): readonly Agent[] {
    return [...this.#agents.values()]
  }

  restore(n: number, snapshot: unknown): boolean {
    if (!Array.isArray(snapshot)) return false
    this.n = n
    for (const agent of snapshot) if (isAgent(agent)) this.#set(agent)
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

// What is in this log was written here: its parts were looked at before.
function isAgentRecord(value: unknown): value is AgentRecord {
  const { t, id, draft, fields } = asFields(value)
  return typeof id === 'string' && ((t === 'agent' && isFields(draft)) || (t === 'version' && isFields(fields)))
}

function isAgent(value: unknown): value is Agent {
  const { id, draft, versions } = asFields(value)
  return typeof id === 'string' && isFields(draft) && Array.isArray(versions)
}
