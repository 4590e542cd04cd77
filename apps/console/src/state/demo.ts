import { Tally, type TallyReport } from '@holdfast/app-demo/tally'
import type { DemoLink } from './link.ts'
import { Store } from './store.ts'

/** What can be done to the network of a demonstration. */
export type Fault = 'cut' | 'half-open' | 'slow' | 'refuse' | 'heal'

/** The demonstration's switchboard: where to dial, and what is broken. */
export class Demo extends Store {
  readonly #base: string
  readonly #token: string
  proxyUrl: string | undefined
  /** The lasting fault. */
  fault: string | undefined
  /** It answers. */
  isThere = false

  constructor({ port, token }: DemoLink) {
    super()
    this.#base = `http://127.0.0.1:${port}`
    this.#token = token
  }

  /** Asks where to dial. A demonstration that has ended is none. */
  async find(): Promise<void> {
    await this.#ask('/', 'GET')
  }

  async apply(fault: Fault): Promise<void> {
    await this.#ask(`/${fault}`, 'POST')
  }

  async #ask(path: string, method: string): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${this.#token}` }
      const response = await fetch(this.#base + path, { method, headers, signal: AbortSignal.timeout(5_000) })
      const told: { readonly proxyUrl?: unknown; readonly fault?: unknown } = response.ok ? await response.json() : {}
      this.isThere = typeof told.proxyUrl === 'string'
      if (typeof told.proxyUrl === 'string') this.proxyUrl = told.proxyUrl
      this.fault = typeof told.fault === 'string' ? told.fault : undefined
    } catch {
      this.isThere = false
    }
    this.changed()
  }
}

/** Numbers both ways: what the lead's program prints, and what this page sends. */
export class DemoCount {
  readonly down: Tally = new Tally()
  sent = 0
  /** What the lead has, as it told last. */
  up: TallyReport = new Tally(1).report
}
