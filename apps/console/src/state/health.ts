import { type GatewayOverview, parseHubRest } from '@holdfast/protocol/hub/rest'
import { ApiError, ask, wordsOf } from './request.ts'
import { Store } from './store.ts'

/** How much of something there is in a second. */
export interface Rates {
  readonly messagesIn: number
  readonly messagesOut: number
  readonly bytesIn: number
  readonly bytesOut: number
  readonly refusals: number
}

const EVERY_MS = 2_000

/** The health of the gateway, for its operators: requested again and again while it is shown. */
export class Health extends Store {
  readonly #base: string
  readonly #token: string
  /** As it was last received, and by which of this page's moments, in milliseconds. */
  overview: GatewayOverview | undefined
  measuredAt = 0
  /** Since the answer before; undefined before there are two. */
  rates: Rates | undefined
  /** Why there is no fresh answer. */
  problem: string | undefined
  /** Why what was asked for last was not done. It stays until something else is requested, or the view is opened again. */
  refusal: string | undefined
  #timer: ReturnType<typeof setInterval> | undefined

  constructor(base: string, token: string) {
    super()
    this.#base = base
    this.#token = token
  }

  /** Asks until the returned function is called. */
  watch(): () => void {
    this.refusal = undefined
    const look = (): void => {
      if (document.visibilityState === 'visible') void this.refresh()
    }
    look()
    this.#timer = setInterval(look, EVERY_MS)
    return () => clearInterval(this.#timer)
  }

  async refresh(): Promise<void> {
    try {
      const parsed = parseHubRest.overview(await this.#ask('overview'))
      if (!parsed.ok) throw new ApiError(parsed.issue)
      this.rates = this.overview === undefined ? undefined : ratesOf(this.overview, parsed.message)
      this.overview = parsed.message
      this.measuredAt = performance.now()
      this.problem = undefined
    } catch (error) {
      this.problem = wordsOf(error)
    }
    this.changed()
  }

  /** Ends a connection for good. */
  disconnect(id: string): Promise<void> {
    return this.#do(`connections/${encodeURIComponent(id)}`, 'DELETE')
  }

  /** Sends everybody elsewhere, and ends the gateway. */
  drain(): Promise<void> {
    return this.#do('drain', 'POST')
  }

  async #do(path: string, method: string): Promise<void> {
    this.refusal = undefined
    try {
      await this.#ask(path, method)
    } catch (error) {
      this.refusal = wordsOf(error)
      return this.changed()
    }
    await this.refresh()
  }

  #ask(path: string, method = 'GET'): Promise<unknown> {
    return ask(`${this.#base}/api/operator/${path}`, this.#token, { method })
  }
}

function ratesOf(before: GatewayOverview, now: GatewayOverview): Rates | undefined {
  const seconds = (now.at - before.at) / 1_000
  // Another process, or the same answer twice.
  if (seconds <= 0 || before.startedAt !== now.startedAt) return undefined
  const of = (name: keyof Rates): number => Math.max(0, now[name] - before[name]) / seconds
  return {
    messagesIn: of('messagesIn'),
    messagesOut: of('messagesOut'),
    bytesIn: of('bytesIn'),
    bytesOut: of('bytesOut'),
    refusals: of('refusals'),
  }
}
