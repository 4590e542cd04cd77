import { HoldfastError, type Timer, type WebSocketChannel, type WebSocketFrame } from '@holdfast/contract'
import { type FrameHandler, RESTART_CLOSE, spreadReason } from '@holdfast/gate/internals'
import type { WriteStream } from '@holdfast/log'
import {
  type Fields,
  isKnownTrackerClientMessage,
  type TrackerKnownClientMessage,
  type TrackerNack,
  type TrackerServerFrame,
  trackerServerCodec,
} from '@holdfast/protocol/tracker'
import { eventId, type InboxEvent, numberOfEvent } from './records.ts'
import type { AgentLink, Tracker } from './tracker.ts'

/** How events are given to an agent. */
export interface DeliveryLimits {
  /** Events that one agent has and has not acknowledged. */
  readonly window: number
  /** An event is sent again after this long without an acknowledgement, in milliseconds … */
  readonly resendMs: number
  /** … and this long after it was nacked, in milliseconds, at most `maxNacks` times. */
  readonly nackDelayMs: number
  readonly maxNacks: number
}

export const DELIVERY_LIMITS: DeliveryLimits = { window: 100, resendMs: 60_000, nackDelayMs: 10_000, maxNacks: 5 }

/** Agents that have to come again do so within this time. */
const RESTART_SPREAD_MS = 500

/** Messages of one agent that may be on their way to the log; above it no more are taken. */
const MAX_UNDER_WAY = 256

interface Sent {
  resendAt: number
  nacks: number
}

/** One connection of an agent: its events out until they are acknowledged, its messages in, in order. Tracker §1. */
export class AgentConnection implements FrameHandler, AgentLink {
  readonly agent: string
  readonly #tracker: Tracker
  readonly #channel: WebSocketChannel
  readonly #limits: DeliveryLimits
  readonly #sent = new Map<number, Sent>()
  /** After a message that did not get into the log, none behind it does before it was sent again. */
  readonly #stream: WriteStream = { hasStopped: false }
  /** Resolves when all that was taken so far is in the log, or refused. */
  #settled: Promise<void> = Promise.resolve()
  #underWay = 0
  #leave: () => void = () => {}
  #timer: Timer | undefined
  #isOpen = true

  private constructor(tracker: Tracker, channel: WebSocketChannel, agent: string, limits: DeliveryLimits) {
    this.#tracker = tracker
    this.#channel = channel
    this.agent = agent
    this.#limits = limits
  }

  static async open(
    tracker: Tracker,
    channel: WebSocketChannel,
    agent: string,
    limits: DeliveryLimits & { readonly maxFrameBytes: number },
  ): Promise<AgentConnection> {
    const connection = new AgentConnection(tracker, channel, agent, limits)
    connection.#leave = await tracker.join(connection)
    const online = tracker.presence.online.map((one) => one.agent)
    const holdfast = { limits: { maxFrameBytes: limits.maxFrameBytes } }
    connection.#send({
      type: 'auth.ok',
      data: { lobby_chat_id: tracker.lobbyChatId, projects: tracker.projects, online, holdfast },
    })
    for (const project of tracker.projects)
      connection.#send({ type: 'project.subscribe.ok', data: { project_id: project.id } })
    const lost = tracker.state.lost(agent)
    // So far, all in all: more waited for this agent than is kept.
    if (lost > 0) connection.send('events.lost', { count: lost })
    connection.wake()
    connection.#arm()
    return connection
  }

  async frame(frame: WebSocketFrame): Promise<void> {
    const decoded = trackerServerCodec.decode(frame)
    if (!decoded.ok) return this.send('error', { code: 'tracker/bad_request', message: decoded.issue })
    const { message } = decoded
    if (!isKnownTrackerClientMessage(message)) return this.#tracker.stream(this.agent, message)
    await this.#known(message)
    if (this.#underWay >= MAX_UNDER_WAY) await this.#settled
  }

  closed(): void {
    this.#isOpen = false
    this.#timer?.cancel()
    this.#leave()
  }

  /** Sends what waits, as far as the window allows. */
  wake(): void {
    if (!this.#isOpen) return
    const inbox = this.#tracker.state.inbox(this.agent)
    for (const n of this.#sent.keys()) if (!inbox.has(n)) this.#sent.delete(n)
    if (this.#sent.size >= this.#limits.window) return
    for (const event of inbox.values()) {
      if (this.#sent.has(event.n)) continue
      this.#give(event, 0)
      if (this.#sent.size >= this.#limits.window) return
    }
  }

  restart(): void {
    this.#channel.close(RESTART_CLOSE, spreadReason(RESTART_SPREAD_MS))
  }

  send(type: string, data: Fields): void {
    this.#send({ type, data, ts: this.#tracker.clock.epoch() })
  }

  async #known(message: TrackerKnownClientMessage): Promise<void> {
    switch (message.type) {
      case 'auth':
        return
      case 'heartbeat':
        this.#tracker.presence.heartbeat(this.agent, message.status)
        // In order: what came before it is in the log by then.
        void this.#settled.then(() => {
          if (!this.#stream.hasStopped) this.#send({ type: 'heartbeat.ack' })
        })
        return
      case 'ack': {
        const n = message.id === undefined ? undefined : numberOfEvent(message.id, this.#tracker.epoch)
        if (n !== undefined) this.#write(message, this.#tracker.settle(this.agent, n, { writeStream: this.#stream }))
        return
      }
      case 'nack':
        return this.#nacked(message)
      case 'chat.send': {
        const { chat_id, task_id, content, mentions, thinking, id } = message
        if (task_id !== undefined) await this.#tracker.streamed(task_id)
        const said = { chat_id, task_id, content, mentions, thinking }
        this.#write(message, this.#tracker.say(this.agent, said, { key: id, writeStream: this.#stream }))
      }
    }
  }

  /** Something is on its way to the log. What comes behind it does not wait, but is written behind it. */
  #write(message: object, written: Promise<unknown>): void {
    this.#underWay += 1
    const sent = written
      .then(
        () => {},
        (error: unknown) => this.#failed(message, error),
      )
      .then(() => {
        this.#underWay -= 1
      })
    this.#settled = this.#settled.then(() => sent)
  }

  /** What could not be written is sent again on the next connection; what is wrong is reported. */
  #failed(message: object, error: unknown): void {
    if (error instanceof HoldfastError && error.code !== 'tracker/unavailable') {
      return this.send('error', { code: error.code, message: error.message, ...idOf(message) })
    }
    this.#stream.hasStopped = true
    this.#channel.close(1013, 'The log cannot take this now.')
  }

  #nacked(message: TrackerNack): void {
    const { id } = message
    const n = id === undefined ? undefined : numberOfEvent(id, this.#tracker.epoch)
    const sent = n === undefined ? undefined : this.#sent.get(n)
    if (n === undefined || sent === undefined) return
    sent.nacks += 1
    sent.resendAt = this.#tracker.clock.now() + this.#limits.nackDelayMs
    if (sent.nacks <= this.#limits.maxNacks) return this.#arm()
    this.#write(message, this.#tracker.settle(this.agent, n, { failed: true, writeStream: this.#stream }))
  }

  #give(event: InboxEvent, nacks: number): void {
    const { n, type, data, ts } = event
    this.#sent.set(n, { nacks, resendAt: this.#tracker.clock.now() + this.#limits.resendMs })
    this.#send({ type, id: eventId(n, this.#tracker.epoch), data, ts })
  }

  /** Looks after what was sent and not acknowledged. */
  #arm(): void {
    const { clock, state } = this.#tracker
    this.#timer?.cancel()
    this.#timer = clock.after(Math.min(this.#limits.nackDelayMs, this.#limits.resendMs), () => {
      const inbox = state.inbox(this.agent)
      for (const [n, { resendAt, nacks }] of this.#sent) {
        const event = inbox.get(n)
        if (event !== undefined && resendAt <= clock.now()) this.#give(event, nacks)
      }
      this.#arm()
    })
  }

  #send(frame: TrackerServerFrame): void {
    this.#channel.send(JSON.stringify(frame))
  }
}

function idOf(message: object): { readonly id?: string } {
  return 'id' in message && typeof message.id === 'string' ? { id: message.id } : {}
}
