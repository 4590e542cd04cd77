import { type Clock, type ConnectOptions, systemClock, type Transport } from '@holdfast/core'
import type { TrackerProject } from '@holdfast/protocol/tracker'
import type { TrackerAgentOptions } from './options.ts'
import { TrackerAgent } from './tracker-agent.ts'

/** The configuration of tracker §2. */
export interface WsClientConfig {
  readonly trackerUrl: string
  readonly wsUrl?: string | undefined
  readonly token: string
  readonly heartbeatIntervalSec: number
}

/** An event as the replaced client hands it over: with an id and a time, the tracker's or its own. */
export interface WsTrackerEvent {
  readonly event: string
  readonly data: unknown
  /** Milliseconds since 1970. @defaultValue the time of arrival */
  readonly ts: number
  /** @defaultValue the event's name and its time of arrival */
  readonly id: string
}

/** {@link TrackerAgent} under the names of tracker §2, for those who migrate. */
export class WsClientTransport {
  readonly #agent: TrackerAgent
  readonly #clock: Clock

  /** @throws `tracker/invalid_option` */
  constructor(
    config: WsClientConfig,
    options: Omit<TrackerAgentOptions, 'url' | 'token' | 'liveness'> & { readonly transport: Transport },
  ) {
    this.#clock = options.clock ?? systemClock
    // Handlers run as events come: an agent at work sees that its task is cancelled.
    const { trackerUrl, wsUrl, token, heartbeatIntervalSec } = config
    this.#agent = new TrackerAgent({
      concurrency: Number.POSITIVE_INFINITY,
      ...options,
      url: wsUrl ?? trackerUrl,
      token,
      liveness: { intervalMs: heartbeatIntervalSec * 1_000 },
    })
  }

  /** Null before the first auth, and where the tracker has no lobby. */
  get lobbyChatId(): string | null {
    return this.#agent.lobbyChatId ?? null
  }

  get projects(): readonly TrackerProject[] {
    return this.#agent.projects
  }

  get online(): readonly unknown[] {
    return this.#agent.online
  }

  onEvent(handler: (event: WsTrackerEvent) => Promise<void>): void {
    this.#agent.handle(({ event, data, ts, id }) => {
      const now = this.#clock.epoch()
      return handler({ event, data, ts: ts ?? now, id: id ?? `${event}-${now}` })
    })
  }

  async start(options?: ConnectOptions): Promise<void> {
    await this.#agent.connect(options)
  }

  stop(): Promise<void> {
    return this.#agent.close({ reason: 'Agent shutting down' })
  }

  addTask(id: string): void {
    this.#agent.addTask(id)
  }

  removeTask(id: string): void {
    this.#agent.removeTask(id)
  }

  async sendChatMessage(
    chatId: string,
    content: string,
    mentions?: string[],
    thinking?: string,
    taskId?: string,
  ): Promise<void> {
    await this.#agent.sendChatMessage(chatId, content, mentions, thinking, taskId)
  }

  async sendTaskComment(taskId: string, content: string, mentions?: string[], thinking?: string): Promise<void> {
    await this.#agent.sendTaskComment(taskId, content, mentions, thinking)
  }

  sendStreamEvent(type: string, data: Record<string, unknown>): void {
    this.#agent.sendStreamEvent(type, data)
  }
}
