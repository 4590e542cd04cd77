import { randomId } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import { INTERNAL_STATUS } from '@holdfast/log'
import type { HubContext } from '../context.ts'
import { HubError, refusalOf } from '../errors.ts'
import { type AgentFields, changedAgentFields, newAgentFields } from './agent-fields.ts'
import { type Agent, type AgentRecord, AgentState, slugsOf } from './agent-state.ts'

/** The session of the log that has the agents: clients are neither shown it nor let in. */
const SESSION = 'holdfast/agents'
const MAX_AGENTS = 1_000
const MAX_BYTES = 8_388_608
/** A snapshot, and the log of agents is cut, every so many changes. */
const SNAPSHOT_EVENTS = 200
/** Somebody at another node may change an agent at the same moment. */
const MAX_ATTEMPTS = 8

type Part = Pick<HubContext, 'log' | 'clock' | 'random' | 'logger'>

/**
 * Custom agents (hub §7): kept in a log of their own, which every node that shares the store reads. A change is written only
 * after what it was decided on: where somebody else was first, it is decided anew.
 */
export class AgentCatalog {
  readonly #context: Part
  readonly #state = new AgentState()
  #opened: Promise<void> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #snapshotAt = 0

  constructor(context: Part) {
    this.#context = context
  }

  /** All of them, the one made last first, as the log has them now. */
  async list(): Promise<readonly Agent[]> {
    return this.#inTurn(async () => this.#state.all)
  }

  /** @throws HubError `hub/bad_request`, `hub/conflict`, `hub/too_large`, `hub/unavailable` */
  async create(by: Principal, body: unknown): Promise<Agent> {
    const { clock, random } = this.#context
    const draft = newAgentFields(body)
    const id = `ag_${randomId(random, 20)}`
    const now = clock.epoch()
    return this.#change(id, () => {
      if (this.#state.all.length >= MAX_AGENTS || this.#state.bytes >= MAX_BYTES) {
        throw new HubError('hub/unavailable', 'The hub has as many agents as it may.')
      }
      this.#demandFree(id, draft)
      return { t: 'agent', id, owner: by.id, createdAt: now, updatedAt: now, isArchived: false, draft }
    })
  }

  /** @throws HubError as {@link AgentCatalog.create} */
  async update(id: string, body: unknown): Promise<Agent> {
    return this.#change(id, (agent) => {
      const { versions: _versions, ...kept } = inUse(agent)
      const draft = changedAgentFields(kept.draft, body)
      this.#demandFree(id, draft)
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

  #demandFree(id: string, { slug }: AgentFields): void {
    const other = this.#state.all.find(
      (agent) => agent.id !== id && (agent.id === slug || slugsOf(agent).includes(slug)),
    )
    if (other !== undefined) throw new HubError('hub/conflict', `There is an agent called ${slug}.`)
  }

  /** Decides on what the log has, writes what was decided, and says what became of it. */
  #change(id: string, decide: (agent: Agent | undefined) => AgentRecord | undefined): Promise<Agent> {
    return this.#inTurn(async () => {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        const record = decide(this.#state.find(id))
        if (record === undefined || (await this.#append(record))) return existing(this.#state.find(id))
        await this.#catchUp()
      }
      throw new HubError('hub/unavailable', 'Others change agents all the time.')
    })
  }

  /** False where somebody else has written since. */
  async #append(payload: AgentRecord): Promise<boolean> {
    const { log, clock, random } = this.#context
    const event = { id: randomId(random), kind: payload.t, at: clock.epoch(), payload }
    const how = { producer: { id: 'agents', fence: 0 }, expectedHead: this.#state.n }
    const result = await log.append(SESSION, [event], how)
    if (result.outcome === 'conflict') return false
    const refusal = refusalOf(result)
    if (refusal !== undefined) throw refusal
    await this.#catchUp()
    return true
  }

  /** One after the other, each after what the log has by then. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(async () => {
      await this.#open()
      await this.#catchUp()
      return work()
    })
    this.#turn = done.catch(() => {})
    return done
  }

  #open(): Promise<void> {
    this.#opened ??= this.#load().catch((error: unknown) => {
      this.#opened = undefined
      throw error
    })
    return this.#opened
  }

  async #load(): Promise<void> {
    const { session } = await this.#context.log.createSession(SESSION, { status: INTERNAL_STATUS })
    if (session.status !== INTERNAL_STATUS) {
      throw new HubError('hub/unavailable', `The session ${SESSION} of the log is somebody else's: remove it.`)
    }
    await this.#restore()
  }

  async #restore(): Promise<void> {
    const snapshot = await this.#context.log.snapshot(SESSION)
    this.#state.restore(snapshot?.n ?? 0, snapshot?.state)
    this.#snapshotAt = this.#state.n
  }

  async #catchUp(): Promise<void> {
    for (;;) {
      const page = await this.#context.log.read(SESSION, { after: this.#state.n })
      // Another node has cut the log behind a snapshot.
      if (page.gap !== undefined) {
        await this.#restore()
        this.#state.n = Math.max(this.#state.n, page.gap.to)
        continue
      }
      for (const event of page.events) this.#state.apply(event)
      if (this.#state.n >= page.last) break
    }
    if (this.#state.n - this.#snapshotAt >= SNAPSHOT_EVENTS) await this.#store()
  }

  async #store(): Promise<void> {
    const { log, logger } = this.#context
    this.#snapshotAt = this.#state.n
    try {
      await log.putSnapshot(SESSION, this.#state.n, this.#state.snapshot())
      await log.trim(SESSION, { maxEvents: 1 })
    } catch (error) {
      logger.warn('a snapshot of agents was not stored', { error: String(error) })
    }
  }
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

/** What is told of one that there is not, or not for whoever asks. */
export function noAgent(): HubError {
  return new HubError('hub/not_found', 'There is no such agent.', { details: { resource: 'agent' } })
}
