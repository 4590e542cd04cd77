import {
  type Clock,
  HoldfastError,
  type Random,
  randomId,
  silentLogger,
  systemClock,
  systemRandom,
} from '@holdfast/contract'
import { limitsFrom } from '@holdfast/gate/internals'
import type { Fields, TrackerProject, TrackerStreamEvent } from '@holdfast/protocol/tracker'
import { TRACKER_LIMITS, type TrackerLimits, type TrackerOptions } from './options.ts'
import { type AgentStatus, PresenceTable } from './presence.ts'
import type { TrackerChatMessage, TrackerTask } from './records.ts'
import { RelayLoop } from './relay-loop.ts'
import type { TrackerChange, TrackerState } from './tracker-state.ts'
import { TrackerStore, type TrackerWriteOptions } from './tracker-store.ts'

/** A client connected. */
export interface AgentLink {
  readonly agent: string
  /** New events wait for it. */
  wake(): void
  /** What it received belongs to another epoch of the log: it has to come again. */
  restart(): void
  /** Something that is not kept: presence. */
  send(type: string, data: Fields): void
}

/** The name of the tracker's own session in the log. */
const SESSION = 'tracker'

/** The name of a tracker that shares its log with no other: what it held is its own again after a restart. */
const SOLE_NODE = 'sole'

/** How an event is settled. */
export interface SettleHow extends Pick<TrackerWriteOptions, 'writeStream'> {
  /** It is given up. */
  readonly failed?: boolean | undefined
}

const PROJECT: TrackerProject = { id: 'default', slug: 'default', name: 'Default', chat_id: 'project-default' }

/** A task tracker whose state is one log: tasks, chats, and each agent's events until it has acknowledged them. */
export class Tracker {
  readonly projects: readonly TrackerProject[]
  readonly lobbyChatId: string
  readonly presence: PresenceTable
  readonly limits: TrackerLimits
  readonly clock: Clock
  readonly #options: TrackerOptions
  readonly #random: Random
  readonly #links = new Set<AgentLink>()
  #store: TrackerStore | undefined
  #relay: RelayLoop | undefined

  private constructor(options: TrackerOptions) {
    const { projects = [PROJECT], lobbyChatId = 'lobby', clock = systemClock, random = systemRandom } = options
    const { cluster: directory, session: name = SESSION, logger = silentLogger } = options
    this.#options = options
    this.#random = random
    this.projects = projects
    this.lobbyChatId = lobbyChatId
    this.clock = clock
    this.limits = limitsFrom(TRACKER_LIMITS, options.limits)
    this.presence = new PresenceTable({
      clock,
      windowMs: this.limits.presenceWindowMs,
      directory,
      name,
      logger,
      changed: (agent, status) => this.#presence(agent, status),
    })
  }

  /** Opens the tracker of a log, with all that is in it. @throws what the log throws */
  static async open(options: TrackerOptions): Promise<Tracker> {
    const tracker = new Tracker(options)
    try {
      await tracker.#open()
    } catch (error) {
      await tracker.close()
      throw error
    }
    return tracker
  }

  /** Everything that is known, as far as this process has followed the log. */
  get state(): TrackerState {
    return this.#opened.state
  }

  /** Names this life of the log: the ids of events are made of it. */
  get epoch(): string {
    return this.#opened.epoch
  }

  // ---- what people and scripts do -----------------------------------------------------------------

  /** Creates a task. `key`: the same again is the same task. @throws HoldfastError `tracker/*` */
  async createTask(
    by: string,
    fields: {
      readonly title: string
      readonly description?: string | undefined
      readonly project_id?: string | undefined
      readonly assignee?: string | undefined
    },
    key?: string | undefined,
  ): Promise<TrackerTask> {
    const { title, description = '', project_id = this.projects[0]?.id ?? '', assignee } = fields
    this.#checkText(title)
    this.#checkText(description)
    if (!this.projects.some(({ id }) => id === project_id)) throw badRequest('There is no such project.')
    const task: TrackerTask = {
      id: `t_${randomId(this.#random)}`,
      title,
      description,
      project_id,
      ...(assignee === undefined ? {} : { assignee }),
      status: 'open',
      created_by: by,
      created_at: this.clock.epoch(),
    }
    const written = await this.#opened.append({ t: 'task', task }, keyOf(by, 'task', key))
    return written?.t === 'task' ? written.task : task
  }

  /** A task, also one that another node has just written. @throws HoldfastError `tracker/not_found` */
  async task(id: string): Promise<TrackerTask> {
    if (!this.state.tasks.has(id)) await this.#opened.synced()
    const task = this.state.tasks.get(id)
    if (task === undefined) throw notFound('There is no such task.')
    return task
  }

  /** Changes the state of a task. The same key of the same author is the same change. @throws HoldfastError `tracker/*` */
  async setStatus(by: string, taskId: string, status: string, key?: string | undefined): Promise<void> {
    await this.task(taskId)
    this.#checkText(status)
    await this.#opened.append({ t: 'status', taskId, status, by }, keyOf(by, 'status', key))
  }

  /** Says something. The same key of the same author is the same message. @throws HoldfastError `tracker/*` */
  async say(
    author: string,
    what: {
      readonly chat_id?: string | undefined
      readonly task_id?: string | undefined
      readonly content: string
      readonly mentions?: readonly string[] | undefined
      readonly thinking?: string | undefined
    },
    { key, writeStream }: TrackerWriteOptions = {},
  ): Promise<TrackerChatMessage> {
    const { chat_id, task_id, content, mentions = [], thinking } = what
    this.#checkText(content)
    if (chat_id === undefined && task_id === undefined) throw badRequest('Expected a chat or a task.')
    const message: TrackerChatMessage = {
      id: `m_${randomId(this.#random)}`,
      ...(chat_id === undefined ? {} : { chat_id }),
      ...(task_id === undefined ? {} : { task_id }),
      author,
      content,
      mentions: mentions.slice(0, 100),
      ...(thinking === undefined ? {} : { thinking: thinking.slice(0, this.limits.maxTextLength) }),
      created_at: this.clock.epoch(),
    }
    const written = await this.#opened.append({ t: 'message', message }, { ...keyOf(author, 'say', key), writeStream })
    return written?.t === 'message' ? written.message : message
  }

  // ---- what agents do -----------------------------------------------------------------------------

  /**
   * From here on the agent's events are stored for it and sent to it: all but those that it acknowledged before, on any
   * node.
   * @throws HoldfastError `tracker/unavailable`
   */
  async join(link: AgentLink): Promise<() => void> {
    const { agent } = link
    await this.#opened.synced()
    if (!this.state.knows(agent)) await this.#opened.append({ t: 'agent', agent }, { key: `agent ${agent}` })
    if (!this.state.knows(agent)) {
      throw new HoldfastError(
        'tracker/unavailable',
        'The tracker cannot take this agent now: it has too many, or lags.',
      )
    }
    this.#links.add(link)
    return () => {
      this.#links.delete(link)
      if (![...this.#links].some((other) => other.agent === agent)) this.presence.left(agent)
    }
  }

  /** The agent has handled an event, or it is given up. */
  async settle(agent: string, n: number, { failed, writeStream }: SettleHow = {}): Promise<void> {
    if (!this.state.inbox(agent).has(n)) return
    await this.#opened.append({ t: 'ack', agent, n, ...(failed === true ? { failed } : {}) }, { writeStream })
  }

  /** Resolves when everything streamed on a task before is shown, so that later messages come after it. */
  async streamed(taskId: string): Promise<void> {
    await this.#options.relay?.streamed?.(taskId)
  }

  stream(agent: string, event: TrackerStreamEvent): void {
    const { task_id: taskId } = event
    this.#options.relay?.stream?.(agent, event, typeof taskId === 'string' ? this.state.tasks.get(taskId) : undefined)
  }

  /** Resolves when this node's part is done: the next one may go on. */
  async close(): Promise<void> {
    this.#store?.close()
    this.presence.close()
    await this.#relay?.close()
  }

  // ---- inside ---------------------------------------------------------------------------------------

  async #open(): Promise<void> {
    const { log, session = SESSION, cluster, relay, logger = silentLogger } = this.#options
    const { clock, limits } = this
    const common = { log, session, clock, random: this.#random, logger }
    this.#store = await TrackerStore.open({
      ...common,
      limits,
      applied: (change) => this.#applied(change),
      reloaded: (isAnotherLife) => {
        for (const link of [...this.#links]) isAnotherLife ? link.restart() : link.wake()
      },
    })
    if (relay?.show !== undefined) this.#relay = new RelayLoop({ ...common, relay, holder: cluster?.node ?? SOLE_NODE })
  }

  get #opened(): TrackerStore {
    if (this.#store === undefined) throw new HoldfastError('tracker/unavailable', 'The tracker is not open.')
    return this.#store
  }

  #applied({ record, delivered }: TrackerChange): void {
    const wanted = new Set(record?.t === 'ack' ? [record.agent] : delivered?.agents)
    for (const link of this.#links) if (wanted.has(link.agent)) link.wake()
  }

  #presence(agent: string, status: AgentStatus | 'offline'): void {
    for (const link of this.#links) if (link.agent !== agent) link.send('agent.presence', { agent, status })
  }

  #checkText(text: string): void {
    if (text.length > this.limits.maxTextLength) throw badRequest(`At most ${this.limits.maxTextLength} characters.`)
  }
}

/** The name of an effect in the log: unique to its writer and its kind. Remembered however much others write. */
function keyOf(author: string, kind: string, key: string | undefined): TrackerWriteOptions {
  return key === undefined ? {} : { key: JSON.stringify([author, kind, key]), keyScope: author }
}

/** Opens a tracker over a session log. */
export function openTracker(options: TrackerOptions): Promise<Tracker> {
  return Tracker.open(options)
}

export function badRequest(message: string): HoldfastError {
  return new HoldfastError('tracker/bad_request', message)
}

export function notFound(message: string): HoldfastError {
  return new HoldfastError('tracker/not_found', message)
}
