import type { Transport } from '@holdfast/core'
import type { TrackerProject } from '@holdfast/protocol/tracker'
import type { TrackerEvent } from './event-intake.ts'
import type { TrackerAgentOptions } from './options.ts'
import { type StartOptions, TrackerAgent } from './tracker-agent.ts'

/** The configuration of tracker §2. */
export interface WsClientConfig {
  readonly trackerUrl: string
  readonly wsUrl?: string | undefined
  readonly token: string
  readonly heartbeatIntervalSec: number
}

/** {@link TrackerAgent} under the names of tracker §2, for those who migrate. */
export class WsClientTransport {
  readonly #agent: TrackerAgent

  /** @throws `tracker/invalid_option` */
  constructor(
    config: WsClientConfig,
    options: Omit<TrackerAgentOptions, keyof WsClientConfig> & { readonly transport: Transport },
  ) {
    this.#agent = new TrackerAgent({ ...options, ...config })
  }

  get lobbyChatId(): string | undefined {
    return this.#agent.lobbyChatId
  }

  get projects(): readonly TrackerProject[] {
    return this.#agent.projects
  }

  get online(): readonly unknown[] {
    return this.#agent.online
  }

  onEvent(handler: (event: TrackerEvent) => Promise<void>): void {
    this.#agent.handle(handler)
  }

  start(options?: StartOptions): Promise<void> {
    return this.#agent.start(options)
  }

  stop(): Promise<void> {
    return this.#agent.stop()
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
