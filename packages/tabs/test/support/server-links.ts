import { OpenError, type Transport } from '@holdfast/core'
import { CHANNEL_DEFAULTS, type DefinedChannel, defineChannel } from '@holdfast/core/contract'
import type { Page } from './origin.ts'

/** A link, as the server has it. */
export interface ServerLink {
  readonly url: string
  send(frame: string): void
}

/** What a server does with its links. */
export interface LinkEvents {
  opened(link: ServerLink): void
  came(link: ServerLink, frame: string): void
  left(link: ServerLink): void
}

const TRAITS = { binary: false, ping: false, pause: false, requestHeaders: true }

/** Links between pages and a server, in virtual time: what is sent by one arrives in order. What is on its way from a page arrives, whatever becomes of the page. */
export class ServerLinks {
  readonly #links = new Map<ServerLink, { readonly page: Page; readonly channel: DefinedChannel<string, string> }>()
  readonly #latency: () => number
  readonly #events: LinkEvents
  dials = 0
  /** Dials are refused. */
  isDown = false

  constructor(latency: () => number, events: LinkEvents) {
    this.#latency = latency
    this.#events = events
  }

  get count(): number {
    return this.#links.size
  }

  cut(): void {
    for (const { page, channel } of [...this.#links.values()]) page.runs(0, () => channel.ended())
  }

  transportOf(page: Page): Transport {
    return {
      ...{ name: 'links', traits: TRAITS, liveness: 'none' },
      open: async ({ url }) => {
        this.dials += 1
        if (this.isDown) throw new OpenError('The server is away.')
        const given: unknown = this.#open(page, url)
        return given as Awaited<ReturnType<Transport['open']>>
      },
    }
  }

  #open(page: Page, url: string): DefinedChannel<string, string> {
    let arrivesAt = 0
    const isOn = (): boolean => this.#links.has(link)
    const link: ServerLink = {
      url,
      send: (frame) => page.inOrder(this.#latency(), () => isOn() && channel.frame(frame)),
    }
    const left = (): void => {
      if (this.#links.delete(link)) this.#events.left(link)
    }
    const channel: DefinedChannel<string, string> = defineChannel<string, string>(
      {
        ...{ traits: TRAITS, opening: { protocol: '' }, free: left, sink: (given) => given },
        send: (frame) => {
          if (page.isGone) return
          arrivesAt = Math.max(arrivesAt, page.clock.now() + this.#latency())
          page.afterwards(arrivesAt - page.clock.now(), () => isOn() && this.#events.came(link, frame))
        },
      },
      { ...CHANNEL_DEFAULTS, clock: page.clock },
    )
    page.whenGone(left)
    this.#links.set(link, { page, channel })
    this.#events.opened(link)
    return channel
  }
}
