import type { Clock } from '@holdfast/contract'
import { afterEach } from 'vitest'
import type { AppendOptions, AppendResult, LogEvent, NewEvent } from '../append.ts'
import type { LogLimits } from '../limits.ts'
import type { SessionLog, TailItem, TailOptions } from '../session-log.ts'

/** What a log is opened with. A store must honour both. */
export interface SuiteOpenOptions {
  readonly clock: Clock
  readonly limits: Partial<LogLimits>
}

/** A store that is put to the test. */
export interface SessionLogSuite {
  readonly name: string
  /** Opens a log without sessions. */
  open(options: SuiteOpenOptions): Promise<SessionLog>
  /** Opens the data of a log again that was closed. Absent where nothing survives. */
  readonly reopen?: ((log: SessionLog, options: SuiteOpenOptions) => Promise<SessionLog>) | undefined
  /** Takes the log away without closing it, as the death of its process does, and opens its data again. */
  readonly crash?: ((log: SessionLog, options: SuiteOpenOptions) => Promise<SessionLog>) | undefined
  /** Lets time pass for leases and keys. @defaultValue moves the clock given to `open` */
  readonly lapse?: ((ms: number) => Promise<void>) | undefined
}

/** Time that moves only on request. Nothing in a log arms timers through it. */
class SuiteClock implements Clock {
  #ms = 0
  now(): number {
    return this.#ms
  }
  epoch(): number {
    return 1_700_000_000_000 + this.#ms
  }
  after(): { cancel(): void } {
    return { cancel: () => {} }
  }
  advance(ms: number): void {
    this.#ms += ms
  }
}

/** What the tests of the suite share: a clock, logs that are closed afterwards, and words for what they do. */
export class Kit {
  readonly clock: SuiteClock = new SuiteClock()
  readonly suite: SessionLogSuite
  #logs: SessionLog[] = []
  #limits: Partial<LogLimits> = {}
  #ids = 0

  constructor(suite: SessionLogSuite) {
    this.suite = suite
    afterEach(async () => {
      await Promise.all(this.#logs.splice(0).map((log) => log.close()))
    })
  }

  async open(limits: Partial<LogLimits> = {}): Promise<SessionLog> {
    this.#limits = limits
    return this.#keep(await this.suite.open({ clock: this.clock, limits }))
  }

  /** A log with one session, `s`. */
  async openSession(limits: Partial<LogLimits> = {}): Promise<SessionLog> {
    const log = await this.open(limits)
    await log.createSession('s')
    return log
  }

  async reopen(log: SessionLog, how: NonNullable<SessionLogSuite['reopen']>): Promise<SessionLog> {
    return this.#keep(await how(log, { clock: this.clock, limits: this.#limits }))
  }

  async lapse(ms: number): Promise<void> {
    this.clock.advance(ms)
    await this.suite.lapse?.(ms)
  }

  events(count: number, payload: unknown = { text: 'hello' }): NewEvent[] {
    return Array.from({ length: count }, () => {
      const id = `e${++this.#ids}`
      return { id, kind: 'test', at: this.clock.epoch(), payload }
    })
  }

  append(log: SessionLog, count = 1, options: Partial<AppendOptions> = {}, session = 's'): Promise<AppendResult> {
    return log.append(session, this.events(count), { producer: FREE, ...options })
  }

  #keep(log: SessionLog): SessionLog {
    this.#logs.push(log)
    return log
  }
}

/** A producer without lease and without memory. */
export const FREE = { id: 'p', fence: 0 } as const

export function numbers(events: readonly LogEvent[]): number[] {
  return events.map(({ n }) => n)
}

export function range(first: number, last: number): number[] {
  return Array.from({ length: Math.max(last - first + 1, 0) }, (_, i) => first + i)
}

/** Everything after a position, page by page. */
export async function readAll(log: SessionLog, session = 's', after = 0): Promise<LogEvent[]> {
  const all: LogEvent[] = []
  for (;;) {
    const page = await log.read(session, { after: all.at(-1)?.n ?? after })
    if (page.events.length === 0) return all
    all.push(...page.events)
  }
}

/** Items of a tail until `enough` says so; then the tail is aborted and must end. */
export async function takeUntil(
  log: SessionLog,
  enough: (item: TailItem, items: readonly TailItem[]) => boolean,
  from: Partial<TailOptions> = {},
  session = 's',
): Promise<TailItem[]> {
  const end = new AbortController()
  const items: TailItem[] = []
  for await (const item of log.tail(session, { after: 0, signal: end.signal, ...from })) {
    items.push(item.type === 'event' ? { ...item, event: withoutText(item.event) } : item)
    if (enough(item, items)) end.abort()
  }
  return items
}

/** An event without the text that a log may have had at hand, which has to be its payload's. */
function withoutText({ text, ...event }: LogEvent): LogEvent {
  if (text === undefined || text === JSON.stringify(event.payload)) return event
  throw new Error(`expected the text of event ${event.n} to be its payload as JSON, got ${text}`)
}

/** The numbers of the events among items of a tail. */
export function eventNumbers(items: readonly TailItem[]): number[] {
  return items.flatMap((item) => (item.type === 'event' ? [item.event.n] : []))
}
