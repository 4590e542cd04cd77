import {
  type Clock,
  HoldfastError,
  type Logger,
  type Random,
  randomId,
  silentLogger,
  systemClock,
  systemRandom,
} from '@holdfast/contract'
import type { Fields, TrackerProject, TrackerStreamEvent } from '@holdfast/protocol/tracker'
import { INTERNAL } from '../hub/records.ts'
import type { SessionLog } from '../log/index.ts'
import { type FoldLimits, TrackerFold } from './fold.ts'
import { type AgentStatus, PresenceTable } from './presence.ts'
import {
  type InboxEvent,
  readTrackerRecord,
  type TrackerChatMessage,
  type TrackerRecord,
  type TrackerTask,
} from './records.ts'

/** Bounds of a tracker. */
export interface TrackerLimits extends FoldLimits {
  /** An agent that sent no heartbeat for so long is gone. */
  readonly presenceWindowMs: number
  /** A snapshot of the state at least every so many records. */
  readonly snapshotRecords: number
  readonly maxTextLength: number
}

export const TRACKER_LIMITS: TrackerLimits = {
  maxTasks: 10_000,
  maxMessages: 1_000,
  maxChats: 10_000,
  maxAgents: 1_000,
  maxInbox: 10_000,
  // Two heartbeats of 30 s, and a little.
  presenceWindowMs: 75_000,
  snapshotRecords: 5_000,
  maxTextLength: 65_536,
}

/** Options of {@link openTracker}. */
export interface TrackerOptions {
  /** Where everything is kept. The tracker does not close it. */
  readonly log: SessionLog
  /** The name of the tracker's own session in the log. @defaultValue 'tracker' */
  readonly session?: string | undefined
  readonly projects?: readonly TrackerProject[] | undefined
  /** @defaultValue 'lobby' */
  readonly lobbyChatId?: string | undefined
  /** Told of every stream event of an agent. */
  readonly onStream?: ((agent: string, event: TrackerStreamEvent) => void) | undefined
  /** Told of every comment on a task, once it is in the log. */
  readonly onComment?: ((message: TrackerChatMessage) => void) | undefined
  readonly onTask?: ((task: TrackerTask) => void) | undefined
  readonly limits?: Partial<TrackerLimits> | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
}

/** Somebody connected. */
export interface AgentLink {
  readonly agent: string
  /** New events wait for it. */
  wake(): void
  /** Something that is not kept: presence. */
  tell(type: string, data: Fields): void
}

const PROJECT: TrackerProject = { id: 'default', slug: 'default', name: 'Default', chat_id: 'project-default' }

/** A task tracker whose state is one log: tasks, chats, and each agent's events until it acknowledged them. */
export class Tracker {
  readonly projects: readonly TrackerProject[]
  readonly lobbyChatId: string
  readonly fold: TrackerFold
  readonly presence: PresenceTable
  readonly limits: TrackerLimits
  readonly clock: Clock
  readonly #options: TrackerOptions
  readonly #session: string
  readonly #links = new Set<AgentLink>()
  readonly #end = new AbortController()
  readonly #prefix: string
  readonly #waiting: { readonly n: number; readonly go: () => void }[] = []
  #ids = 0
  #snapshotAt = 0

  private constructor(options: TrackerOptions) {
    const { projects = [PROJECT], lobbyChatId = 'lobby', clock = systemClock, random = systemRandom } = options
    this.#options = options
    this.#session = options.session ?? 'tracker'
    this.#prefix = randomId(random)
    this.projects = projects
    this.lobbyChatId = lobbyChatId
    this.clock = clock
    this.limits = { ...TRACKER_LIMITS, ...options.limits }
    this.fold = new TrackerFold(this.limits)
    this.presence = new PresenceTable(clock, this.limits.presenceWindowMs, (agent, status) =>
      this.#presence(agent, status),
    )
  }

  /** Opens the tracker of a log, with all that is in it. @throws what the log throws */
  static async open(options: TrackerOptions): Promise<Tracker> {
    const tracker = new Tracker(options)
    await options.log.createSession(tracker.#session, { status: INTERNAL, tags: ['tracker'] })
    await tracker.#load()
    void tracker.#follow()
    return tracker
  }

  // ---- what people and scripts do -----------------------------------------------------------------

  /** Creates a task. `key`: the same again is the same task. @throws HoldfastError `tracker/*` */
  async createTask(
    by: string,
    wish: {
      readonly title: string
      readonly description?: string | undefined
      readonly project_id?: string | undefined
      readonly assignee?: string | undefined
    },
    key?: string | undefined,
  ): Promise<TrackerTask> {
    const { title, description = '', project_id = this.projects[0]?.id ?? '', assignee } = wish
    this.#checkText(title)
    this.#checkText(description)
    if (!this.projects.some(({ id }) => id === project_id)) throw badRequest('There is no such project.')
    const task: TrackerTask = {
      id: `t_${randomId(this.#options.random ?? systemRandom)}`,
      title,
      description,
      project_id,
      ...(assignee === undefined ? {} : { assignee }),
      status: 'open',
      created_by: by,
      created_at: this.clock.epoch(),
    }
    const written = await this.#append({ t: 'task', task }, key === undefined ? undefined : `${by} task ${key}`)
    return written?.t === 'task' ? written.task : task
  }

  async setStatus(by: string, taskId: string, status: string): Promise<void> {
    if (!this.fold.tasks.has(taskId)) throw notFound('There is no such task.')
    this.#checkText(status)
    await this.#append({ t: 'status', taskId, status, by })
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
    key?: string | undefined,
  ): Promise<TrackerChatMessage> {
    const { chat_id, task_id, content, mentions = [], thinking } = what
    this.#checkText(content)
    if (chat_id === undefined && task_id === undefined) throw badRequest('Expected a chat or a task.')
    const message: TrackerChatMessage = {
      id: `m_${randomId(this.#options.random ?? systemRandom)}`,
      ...(chat_id === undefined ? {} : { chat_id }),
      ...(task_id === undefined ? {} : { task_id }),
      author,
      content,
      mentions: mentions.slice(0, 100),
      ...(thinking === undefined ? {} : { thinking: thinking.slice(0, this.limits.maxTextLength) }),
      created_at: this.clock.epoch(),
    }
    const written = await this.#append(
      { t: 'message', message },
      key === undefined ? undefined : `${author} say ${key}`,
    )
    return written?.t === 'message' ? written.message : message
  }

  // ---- what agents do -----------------------------------------------------------------------------

  /** From here on the agent's events are kept for it. */
  async join(link: AgentLink): Promise<() => void> {
    if (!this.fold.knows(link.agent)) await this.#append({ t: 'agent', agent: link.agent }, `agent ${link.agent}`)
    this.#links.add(link)
    return () => {
      this.#links.delete(link)
      if (![...this.#links].some(({ agent }) => agent === link.agent)) this.presence.left(link.agent)
    }
  }

  /** The agent has handled an event; with `failed` it is given up. */
  async settle(agent: string, n: number, failed = false): Promise<void> {
    if (!this.fold.inbox(agent).has(n)) return
    await this.#append({ t: 'ack', agent, n, ...(failed ? { failed } : {}) })
  }

  stream(agent: string, event: TrackerStreamEvent): void {
    this.#options.onStream?.(agent, event)
  }

  close(): void {
    this.#end.abort()
    this.presence.close()
    for (const waiting of this.#waiting.splice(0)) waiting.go()
  }

  // ---- the log ------------------------------------------------------------------------------------

  /** Writes a record and waits until it was taken. What is in the log already under the key is given back instead. */
  async #append(record: TrackerRecord, key?: string | undefined): Promise<TrackerRecord | undefined> {
    const { log } = this.#options
    this.#ids += 1
    const event = {
      id: `${this.#prefix}-${this.#ids}`,
      kind: `tracker.${record.t}`,
      at: this.clock.epoch(),
      payload: record,
    }
    const result = await log.append(this.#session, [event], { producer: { id: this.#prefix, fence: 0 }, key })
    if (result.outcome === 'refused' && result.reason === 'too-large') throw badRequest('It is too large.')
    if (result.outcome !== 'appended' && result.outcome !== 'duplicate') {
      throw new HoldfastError('tracker/unavailable', 'The log cannot take this now. Try again.')
    }
    if (result.last !== undefined) await this.#reached(result.last)
    if (result.outcome === 'appended' || result.first === undefined) return undefined
    const { events } = await log.read(this.#session, { after: result.first - 1, limit: 1 })
    const [stored] = events
    return stored === undefined ? undefined : readTrackerRecord(stored)
  }

  #reached(n: number): Promise<void> {
    if (this.fold.n >= n || this.#end.signal.aborted) return Promise.resolve()
    return new Promise((go) => this.#waiting.push({ n, go }))
  }

  async #load(): Promise<void> {
    const { log } = this.#options
    const snapshot = await log.snapshot(this.#session)
    if (snapshot !== null && this.fold.restore(snapshot.n, snapshot.state)) this.#snapshotAt = snapshot.n
    for (;;) {
      const page = await log.read(this.#session, { after: this.fold.n })
      if (page.gap !== undefined) this.fold.n = page.gap.to
      for (const event of page.events) this.fold.apply(event.n, event.at, readTrackerRecord(event))
      if (page.events.length === 0) return
    }
  }

  async #follow(): Promise<void> {
    const { log, logger = silentLogger } = this.#options
    const { signal } = this.#end
    try {
      for await (const item of log.tail(this.#session, { after: this.fold.n, signal })) {
        if (item.type === 'event') this.#take(item.event.n, item.event.at, readTrackerRecord(item.event))
      }
    } catch (error) {
      if (!signal.aborted) logger.error('the tracker lost its log', { error: String(error) })
    }
  }

  #take(n: number, at: number, record: TrackerRecord | undefined): void {
    const delivered = this.fold.apply(n, at, record)
    for (let i = this.#waiting.length - 1; i >= 0; i--) {
      const waiting = this.#waiting[i]
      if (waiting === undefined || waiting.n > n) continue
      this.#waiting.splice(i, 1)
      waiting.go()
    }
    const wanted = new Set(record?.t === 'ack' ? [record.agent] : delivered?.agents)
    for (const link of this.#links) if (wanted.has(link.agent)) link.wake()
    if (record?.t === 'task') this.#options.onTask?.(record.task)
    if (record?.t === 'message' && record.message.task_id !== undefined) this.#options.onComment?.(record.message)
    if (n - this.#snapshotAt >= this.limits.snapshotRecords) void this.#keep()
  }

  async #keep(): Promise<void> {
    const { log, logger = silentLogger } = this.#options
    this.#snapshotAt = this.fold.n
    try {
      await log.putSnapshot(this.#session, this.fold.n, this.fold.snapshot())
      await log.trim(this.#session, { maxEvents: this.limits.snapshotRecords })
    } catch (error) {
      logger.warn('a snapshot of the tracker was not stored', { error: String(error) })
    }
  }

  #presence(agent: string, status: AgentStatus | 'offline'): void {
    for (const link of this.#links) if (link.agent !== agent) link.tell('agent.presence', { agent, status })
  }

  #checkText(text: string): void {
    if (text.length > this.limits.maxTextLength) throw badRequest(`At most ${this.limits.maxTextLength} characters.`)
  }
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

export type { InboxEvent }
