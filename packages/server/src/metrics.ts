import { Counter, Gauge, Registry } from 'prom-client'

/** Values that are read when the metrics are requested. */
export interface HubGauges {
  readonly sessions: number
  readonly sessionBytes: number
  readonly connections: number
  readonly bufferedBytes: number
}

/** Refusals of one kind, one after the other. */
export interface RecentRefusal {
  readonly code: string
  /** Of the newest. Milliseconds since 1970. */
  readonly at: number
  readonly count: number
}

const MAX_RECENT = 50

/** Counters of a hub, in a registry of their own. Plain numbers on the hot path, formatted on request. */
export class HubMetrics {
  readonly registry: Registry = new Registry()
  #messagesIn = 0
  #bytesIn = 0
  #messagesOut = 0
  #bytesOut = 0
  readonly #appends = new Map<string, number>()
  readonly #joins: Counter<'role' | 'transport' | 'resumed'>
  readonly #refusals: Counter<'code'>
  readonly #protests: Counter<'code'>
  readonly #gaps: Counter<'reason'>

  readonly #now: () => number
  #recent: readonly RecentRefusal[] = []

  /** @param now milliseconds since 1970 */
  constructor(read: () => HubGauges, now: () => number) {
    this.#now = now
    const registers = [this.registry]
    const gauge = (name: string, help: string, value: () => number): Gauge =>
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value())
        },
      })
    const total = (name: string, help: string, value: () => number): Counter =>
      new Counter({
        name,
        help,
        registers,
        collect() {
          this.reset()
          this.inc(value())
        },
      })
    gauge('holdfast_hub_sessions', 'Sessions in memory', () => read().sessions)
    gauge('holdfast_hub_session_bytes', 'What sessions in memory occupy, about', () => read().sessionBytes)
    gauge('holdfast_hub_connections', 'Open connections', () => read().connections)
    gauge('holdfast_hub_buffered_bytes', 'Output that clients have not taken yet', () => read().bufferedBytes)
    total('holdfast_hub_messages_in_total', 'Frames taken from clients', () => this.#messagesIn)
    total('holdfast_hub_bytes_in_total', 'Characters taken from clients', () => this.#bytesIn)
    total('holdfast_hub_messages_out_total', 'Events sent to clients', () => this.#messagesOut)
    total('holdfast_hub_bytes_out_total', 'Characters of events sent to clients', () => this.#bytesOut)
    const appends = this.#appends
    new Counter({
      name: 'holdfast_hub_appends_total',
      help: 'Appends by outcome',
      labelNames: ['outcome'],
      registers,
      collect() {
        this.reset()
        for (const [outcome, count] of appends) this.inc({ outcome }, count)
      },
    })
    const counter = <L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> =>
      new Counter({ name, help, labelNames, registers })
    this.#joins = counter('holdfast_hub_joins_total', 'Participants let in', ['role', 'transport', 'resumed'])
    this.#refusals = counter('holdfast_hub_refusals_total', 'Connections and requests refused', ['code'])
    this.#protests = counter('holdfast_hub_protocol_errors_total', 'Messages answered with protocol_error', ['code'])
    this.#gaps = counter('holdfast_hub_gaps_total', 'Gaps reported to clients', ['reason'])
  }

  received(size: number): void {
    this.#messagesIn++
    this.#bytesIn += size
  }

  delivered(size: number): void {
    this.#messagesOut++
    this.#bytesOut += size
  }

  appended(outcome: string): void {
    this.#appends.set(outcome, (this.#appends.get(outcome) ?? 0) + 1)
  }

  joined(role: string, transport: string, resumed: boolean): void {
    this.#joins.inc({ role, transport, resumed: String(resumed) })
  }

  refused(code: string): void {
    this.#refusals.inc({ code })
    const [newest] = this.#recent
    const count = newest?.code === code ? newest.count + 1 : 1
    const before = newest?.code === code ? this.#recent.slice(1) : this.#recent
    this.#recent = [{ code, at: this.#now(), count }, ...before].slice(0, MAX_RECENT)
  }

  /** The last refusals, the newest first. */
  get recentRefusals(): readonly RecentRefusal[] {
    return this.#recent
  }

  protested(code: string): void {
    this.#protests.inc({ code })
  }

  gap(reason: string): void {
    this.#gaps.inc({ reason })
  }

  /** Prometheus text. */
  text(): Promise<string> {
    return this.registry.metrics()
  }
}
