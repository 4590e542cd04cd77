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
  /** What was done here last. */
  lastFault: Fault | undefined
  /** Faults so far, by anybody. */
  count = 0
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
    if (fault !== 'heal') this.lastFault = fault
    await this.#ask(`/${fault}`, 'POST')
  }

  async #ask(path: string, method: string): Promise<void> {
    try {
      const headers = { authorization: `Bearer ${this.#token}` }
      const response = await fetch(this.#base + path, { method, headers, signal: AbortSignal.timeout(5_000) })
      const body: { readonly [name: string]: unknown } = response.ok ? await response.json() : {}
      const { proxyUrl, fault, count } = body
      this.isThere = typeof proxyUrl === 'string'
      if (typeof proxyUrl === 'string') this.proxyUrl = proxyUrl
      this.fault = typeof fault === 'string' ? fault : undefined
      if (typeof count === 'number') this.count = count
    } catch {
      this.isThere = false
    }
    this.changed()
  }
}
