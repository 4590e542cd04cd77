import type { Timer, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import type { DefinedChannel } from '@holdfast/core/contract'
import { TabsError } from '../errors.ts'
import { hold, whenFree } from '../locks.ts'
import { type Names, namesOf } from '../names.ts'
import { TABS_DEFAULTS } from '../options.ts'
import { canShare, newPair, type Surroundings } from '../surroundings.ts'
import { Leadership } from './leadership.ts'
import { alone, type HostInPage, type HostPlace, inWorker, type Meeting } from './meeting.ts'
import { portChannel } from './page-link.ts'

/** What a page needs. */
export interface TabsPageOptions {
  readonly name: string
  readonly surroundings: Surroundings
  readonly worker: ((generation: number) => SharedWorker) | undefined
  readonly newHost: (place: HostPlace) => HostInPage
}

/** While a page takes part. */
interface Part {
  readonly meeting: Meeting
  /** Its locks are held until this is aborted. */
  readonly stop: AbortController
  readonly isReady: Promise<void>
}

/** A page, as one of those that share. It takes part while it has links, and for a moment longer. */
export class TabsPage {
  readonly tab: string = crypto.randomUUID()
  /** Where the connection is. */
  readonly where: string
  readonly #options: TabsPageOptions
  readonly #names: Names
  #part: Part | undefined
  readonly #links = new Map<DefinedChannel<WebSocketFrame, WebSocketFrame>, string>()
  #dials = 0
  #idle: Timer | undefined

  constructor(options: TabsPageOptions) {
    this.#options = options
    this.#names = namesOf(options.name)
    const { worker, surroundings } = options
    this.where = !canShare(surroundings)
      ? 'in this page alone'
      : worker
        ? 'in a shared worker'
        : 'in the tab that leads'
  }

  async open(signal: AbortSignal): Promise<WebSocketChannel> {
    this.#dials += 1
    this.#idle?.cancel()
    this.#part ??= this.#join()
    const { meeting, isReady } = this.#part
    try {
      await isReady
      const { port, host } = await meeting.dial(signal)
      const gone = new AbortController()
      const channel = portChannel(port, this.#options.surroundings.clock, {
        sent: () => meeting.wrote(),
        received: () => meeting.received(),
        freed: () => {
          gone.abort()
          this.#links.delete(channel)
          this.#rest()
        },
      })
      this.#links.set(channel, host)
      const { locks } = this.#options.surroundings
      if (locks !== undefined) void whenFree(locks, this.#names.alive(host), gone.signal).then(() => hostGone(channel))
      return channel
    } finally {
      this.#dials -= 1
      this.#rest()
    }
  }

  #join(): Part {
    const { surroundings, worker, newHost } = this.#options
    const stop = new AbortController()
    const pair = (): ReturnType<typeof newPair> => newPair(surroundings.clock)
    if (!canShare(surroundings)) return { meeting: alone(newHost, pair), stop, isReady: Promise.resolve() }
    const isReady = hold(surroundings.locks, this.#names.tab(this.tab), stop.signal)
    const changed = (id?: string): void => {
      for (const [channel, host] of [...this.#links]) if (host !== id) hostGone(channel)
    }
    const meeting = worker
      ? inWorker({ newWorker: worker, surroundings, names: this.#names, lost: changed })
      : new Leadership({ tab: this.tab, names: this.#names, surroundings, newHost, newPair: pair, changed })
    return { meeting, stop, isReady }
  }

  /** A link is not needed here any more: after a moment, others do without this page. */
  #rest(): void {
    if (this.#links.size + this.#dials > 0) return
    this.#idle?.cancel()
    this.#idle = this.#options.surroundings.clock.after(TABS_DEFAULTS.lingerMs, () => {
      this.#part?.meeting.leave()
      this.#part?.stop.abort()
      this.#part = undefined
    })
  }
}

function hostGone(channel: DefinedChannel<WebSocketFrame, WebSocketFrame>): void {
  channel.ended({ cause: new TabsError('tabs/host_gone', 'The host of the shared connection is gone.') })
}
