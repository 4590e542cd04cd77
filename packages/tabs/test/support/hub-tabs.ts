import { HubClient, type HubOptions } from '@holdfast/hub'
import { hubForTabs, hubOverTabs } from '@holdfast/hub/tabs'
import { type SeededRandom, seededRandom, VirtualClock } from '@holdfast/testkit'
import { sharedByTabs } from '../../src/index.ts'
import { HubServer } from './hub-server.ts'
import { Origin, type Page } from './origin.ts'

const textOf = (data: unknown): string => String(Object(data).text)

/** A tab with a client of its own, which notes what its app has seen of the session. */
export class Tab {
  readonly page: Page
  readonly hub: HubClient
  /** Texts in the order of the session: those of the hydration, and events after it. */
  readonly seen: string[] = []
  /** Those of them that came as events. */
  readonly live: string[] = []
  readonly gaps: string[] = []
  readonly answers: string[] = []
  readonly asked: string[] = []
  readonly failed: string[] = []
  readonly id: number
  readonly hydrations: number[] = []
  /** Responses of the driver. */
  readonly responses: unknown[] = []
  /** Questions of the driver that its app was shown, and those of them that ended without its answer. */
  readonly shown: string[] = []
  readonly over: string[] = []
  readonly #open = new Map<string, (result: unknown) => void>()

  constructor(
    id: number,
    page: Page,
    server: HubServer,
    random: SeededRandom,
    options: Pick<HubOptions, 'subscribe' | 'after'> = {},
    maxBehindBytes?: number,
  ) {
    this.id = id
    this.page = page
    const { clock } = page
    const connect = hubForTabs({
      ...{ transport: server.links.transportOf(page), url: 'http://hub.test', sessionId: 's1', role: 'controller' },
      ...{ clock, random, retry: { limits: [], flapLimits: [] } },
    })
    this.hub = new HubClient({
      ...hubOverTabs(sharedByTabs({ name: 'hub', ...page.surroundings, maxBehindBytes, connect })),
      ...{ clock, random, ...options },
      onMessage: (message) => {
        if (message.type === 'rpc_response' && 'response' in message) this.responses.push(message.response)
        if (message.type !== 'broadcast') return
        this.seen.push(textOf(message['data']))
        this.live.push(textOf(message['data']))
      },
      onUiRequest: ({ id }, { signal }) =>
        new Promise((resolve) => {
          this.shown.push(id)
          this.#open.set(id, resolve)
          signal.addEventListener('abort', () => {
            this.#open.delete(id)
            this.over.push(id)
          })
        }),
    })
    this.hub.on('hydration', ({ hydration, fresh }) => {
      this.hydrations.push(hydration.entries.length)
      this.seen.push(...fresh.map(({ content }) => String(content)))
    })
    this.hub.on('gap', ({ reason }) => void this.gaps.push(reason))
    this.hub.connect().catch(() => {})
  }

  /** Questions that a person could answer now. */
  get open(): readonly string[] {
    return [...this.#open.keys()]
  }

  decide(id: string): void {
    this.#open.get(id)?.(`${this.id}`)
    this.#open.delete(id)
  }

  ask(text: string, onDrop: 'carry' | 'reject' = 'carry'): void {
    this.asked.push(text)
    this.hub.command('run', text, { onDrop, timeoutMs: 600_000 }).then(
      ({ actions }) => this.answers.push(String(Object(actions[0]).result)),
      ({ code }) => this.failed.push(`${code}`),
    )
  }
}

export function world(seed: number) {
  const random = seededRandom(seed)
  const clock = new VirtualClock()
  const origin = new Origin(clock, () => random() * 3)
  const server = new HubServer(
    () => 1 + random() * 10,
    (run) => clock.after(random() * 300, run),
  )
  const tab = (id: number, options?: Pick<HubOptions, 'subscribe' | 'after'>, maxBehindBytes?: number) =>
    new Tab(id, origin.page(), server, random, options, maxBehindBytes)
  return { random, clock, origin, server, tab }
}

/** In the long form, `pnpm test:worlds`, ten times as many. */
export const WORLDS = process.env['HOLDFAST_LONG'] === '1' ? 120 : 12

export const upTo = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n)
export const areOpen = (tabs: readonly Tab[]) => tabs.every(({ hub }) => hub.isConnected)

export async function tabsOf(count: number, seed = 1) {
  const made = world(seed)
  made.server.add('note before')
  const tabs = upTo(1, count).map((id) => made.tab(id))
  await made.clock.runUntil(() => areOpen(tabs), 5_000)
  return { ...made, tabs }
}
