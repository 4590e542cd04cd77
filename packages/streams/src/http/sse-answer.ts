import type { ServerResponse } from 'node:http'
import { formatOffset, type Offset } from '../stream/offset.ts'
import type { ReadyPage } from '../stream/page-cache.ts'
import type { WaitEnd } from '../stream/wait-end.ts'
import { cursorAfter, laterCursor } from './cursor.ts'
import { endOf, leftOf, type ReadCall, type ReadContext } from './read-context.ts'

/** The part of its life by which a stream's end varies: those that came together do not go together. */
const LIFE_SPREAD = 0.2

const KEEP_ALIVE = ':\n\n'

/** One reader over server-sent events (protocol §5.8). */
export class SseAnswer {
  readonly #context: ReadContext
  readonly #call: ReadCall
  readonly #response: ServerResponse
  readonly #isText: boolean
  #at: Offset
  /** Of the client, then what it was last sent. */
  #cursor: string | undefined
  #lastCursor: string | undefined
  #hasReported = false
  #checkedAt: number

  constructor(
    context: ReadContext,
    call: ReadCall,
    { start, cursor }: { readonly start: Offset; readonly cursor: string | undefined },
  ) {
    this.#context = context
    this.#call = call
    this.#response = call.response
    this.#isText = call.view.form !== 'bytes'
    this.#at = start
    this.#cursor = cursor
    this.#checkedAt = context.clock.now()
  }

  /** As long as it lasts. */
  async run(): Promise<undefined> {
    const { clock, limits, random, readers } = this.#context
    const { view, who, principal } = this.#call
    const release = readers.add(who, 'sse')
    const { end, stop } = endOf(this.#context, this.#response, principal)
    const life = limits.sseLifeMs * (1 - random() * LIFE_SPREAD)
    const until = clock.now() + Math.min(life, leftOf(principal, clock))
    try {
      let ready = await view.read(this.#at)
      this.#begin()
      for (;;) {
        this.#send(ready)
        if (ready.page.isClosed || end.isOver) break
        await this.#taken(end)
        if (ready.page.isUpToDate && !(await this.#wait(until, end))) break
        await this.#recheck()
        ready = await view.read(this.#at)
      }
    } catch (error) {
      if (!this.#response.headersSent) throw error
    } finally {
      stop()
      release()
    }
    if (!this.#response.destroyed) this.#response.end()
    return undefined
  }

  /** False when its time is over. */
  async #wait(until: number, end: WaitEnd): Promise<boolean> {
    const { clock, limits } = this.#context
    const began = clock.now()
    const left = until - began
    if (left <= 0 || end.isOver) return false
    const quiet = Math.min(left, limits.sseKeepAliveMs)
    await this.#call.view.changed(this.#at, quiet, end)
    if (end.isOver) return false
    const isQuiet = clock.now() - began >= quiet
    if (isQuiet && left > quiet) this.#response.write(KEEP_ALIVE)
    return !isQuiet || left > quiet
  }

  /** What takes its time is asked now and then, as what is known of a stream is. */
  async #recheck(): Promise<void> {
    const { clock, limits } = this.#context
    if (clock.now() - this.#checkedAt < limits.recordAgeMs) return
    await this.#call.recheck()
    this.#checkedAt = clock.now()
  }

  #begin(): void {
    const { headers } = this.#call
    this.#response.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream',
      'cache-control': 'private, no-store, no-cache, no-transform',
      ...(this.#isText ? {} : { 'stream-sse-data-encoding': 'base64' }),
      // Proxies that compress or buffer would hold events back.
      'content-encoding': 'identity',
      'x-accel-buffering': 'no',
    })
  }

  #send(ready: ReadyPage): void {
    const { page } = ready
    const isNew = page.next.n > page.start.n || page.isClosed
    if (!isNew && this.#hasReported) return
    this.#hasReported = true
    this.#at = page.next
    const data = page.pieces.length === 0 ? '' : ready.sse((body) => dataEvent(body, this.#isText))
    const text = `${data}${this.#control(ready)}`
    this.#context.counts.readBytes += text.length
    this.#response.write(text)
  }

  #control({ page }: ReadyPage): string {
    const { clock, random } = this.#context
    const now = clock.epoch()
    this.#cursor = laterCursor(
      this.#lastCursor,
      cursorAfter(this.#lastCursor === undefined ? this.#cursor : undefined, now, random),
    )
    this.#lastCursor = this.#cursor
    const control = {
      streamNextOffset: formatOffset(page.next),
      ...(page.isClosed ? { streamClosed: true } : { streamCursor: this.#cursor }),
      ...(page.isUpToDate ? { upToDate: true } : {}),
    }
    return `event: control\ndata:${JSON.stringify(control)}\n\n`
  }

  /** Resolves when the reader has taken most of what was written. */
  async #taken(end: WaitEnd): Promise<void> {
    const response = this.#response
    if (response.writableLength <= this.#context.limits.readerHighBytes) return
    await new Promise<void>((resolve) => {
      const done = (): void => {
        response.off('drain', done)
        end.remove(done)
        resolve()
      }
      response.on('drain', done)
      end.add(done)
    })
  }
}

/** A line break of the content begins another line of the event. Readers take away one space at the beginning of each. */
function dataEvent(body: Buffer, isText: boolean): string {
  const lines = isText ? body.toString().split(/\r\n|\r|\n/) : [body.toString('base64')]
  return `event: data\n${lines.map((line) => `data:${line.startsWith(' ') ? ' ' : ''}${line}\n`).join('')}\n`
}
