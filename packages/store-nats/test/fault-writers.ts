import { setTimeout as pause } from 'node:timers/promises'
import type { SessionLog } from '@holdfast/log'
import { expect } from 'vitest'

/** What was told to those who wrote into one session. */
export interface Ledger {
  readonly session: string
  /** Ids that were acknowledged. */
  readonly acknowledged: Set<string>
  unavailable: number
}

/** Producers that count, each with one append under way; what is unavailable they try again, as they should. */
export class FaultWriters {
  readonly ledgers: readonly Ledger[]
  readonly #log: SessionLog
  readonly #work: Promise<void>[] = []
  #isOver = false

  constructor(log: SessionLog, sessions: readonly string[], producers: number) {
    this.#log = log
    this.ledgers = sessions.map((session) => ({ session, acknowledged: new Set(), unavailable: 0 }))
    for (const ledger of this.ledgers) {
      for (let i = 0; i < producers; i++) this.#work.push(this.#write(ledger, `p${i}`))
    }
  }

  get acknowledged(): number {
    return this.ledgers.reduce((sum, { acknowledged }) => sum + acknowledged.size, 0)
  }

  get unavailable(): number {
    return this.ledgers.reduce((sum, { unavailable }) => sum + unavailable, 0)
  }

  /** Resolves when so many more appends were acknowledged. */
  async more(count: number): Promise<void> {
    const enough = this.acknowledged + count
    while (this.acknowledged < enough) await pause(5)
  }

  /** Resolves when every producer has an answer to what it sent last. */
  async end(): Promise<void> {
    this.#isOver = true
    await Promise.all(this.#work)
  }

  /** 0 acknowledged lost, 0 doubled, numbers without a hole, each producer's events in its order. */
  async check(log: SessionLog): Promise<void> {
    for (const { session, acknowledged } of this.ledgers) {
      const ids = await idsOf(log, session)
      expect(new Set(ids).size, `doubled in ${session}`).toBe(ids.length)
      const stored = new Set(ids)
      expect([...acknowledged].filter((id) => !stored.has(id))).toEqual([])
      const last = new Map<string, number>()
      for (const id of ids) {
        const [producer = '', seq = ''] = id.split(' ')
        expect(Number(seq), `order of ${producer} in ${session}`).toBe((last.get(producer) ?? 0) + 1)
        last.set(producer, Number(seq))
      }
    }
  }

  async #write({ session, acknowledged }: Ledger, producer: string): Promise<void> {
    const ledger = this.ledgers.find((one) => one.session === session)
    for (let seq = 1; !this.#isOver; ) {
      const id = `${producer} ${seq}`
      const events = [{ id, kind: 'k', at: 0, payload: 'x'.repeat(100) }]
      const result = await this.#log.append(session, events, { producer: { id: producer, fence: 0, seq } })
      if (result.outcome === 'unavailable') {
        if (ledger !== undefined) ledger.unavailable++
        await pause(50)
        continue
      }
      expect(['appended', 'duplicate']).toContain(result.outcome)
      acknowledged.add(id)
      seq++
    }
  }
}

/** Ids of all events; fails where a number is missing. */
async function idsOf(log: SessionLog, session: string): Promise<readonly string[]> {
  const ids: string[] = []
  for (;;) {
    const { events, gap } = await log.read(session, { after: ids.length })
    expect(gap).toBeUndefined()
    if (events.length === 0) return ids
    for (const { n, id } of events) expect(ids.push(id)).toBe(n)
  }
}

/** Follows a session whatever becomes of the store, until event `end.n` came; the numbers that came, in order. */
export async function follow(log: SessionLog, session: string, end: { n: number }): Promise<readonly number[]> {
  const seen: number[] = []
  while (seen.length < end.n) {
    const enough = new AbortController()
    try {
      for await (const item of log.tail(session, { after: seen.at(-1) ?? 0, signal: enough.signal })) {
        if (item.type === 'event') seen.push(item.event.n)
        if (item.type === 'gap' || seen.length >= end.n) enough.abort()
      }
    } catch {
      await pause(50)
    }
  }
  return seen
}
