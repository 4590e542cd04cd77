import { randomId } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import { INTERNAL_STATUS, Replica, type SessionRecord } from '@holdfast/log'
import type { AgentBody, AgentChangeBody, AgentFields } from '../../generated/types.ts'
import { pauseBeforeRetry } from '../../log-retry.ts'
import { unfitLogger } from '../../unfit-values.ts'
import type { HubContext } from '../context.ts'
import { HubError, refusalOf } from '../errors.ts'
import { changedAgentFields, newAgentFields } from './agent-fields.ts'
import { type Agent, type AgentRecord, AgentState, slugsOf } from './agent-state.ts'

/** The session of the log that has the agents: clients are neither shown it nor let in. */
const SESSION = 'holdfast/agents'
const MAX_AGENTS = 1_000
const MAX_BYTES = 8_388_608
/** A snapshot, and the log of agents is cut, every so many changes. */
const SNAPSHOT_EVENTS = 200
/** Another node may change an agent at the same moment. */
const MAX_ATTEMPTS = 8
/** What the log has is waited for so long. */
const REACH_MS = 10_000

type Part = Pick<HubContext, 'log' | 'clock' | 'random' | 'logger'>
type Agents = Replica<AgentState, void>
type Decide = (agent: Agent | undefined, state: AgentState) => AgentRecord | undefined

/**
 * Custom agents (hub §7): stored in a log of their own, which every node that shares the store reads. A change is
 * written only if the log has not changed since it was decided; otherwise it is decided again.
 */
export class AgentCatalog {
  readonly #context: Part
  /** Opened when it is asked for: most hubs have no agents. */
  #opened: Promise<Agents> | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(context: Part) {
    this.#context = context
  }

  /** All of them, the one made last first, as the log has them now. */
  async list(): Promise<readonly Agent[]> {
    return (await this.#synced()).state.all
  }

  /** @throws HubError `hub/bad_request`, `hub/conflict`, `hub/too_large`, `hub/unavailable` */
  async create(by: Principal, body: AgentBody): Promise<Agent> {
    const { clock, random } = this.#context
    const draft = newAgentFields(body)
    const id = `ag_${randomId(random, 20)}`
    const now = clock.epoch()
    return this.#change(id, (_agent, state) => {
      if (state.all.length >= MAX_AGENTS || state.bytes >= MAX_BYTES) {
        throw new HubError('hub/unavailable', 'The hub has as many agents as it may.')
      }
      demandFree(state, id, draft)
      return { t: 'agent', id, owner: by.id, createdAt: now, updatedAt: now, isArchived: false, draft }
    })
  }

  /** @throws HubError as {@link AgentCatalog.create} */
  async update(id: string, body: AgentChangeBody): Promise<Agent> {
    return this.#change(id, (agent, state) => {
      const { versions: _versions, ...kept } = inUse(agent)
      const draft = changedAgentFields(kept.draft, body)
      demandFree(state, id, draft)
      return { t: 'agent', ...kept, draft, updatedAt: this.#context.clock.epoch() }
    })
  }

  /** What the owner works on becomes the next version. */
  async publish(id: string, by: Principal): Promise<Agent> {
    return this.#change(id, (agent) => {
      const { draft: fields, versions } = inUse(agent)
      const version = (versions.at(-1)?.version ?? 0) + 1
      return { t: 'version', id, version, by: by.id, at: this.#context.clock.epoch(), fields }
    })
  }

  async archive(id: string): Promise<Agent> {
    return this.#change(id, (found) => {
      const { versions: _versions, ...agent } = existing(found)
      if (agent.isArchived) return undefined
      return { t: 'agent', ...agent, isArchived: true, updatedAt: this.#context.clock.epoch() }
    })
  }

  /** Follows the log no more. */
  close(): void {
    this.#opened?.then((agents) => agents.close()).catch(() => {})
  }

  /** One after the other: decides on what the log has, writes what was decided, and says what became of it. */
  #change(id: string, decide: Decide): Promise<Agent> {
    const done = this.#turn.then(async () => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const agents = await this.#synced()
        const record = decide(agents.state.find(id), agents.state)
        if (record === undefined || (await append(agents, record))) return existing(agents.state.find(id))
      }
      throw new HubError('hub/unavailable', 'Others change agents all the time.')
    })
    this.#turn = done.catch(() => {})
    return done
  }

  /** As the log has them now. */
  async #synced(): Promise<Agents> {
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    const agents = await this.#opened
    await agents.synced(REACH_MS)
    return agents
  }

  async #open(): Promise<Agents> {
    const { log, clock, random, logger } = this.#context
    const agents: Agents = new Replica({
      log,
      session: SESSION,
      open: () => openSession(log),
      empty: () => new AgentState(unfitLogger(logger, SESSION)),
      snapshotEvents: SNAPSHOT_EVENTS,
      retention: () => ({ maxEvents: 1 }),
      recovery: { pause: (failures, signal) => pauseBeforeRetry(failures, { clock, random, signal }) },
      producer: 'agents',
      idPrefix: randomId(random),
      clock,
      logger,
    })
    await agents.start()
    return agents
  }
}

async function openSession(log: Part['log']): Promise<SessionRecord> {
  const { session } = await log.createSession(SESSION, { status: INTERNAL_STATUS })
  if (session.status === INTERNAL_STATUS) return session
  throw new HubError('hub/unavailable', `The session ${SESSION} of the log is somebody else's: remove it.`)
}

/** False where another node has written since. */
async function append(agents: Agents, payload: AgentRecord): Promise<boolean> {
  const result = await agents.append([{ kind: payload.t, payload }], { expectedHead: agents.state.n })
  if (result.outcome === 'conflict') return false
  const refusal = refusalOf(result)
  if (refusal !== undefined) throw refusal
  if (result.outcome === 'appended') await agents.reached(result.last, REACH_MS)
  return true
}

function demandFree(state: AgentState, id: string, { slug }: AgentFields): void {
  const other = state.all.find((agent) => agent.id !== id && (agent.id === slug || slugsOf(agent).includes(slug)))
  if (other !== undefined) throw new HubError('hub/conflict', `There is an agent called ${slug}.`)
}

/** @throws HubError `hub/not_found` */
function existing(agent: Agent | undefined): Agent {
  if (agent === undefined) throw noAgent()
  return agent
}

/** @throws HubError `hub/not_found`, `hub/conflict` */
function inUse(agent: Agent | undefined): Agent {
  const found = existing(agent)
  if (found.isArchived) throw new HubError('hub/conflict', 'The agent is archived.')
  return found
}

/** The answer for one that does not exist, or not for this principal. */
export function noAgent(): HubError {
  return new HubError('hub/not_found', 'There is no such agent.', { details: { resource: 'agent' } })
}
