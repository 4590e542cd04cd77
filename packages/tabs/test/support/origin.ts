import type { Clock } from '@holdfast/core'
import { NEARNESS, type WakeSignal } from '@holdfast/core/contract'
import type { VirtualClock } from '@holdfast/testkit'
import type { TabsSurroundings } from '../../src/index.ts'

interface Waiting {
  readonly page: Page
  readonly name: string
  readonly mode: 'shared' | 'exclusive'
  grant(): void
  steal(): void
}

type Post = { readonly page: Page; readonly name: string; onmessage: ((event: { data: unknown }) => void) | null }

/** The pages of one origin in one browser, in virtual time: their locks, their channels, and how they end. */
export class Origin {
  readonly clock: VirtualClock
  readonly #latency: () => number
  held: Waiting[] = []
  /** What is said by these channels is lost. */
  drops: (channel: { readonly name: string }) => boolean = () => false
  #queue: Waiting[] = []
  readonly #channels = new Set<Post>()

  constructor(clock: VirtualClock, latency: () => number = () => 1) {
    this.clock = clock
    this.#latency = latency
  }

  page(): Page {
    return new Page(this)
  }

  /** Whose page has this lock; by the end of its name. */
  holder(end: string): Page | undefined {
    return this.held.find(({ name }) => name.endsWith(end))?.page
  }

  request(waiting: Waiting, steal: boolean): void {
    if (steal) {
      const robbed = this.held.filter(({ name }) => name === waiting.name)
      this.#queue.unshift(waiting)
      this.held = this.held.filter((one) => !robbed.includes(one))
      for (const one of robbed) one.page.runs(this.#latency(), () => one.steal())
    } else this.#queue.push(waiting)
    this.#look()
  }

  release(waiting: Waiting): void {
    this.held = this.held.filter((one) => one !== waiting)
    this.#queue = this.#queue.filter((one) => one !== waiting)
    this.#look()
  }

  /** All of it, as when a page is gone. */
  releaseAll(page: Page): void {
    this.#queue = this.#queue.filter((one) => one.page !== page)
    this.held = this.held.filter((one) => one.page !== page)
    for (const channel of this.#channels) if (channel.page === page) this.#channels.delete(channel)
    this.#look()
  }

  #look(): void {
    for (const one of [...this.#queue]) {
      const same = this.held.filter(({ name }) => name === one.name)
      const before = this.#queue.slice(0, this.#queue.indexOf(one)).filter(({ name }) => name === one.name)
      const fits = (other: Waiting): boolean => other.mode === 'shared' && one.mode === 'shared'
      if (![...same, ...before].every(fits)) continue
      this.#queue = this.#queue.filter((other) => other !== one)
      this.held.push(one)
      one.page.runs(this.#latency(), () => one.grant())
    }
  }

  open(channel: Post): void {
    this.#channels.add(channel)
  }

  shut(channel: Post): void {
    this.#channels.delete(channel)
  }

  post(from: Post, data: unknown): void {
    if (this.drops(from)) return
    for (const to of this.#channels) {
      if (to === from || to.name !== from.name) continue
      to.page.inOrder(this.#latency(), () => this.#channels.has(to) && to.onmessage?.({ data: structuredClone(data) }))
    }
  }
}

/** One page: it runs, is frozen, or is gone. */
export class Page {
  readonly clock: Clock
  readonly #origin: Origin
  #state: 'runs' | 'frozen' | 'gone' = 'runs'
  #waiting: (() => void)[] = []
  #visible = true
  #last = 0
  readonly #listeners = new Set<(signal: WakeSignal) => void>()
  readonly #ends = new Set<() => void>()

  constructor(origin: Origin) {
    this.#origin = origin
    const { clock } = origin
    this.clock = {
      now: () => clock.now(),
      epoch: () => clock.epoch(),
      after: (ms, run) => clock.after(ms, () => this.#run(run)),
    }
  }

  get isGone(): boolean {
    return this.#state === 'gone'
  }

  get isFrozen(): boolean {
    return this.#state === 'frozen'
  }

  /** Runs when this page does. */
  runs(ms: number, run: () => void): void {
    this.#origin.clock.after(ms, () => this.#run(run))
  }

  /** As `runs`, and never before what came earlier. */
  inOrder(ms: number, run: () => void): void {
    const { clock } = this.#origin
    this.#last = Math.max(this.#last, clock.now() + ms)
    this.runs(this.#last - clock.now(), run)
  }

  /** Whatever becomes of this page. */
  afterwards(ms: number, run: () => void): void {
    this.#origin.clock.after(ms, run)
  }

  #run(run: () => void): void {
    if (this.#state === 'runs') run()
    else if (this.#state === 'frozen') this.#waiting.push(run)
  }

  whenGone(run: () => void): void {
    this.#ends.add(run)
  }

  /** Closed or crashed: nothing of it runs any more, and the browser frees its locks. */
  goes(afterMs: number = 15): void {
    if (this.isGone) return
    this.#state = 'gone'
    this.#waiting = []
    for (const end of this.#ends) end()
    this.#origin.clock.after(afterMs, () => this.#origin.releaseAll(this))
  }

  /** The browser dispatches an event to this page. */
  signals(signal: WakeSignal): void {
    for (const listener of this.#listeners) listener(signal)
  }

  freezes(): void {
    if (!this.isGone) this.#state = 'frozen'
  }

  thaws(): void {
    if (this.#state !== 'frozen') return
    this.#state = 'runs'
    for (const run of this.#waiting.splice(0)) this.runs(0, run)
    this.signals('restore')
  }

  set visible(visible: boolean) {
    this.#visible = visible
    this.signals(visible ? 'visible' : 'hidden')
  }

  get surroundings(): Required<TabsSurroundings> {
    const page = this
    const origin = this.#origin
    class Channel {
      readonly page = page
      onmessage: ((event: { data: unknown }) => void) | null = null
      readonly name: string
      constructor(name: string) {
        this.name = name
        origin.open(this)
      }
      postMessage(data: unknown): void {
        if (!page.isGone) origin.post(this, data)
      }
      close(): void {
        origin.shut(this)
      }
    }
    const signals = {
      nearness: NEARNESS,
      online: true,
      get visible() {
        return page.#visible
      },
      subscribe(listener: (signal: WakeSignal) => void) {
        page.#listeners.add(listener)
        return () => page.#listeners.delete(listener)
      },
    }
    const given: unknown = { locks: this.#locks(), BroadcastChannel: Channel, signals, clock: this.clock }
    return given as Required<TabsSurroundings>
  }

  #locks(): object {
    const origin = this.#origin
    return {
      query: async () => ({ held: origin.held.map(({ name }) => ({ name })), pending: [] }),
      request: (name: string, options: LockOptions, run: (lock: object) => unknown) =>
        new Promise((resolve, reject) => {
          const { mode = 'exclusive', signal, steal = false } = options
          let isGranted = false
          const waiting: Waiting = {
            ...{ page: this, name, mode },
            grant: () => {
              if (signal?.aborted === true) return origin.release(waiting)
              isGranted = true
              Promise.resolve(run({ name, mode }))
                .finally(() => origin.release(waiting))
                .then(resolve, reject)
            },
            steal: () => reject(new DOMException('stolen', 'AbortError')),
          }
          signal?.addEventListener('abort', () => {
            if (isGranted) return
            origin.release(waiting)
            reject(new DOMException('aborted', 'AbortError'))
          })
          origin.request(waiting, steal)
        }),
    }
  }
}
