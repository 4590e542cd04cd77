import type { Timer, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import type { DefinedChannel } from '@holdfast/core/contract'
import { TabsError } from '../errors.ts'
import { hold, whenFree } from '../locks.ts'
import { type Names, namesOf } from '../names.ts'
import { TABS_DEFAULTS } from '../options.ts'
import type { Surroundings } from '../surroundings.ts'
import type { Meeting } from './meeting.ts'
import { portChannel } from './page-link.ts'

/** A page, as the place where it meets others sees it. */
export interface PageAtMeeting {
  readonly tab: string
  readonly names: Names
  /** Links to other hosts than this one are over; undefined: all links are. */
  readonly changed: (host?: string) => void
}

/** What a page needs. */
export interface TabsPageOptions {
  readonly name: string
  readonly surroundings: Surroundings
  /** How it finds the host: called each time that it takes part anew. */
  readonly meet: (page: PageAtMeeting) => Meeting
}

/** While a page takes part. */
interface Part {
  readonly meeting: Meeting
  /** Its locks are held until this is aborted. */
  readonly stop: AbortController
  readonly isReady: Promise<void> | undefined
}

/** A page, as one of those that share. It takes part while it has links, and for a moment longer. */
export class TabsPage {
  readonly tab: string = crypto.randomUUID()
  readonly #options: TabsPageOptions
  readonly #names: Names
  #part: Part | undefined
  readonly #links = new Map<DefinedChannel<WebSocketFrame, WebSocketFrame>, string>()
  #dials = 0
  #idle: Timer | undefined

  constructor(options: TabsPageOptions) {
    this.#options = options
    this.#names = namesOf(options.name)
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
    const { meet, surroundings } = this.#options
    const stop = new AbortController()
    const { locks } = surroundings
    const isReady = locks === undefined ? undefined : hold(locks, this.#names.tab(this.tab), stop.signal)
    const changed = (id?: string): void => {
      for (const [channel, host] of [...this.#links]) if (host !== id) hostGone(channel)
    }
    const meeting = meet({ tab: this.tab, names: this.#names, changed })
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
