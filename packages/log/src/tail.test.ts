import { describe, expect, it } from 'vitest'
import type { LogEvent } from './append.ts'
import type { Page, TailItem } from './session-log.ts'
import { type Change, type TailSource, tailOf } from './tail.ts'

const event = (n: number): LogEvent => ({ n, id: `e${n}`, kind: 'k', at: 0, payload: n })
const live = (...ns: number[]): Extract<Change, { type: 'events' }> => ({
  type: 'events',
  events: ns.map(event),
  bytes: ns.length,
})

/** A log of `last` events whose live feed is told by hand, during reads and between them. */
class ScriptedSource implements TailSource {
  readonly window = { events: 4, bytes: 1_000 }
  last = 0
  reads = 0
  watching = 0
  duringRead: () => void = () => {}
  tell: (change: Change) => void = () => {}

  async read(_session: string, { after }: { readonly after: number }): Promise<Page> {
    this.reads++
    const { last } = this
    const events = Array.from({ length: last - after }, (_, i) => event(after + 1 + i))
    this.duringRead()
    return { events, epoch: 'e', first: 1, last }
  }

  watch(_session: string, listener: (change: Change) => void): () => void {
    this.watching++
    this.tell = listener
    return () => {
      this.watching--
    }
  }
}

/** Takes items until event `last`; `step` runs for each item. */
async function follow(
  source: ScriptedSource,
  last: number,
  step: (item: TailItem) => void = () => {},
): Promise<number[]> {
  const end = new AbortController()
  const seen: number[] = []
  for await (const item of tailOf(source, 's', { after: 0, signal: end.signal })) {
    step(item)
    if (item.type === 'event') seen.push(item.event.n)
    if (seen.at(-1) === last) end.abort()
  }
  return seen
}

describe('tail', () => {
  it('hands over once what arrives live and is read as well', async () => {
    const source = new ScriptedSource()
    source.last = 3
    source.duringRead = () => source.tell(live(2, 3, 4))
    expect(await follow(source, 4)).toEqual([1, 2, 3, 4])
    expect(source.reads).toBe(1)
  })

  it('reads what the live feed left out', async () => {
    const source = new ScriptedSource()
    source.last = 1
    const seen = await follow(source, 5, (item) => {
      if (item.type !== 'mark' || source.last > 1) return
      source.last = 5
      source.tell(live(4, 5))
    })
    expect(seen).toEqual([1, 2, 3, 4, 5])
    expect(source.reads).toBe(2)
  })

  it('takes what goes on arriving while it is taking from memory, without reading it', async () => {
    const source = new ScriptedSource()
    const seen = await follow(source, 40, (item) => {
      // As much as the window holds, each time before all of what came before was taken.
      const isNext = item.type === 'mark' || (item.type === 'event' && item.event.n % 4 === 3 && item.event.n < 39)
      if (!isNext) return
      const first = source.last + 1
      source.last += 4
      source.tell({ ...live(first, first + 1, first + 2, first + 3), bytes: source.window.bytes })
    })
    expect(seen).toEqual(Array.from({ length: 40 }, (_, i) => i + 1))
    expect(source.reads).toBe(1)
  })

  it('forgets live events above its window and reads them instead', async () => {
    const source = new ScriptedSource()
    const seen = await follow(source, 9, (item) => {
      if (item.type !== 'mark' || source.last > 0) return
      source.last = 9
      for (const n of [1, 2, 3, 4, 5, 6, 7, 8, 9]) source.tell(live(n))
    })
    expect(seen).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9])
    expect(source.reads).toBe(2)
  })

  it('ends while a read hangs, and stops watching', async () => {
    const source = new ScriptedSource()
    const end = new AbortController()
    source.read = () => {
      queueMicrotask(() => end.abort())
      return new Promise(() => {})
    }
    for await (const item of tailOf(source, 's', { after: 0, signal: end.signal })) throw new Error(item.type)
    expect(source.watching).toBe(0)
  })
})
