import { type Clock, messagePing, type Timer } from '@holdfast/core'
import type { Liveness, LivenessHost, LivenessWatch } from '@holdfast/core/contract'
import type { TrackerClientMessage, TrackerServerMessage } from '@holdfast/protocol/tracker'

/** Bounds of {@link Presence}, in milliseconds. */
export interface PresenceOptions {
  readonly clock: Clock
  readonly intervalMs: number
  /** A heartbeat without its ack for so long: the socket is dead. */
  readonly ackTimeoutMs: number
}

type Watch = LivenessWatch<TrackerServerMessage>
type Host = LivenessHost<TrackerClientMessage>

/**
 * What the tracker knows of the agent: `busy` while it has tasks, else `online`. Sent at once after auth and at every
 * change, then every interval; each heartbeat's ack is the proof that the link lives. Tracker §1, §3.7.
 */
export class Presence {
  readonly liveness: Liveness<TrackerServerMessage, TrackerClientMessage>
  readonly #tasks = new Set<string>()
  #watch: HeartbeatWatch | undefined

  constructor(options: PresenceOptions) {
    this.liveness = (host) => {
      this.#watch = new HeartbeatWatch(host, options, () => this.status)
      return this.#watch
    }
  }

  get status(): 'busy' | 'online' {
    return this.#tasks.size > 0 ? 'busy' : 'online'
  }

  get tasks(): ReadonlySet<string> {
    return this.#tasks
  }

  add(id: string): void {
    this.#change(() => this.#tasks.add(id))
  }

  remove(id: string): void {
    this.#change(() => this.#tasks.delete(id))
  }

  #change(act: () => void): void {
    const before = this.status
    act()
    if (this.status !== before) this.#watch?.beat()
  }
}

/** The heartbeats of one connection. */
class HeartbeatWatch implements Watch {
  readonly proves = true
  readonly listens = true
  readonly #host: Host
  readonly #options: PresenceOptions
  readonly #status: () => 'busy' | 'online'
  readonly #inner: Watch
  #paused = false
  #stopped = false
  #timer: Timer | undefined
  /** Heartbeats without ack, the oldest first: acks come in order. True for those that prove something. */
  readonly #unanswered: boolean[] = []

  constructor(host: Host, options: PresenceOptions, status: () => 'busy' | 'online') {
    this.#host = host
    this.#options = options
    this.#status = status
    const { ackTimeoutMs } = options
    const rule = messagePing<TrackerServerMessage, TrackerClientMessage>(
      { ping: () => this.#heartbeat(true), isPong: ({ kind }) => kind === 'heartbeat_ack' },
      {
        // The interval is ours; the rule sends when a caller waits for the proof of a message.
        probeAfterMs: Number.POSITIVE_INFINITY,
        writeProbeAfterMs: Number.POSITIVE_INFINITY,
        pongTimeoutMs: ackTimeoutMs,
        timeoutMs: ackTimeoutMs,
      },
    )
    this.#inner = rule(host)
    this.#arm()
  }

  /** A heartbeat now. Silence after it kills. */
  beat(): void {
    if (this.#stopped) return
    this.#arm()
    if (this.#paused) this.#host.send(this.#heartbeat(false))
    else this.#inner.probe(this.#options.ackTimeoutMs)
  }

  /** Nothing is read meanwhile, acks included: heartbeats go on, for presence alone. */
  paused(paused: boolean): void {
    if (this.#stopped || paused === this.#paused) return
    this.#paused = paused
    this.#inner.paused(paused)
    if (!paused) this.beat()
  }

  received(): void {
    this.#inner.received()
  }

  answers(message: TrackerServerMessage): boolean {
    if (message.kind !== 'heartbeat_ack') return false
    const proves = this.#unanswered.shift() === true
    return !proves || this.#inner.answers(message)
  }

  pong(): void {
    this.#inner.pong()
  }

  wrote(): void {
    this.#inner.wrote()
  }

  probeNow(): void {
    if (!this.#paused) this.#inner.probeNow()
  }

  probe(deadlineMs: number): void {
    this.#inner.probe(deadlineMs)
  }

  hidden(hidden: boolean): void {
    this.#inner.hidden(hidden)
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
    this.#inner.stop()
  }

  #heartbeat(proves: boolean): TrackerClientMessage {
    this.#unanswered.push(proves)
    return { type: 'heartbeat', status: this.#status() }
  }

  #arm(): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(this.#options.intervalMs, () => this.beat())
  }
}
