import type { InboxEvent, InboxState, StoredInbox } from '../generated/types.ts'
import { sizeOf, takeFirst } from './state-parts.ts'

/** What may wait. */
export interface InboxLimits {
  readonly maxAgents: number
  /** Events that wait for one agent. */
  readonly maxInbox: number
  /** Agents that were assigned work but never connected, and the events that wait for one of them. */
  readonly maxExpected: number
  readonly maxExpectedInbox: number
  /** All waiting events, in bytes; one that waits for several agents counts once. */
  readonly maxPartBytes: number
}

type Inbox = Map<number, InboxEvent>
/** The waiting events of each agent, bounded: dropped ones are counted. */
export class Inboxes {
  readonly #known = new Map<string, Inbox>()
  /** What waits for names without a connection. */
  readonly #expected = new Map<string, Inbox>()
  /** Events that an agent lost because too many waited. */
  readonly #lost = new Map<string, number>()
  /** Everything that waits, the oldest first: for how many, and what it occupies. */
  readonly #waiting = new Map<number, { readonly bytes: number; count: number }>()
  readonly #limits: InboxLimits
  #bytes = 0

  constructor(limits: InboxLimits) {
    this.#limits = limits
  }

  /** Those that have been seen. */
  get agents(): readonly string[] {
    return [...this.#known.keys()]
  }

  knows(agent: string): boolean {
    return this.#known.has(agent)
  }

  /** What waits for an agent, in order. */
  of(agent: string): ReadonlyMap<number, InboxEvent> {
    return this.#known.get(agent) ?? new Map<number, InboxEvent>()
  }

  lost(agent: string): number {
    return this.#lost.get(agent) ?? 0
  }

  /** A connection with this name has opened. */
  join(agent: string): void {
    if (this.#known.has(agent) || this.#known.size >= this.#limits.maxAgents) return
    this.#known.set(agent, this.#expected.get(agent) ?? new Map())
    this.#expected.delete(agent)
  }

  /** What is for this name waits from here on, before a connection with it opens. */
  expect(agent: string): void {
    if (this.#known.has(agent) || this.#expected.has(agent)) return
    this.#expected.set(agent, new Map())
    if (this.#expected.size <= this.#limits.maxExpected) return
    for (const [first] of this.#expected) {
      this.#lost.delete(first)
      break
    }
    for (const n of takeFirst(this.#expected)?.keys() ?? []) this.#let(n)
  }

  /** Puts an event into the inboxes that there are. Whose they are. */
  deliver(to: Iterable<string | undefined>, event: InboxEvent): readonly string[] {
    const agents: string[] = []
    for (const agent of to) {
      if (agent === undefined) continue
      const known = this.#known.get(agent)
      const inbox = known ?? this.#expected.get(agent)
      if (inbox === undefined) continue
      const { maxInbox, maxExpectedInbox } = this.#limits
      this.#put(inbox, event)
      agents.push(agent)
      if (inbox.size > (known === undefined ? maxExpectedInbox : maxInbox)) this.#dropFirst(agent, inbox)
    }
    while (this.#bytes > this.#limits.maxPartBytes && this.#waiting.size > 1) this.#dropOldest()
    return agents
  }

  /** An event has been handled, or given up. */
  settle(agent: string, n: number): void {
    if (this.#known.get(agent)?.delete(n) === true) this.#let(n)
  }

  toJSON(): InboxState {
    const events = new Map<number, InboxEvent>()
    const kept = (inboxes: ReadonlyMap<string, Inbox>): readonly StoredInbox[] =>
      [...inboxes].map(([agent, inbox]) => {
        for (const [n, event] of inbox) events.set(n, event)
        return [agent, [...inbox.keys()], this.lost(agent)]
      })
    const [known, expected] = [kept(this.#known), kept(this.#expected)]
    return { events: [...events.values()].sort((a, b) => a.n - b.n), known, expected }
  }

  restore({ events, known, expected }: InboxState): void {
    for (const [inboxes, kept] of [[this.#known, known] as const, [this.#expected, expected] as const]) {
      for (const [agent, , lost] of kept) {
        inboxes.set(agent, new Map())
        if (lost > 0) this.#lost.set(agent, lost)
      }
    }
    const all = [...known, ...expected].map(([agent, waiting]) => {
      return { inbox: this.#known.get(agent) ?? this.#expected.get(agent), waiting: new Set(waiting) }
    })
    // In the order of the events, so that the oldest of all is known.
    for (const event of events) {
      for (const { inbox, waiting } of all) if (inbox !== undefined && waiting.has(event.n)) this.#put(inbox, event)
    }
  }

  #put(inbox: Inbox, event: InboxEvent): void {
    if (inbox.has(event.n)) return
    inbox.set(event.n, event)
    const waiting = this.#waiting.get(event.n)
    if (waiting !== undefined) waiting.count += 1
    else {
      const bytes = sizeOf(event)
      this.#waiting.set(event.n, { bytes, count: 1 })
      this.#bytes += bytes
    }
  }

  /** Waits for one agent less. */
  #let(n: number): void {
    const waiting = this.#waiting.get(n)
    if (waiting === undefined) return
    waiting.count -= 1
    if (waiting.count > 0) return
    this.#waiting.delete(n)
    this.#bytes -= waiting.bytes
  }

  #dropFirst(agent: string, inbox: Inbox): void {
    const { n } = takeFirst(inbox) ?? {}
    if (n !== undefined) this.#let(n)
    this.#lost.set(agent, this.lost(agent) + 1)
  }

  #dropOldest(): void {
    for (const [oldest] of this.#waiting) {
      for (const inboxes of [this.#known, this.#expected]) {
        for (const [agent, inbox] of inboxes) {
          if (!inbox.delete(oldest)) continue
          this.#lost.set(agent, this.lost(agent) + 1)
          this.#let(oldest)
        }
      }
      return
    }
  }
}
