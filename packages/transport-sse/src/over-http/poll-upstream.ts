import { type CarriedItem, carriedItem, OVER_HTTP } from '@holdfast/contract/over-http'
import { errorOf } from '../errors.ts'
import type { Upstream } from './carried-socket.ts'
import type { ResolvedOptions } from './options.ts'
import { askForItems } from './poll-request.ts'

/** What a {@link PollUpstream} needs. */
export interface PollUpstreamParts {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly options: ResolvedOptions
  /** What came with the opening. */
  readonly rest: readonly (CarriedItem | undefined)[]
}

/** What takes the items. */
export interface ItemSink {
  deliver(item: CarriedItem): void
  lost(cause: unknown): void
}

/** Asks for more, one request after the other, while more is wanted. */
export class PollUpstream implements Upstream {
  readonly #parts: PollUpstreamParts
  readonly #ending = new AbortController()
  #sink: ItemSink | undefined
  /** The request that opened was the first. */
  #number = 1
  #hasReportedRest = false
  #isWanted = false
  #isAsking = false
  /** The server has said so. */
  #hasEnded = false

  constructor(parts: PollUpstreamParts) {
    this.#parts = parts
  }

  start(sink: ItemSink): void {
    this.#sink = sink
  }

  read(isWanted: boolean): void {
    this.#isWanted = isWanted
    if (isWanted && !this.#isAsking) void this.#run()
  }

  stop(): void {
    this.#isWanted = false
    this.#ending.abort()
    if (!this.#hasEnded) this.#leave()
  }

  /** An answer that nothing waits for says nothing of the end: the server is notified, and need not notice it. Never rejects. */
  #leave(): void {
    const { url, headers, options } = this.#parts
    const init = { method: 'DELETE', redirect: 'manual', headers: { ...headers }, signal: new AbortController().signal }
    options.fetch(url, init).then(
      ({ body }) => body?.cancel().catch(() => {}),
      () => {},
    )
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    this.#isAsking = true
    try {
      if (!this.#hasReportedRest) this.#deliverAll(this.#parts.rest)
      this.#hasReportedRest = true
      while (this.#isWanted) this.#deliverAll(await this.#ask())
    } catch (cause) {
      if (!this.#ending.signal.aborted) this.#sink?.lost(errorOf('channel/connection_lost', cause))
    }
    this.#isAsking = false
  }

  /** Within the time in which an answer comes, or the connection is dead. */
  async #ask(): Promise<readonly (CarriedItem | undefined)[]> {
    const { url, headers, options } = this.#parts
    const { stallTimeoutMs, bounds } = options
    const numbered = { ...headers, [OVER_HTTP.number]: String(this.#number) }
    const silence =
      stallTimeoutMs === null
        ? undefined
        : bounds.clock.after(stallTimeoutMs, () => this.#sink?.lost(errorOf('channel/stalled')))
    try {
      const { signal } = this.#ending
      const items = await askForItems({ url, headers: numbered, signal }, options)
      this.#number += 1
      return items.map(carriedItem)
    } finally {
      silence?.cancel()
    }
  }

  #deliverAll(items: readonly (CarriedItem | undefined)[]): void {
    for (const item of items) {
      this.#hasEnded ||= item?.kind === 'close'
      if (item === undefined) return this.#sink?.lost(errorOf('channel/peer_violation'))
      this.#sink?.deliver(item)
    }
  }
}
