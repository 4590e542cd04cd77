import { type CarriedItem, itemText, OVER_HTTP } from '@holdfast/contract/over-http'
import { errorOf } from '../errors.ts'
import type { Fetch } from '../fetch-types.ts'

/** What waits goes out together, up to this much in one request, or one message. In characters. */
const MAX_BATCH_CHARS = 262_144

/** "Content Too Large" (RFC 9110 §15.5.14). */
const TOO_LARGE = 413

/** What a {@link PostQueue} needs. */
export interface PostQueueParts {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly fetch: Fetch
  /** Everything that was sent has been taken. */
  readonly emptied: () => void
  /** The server, or a proxy before it, takes no request as large as this: it brought nothing. Nothing comes after it. */
  readonly tooLarge: () => void
  /** A request failed: what it brought may have arrived, or not. Called once. */
  readonly lost: (cause: unknown) => void
}

/** What goes to the server, in order: one request at a time. */
export class PostQueue {
  readonly #parts: PostQueueParts
  readonly #ending = new AbortController()
  #items: string[] = []
  /** What waits, and what is on its way. In characters. */
  #chars = 0
  #number = 0
  #isPosting = false
  #isOver = false

  constructor(parts: PostQueueParts) {
    this.#parts = parts
  }

  get waiting(): number {
    return this.#chars
  }

  send(item: CarriedItem): void {
    if (this.#isOver) return
    const text = itemText(item)
    this.#items.push(text)
    this.#chars += text.length
    if (this.#isPosting) return
    this.#isPosting = true
    // All of a turn goes out together.
    queueMicrotask(() => void this.#run())
  }

  stop(): void {
    this.#isOver = true
    this.#items = []
    this.#chars = 0
    this.#ending.abort()
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    try {
      while (this.#items.length > 0) await this.#post(this.#batch())
    } catch (error) {
      if (!this.#isOver) this.#parts.lost(error)
    }
    this.#isPosting = false
    if (!this.#isOver) this.#parts.emptied()
  }

  #batch(): readonly string[] {
    let chars = 0
    let count = 0
    for (const { length } of this.#items) {
      if (count > 0 && chars + length > MAX_BATCH_CHARS) break
      chars += length
      count += 1
    }
    return this.#items.splice(0, count)
  }

  /** @throws `channel/connection_lost` */
  async #post(batch: readonly string[]): Promise<void> {
    const { url, headers, fetch } = this.#parts
    const init = {
      method: 'POST',
      cache: 'no-store',
      redirect: 'manual',
      headers: { ...headers, [OVER_HTTP.number]: String(this.#number), 'content-type': 'application/json' },
      body: `[${batch.join(',')}]`,
      signal: this.#ending.signal,
    }
    this.#number += 1
    const { status, body } = await fetch(url, init).catch((cause: unknown) => {
      throw errorOf('channel/connection_lost', String(cause).includes('://') ? undefined : cause)
    })
    await body?.cancel().catch(() => {})
    if (status === TOO_LARGE) return this.#parts.tooLarge()
    if (status !== 204) throw errorOf('channel/connection_lost', new Error(`a post was answered with status ${status}`))
    for (const { length } of batch) this.#chars -= length
  }
}
