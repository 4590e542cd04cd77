import type { StreamCounts } from '../stream-counts.ts'
import type { Offset } from './offset.ts'
import { bodyOfPage, type Page, type PageSource, readPage } from './page.ts'

/** A page, and what it is answered as: made once, however many ask for it. */
export class ReadyPage {
  readonly page: Page
  #body: Buffer | undefined
  #sse: string | undefined

  constructor(page: Page) {
    this.page = page
  }

  get body(): Buffer {
    this.#body ??= bodyOfPage(this.page)
    return this.#body
  }

  /** As `make` makes it the first time. */
  sse(make: (body: Buffer) => string): string {
    this.#sse ??= make(this.body)
    return this.#sse
  }
}

interface CachedPage {
  readonly ready: Promise<ReadyPage>
  bytes: number
}

/** Of each page beside its bytes. */
const PAGE_OVERHEAD = 1_024

/** The pages that were asked for last, of all streams together. Those who ask for the same page wait for one reading. */
export class PageCache {
  readonly #maxBytes: number
  readonly #counts: Pick<StreamCounts, 'pagesFromMemory' | 'pagesFromLog'>
  // In the order of their last use.
  readonly #pages = new Map<string, CachedPage>()
  #bytes = 0

  constructor(maxBytes: number, counts: Pick<StreamCounts, 'pagesFromMemory' | 'pagesFromLog'>) {
    this.#maxBytes = maxBytes
    this.#counts = counts
  }

  get bytes(): number {
    return this.#bytes
  }

  /** `head`: where the stream's log stands. A page that was read up to another one is read anew, unless it is full. */
  async read(source: PageSource, name: string, start: Offset, head: number): Promise<ReadyPage> {
    const prefix = `${name} ${source.epoch} ${start.n} ${start.eventHash}`
    const full = this.#pages.get(prefix)
    if (full !== undefined) return this.#used(prefix, full)
    const key = `${prefix} ${head}`
    const known = this.#pages.get(key)
    if (known !== undefined) return this.#used(key, known)
    this.#counts.pagesFromLog += 1
    const ready = readPage(source, start).then((page) => new ReadyPage(page))
    const cached: CachedPage = { ready, bytes: PAGE_OVERHEAD }
    this.#put(key, cached)
    try {
      const { page } = await ready
      this.#forget(key, cached)
      this.#put(page.isUpToDate ? key : prefix, { ready, bytes: 2 * page.bytes + PAGE_OVERHEAD })
    } catch (error) {
      this.#forget(key, cached)
      throw error
    }
    return ready
  }

  #used(key: string, cached: CachedPage): Promise<ReadyPage> {
    this.#counts.pagesFromMemory += 1
    this.#pages.delete(key)
    this.#pages.set(key, cached)
    return cached.ready
  }

  #put(key: string, cached: CachedPage): void {
    const before = this.#pages.get(key)
    if (before !== undefined) this.#forget(key, before)
    this.#pages.set(key, cached)
    this.#bytes += cached.bytes
    for (const [oldest, page] of this.#pages) {
      if (this.#bytes <= this.#maxBytes) break
      this.#forget(oldest, page)
    }
  }

  #forget(key: string, cached: CachedPage): void {
    if (this.#pages.get(key) !== cached) return
    this.#pages.delete(key)
    this.#bytes -= cached.bytes
  }
}
