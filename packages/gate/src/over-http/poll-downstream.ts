import type { ServerResponse } from 'node:http'
import { type Clock, HoldfastError, type Timer } from '@holdfast/contract'
import { type CarriedItem, itemText } from '@holdfast/contract/over-http'
import { keepPrivate } from '../http/json-response.ts'
import type { Downstream, DownstreamEvents } from './downstream.ts'

/** What a {@link PollDownstream} needs. */
export interface PollDownstreamOptions {
  readonly clock: Clock
  /** A request is answered after this long, with nothing where nothing came. In milliseconds. */
  readonly waitMs: number
  /** A client that asks no more for this long is gone. In milliseconds. */
  readonly absentMs: number
  /** Above this nothing more is taken until the next poll, in characters. */
  readonly maxWaiting: number
  readonly events: DownstreamEvents
}

/** Items as they are asked for: each request is answered with what waits, or once something comes. */
export class PollDownstream implements Downstream {
  readonly #options: PollDownstreamOptions
  #items: string[] = []
  #waiting = 0
  /** The request that is not answered yet. */
  #asking: ServerResponse | undefined
  #timer: Timer | undefined
  #flush: NodeJS.Immediate | undefined
  /** How many requests were answered; the last answer is kept, in case that it never arrived. */
  #answered = 0
  #last = ''
  #hasEnded = false
  #isOver = false

  constructor(options: PollDownstreamOptions) {
    this.#options = options
    this.#watchFor(options.absentMs, options.events.gone)
  }

  /** The answer with the end of it was given: it is given again to who asks again, and nothing comes after it. */
  get isOver(): boolean {
    return this.#isOver
  }

  send(item: CarriedItem): void {
    const text = itemText(item)
    this.#items.push(text)
    this.#waiting += text.length
    if (this.#waiting > this.#options.maxWaiting) this.#options.events.setReading(false)
    this.#answerSoon()
  }

  end(): void {
    this.#hasEnded = true
    if (this.#items.length > 0) this.#answerSoon()
    else this.destroy()
  }

  tick(): void {}

  destroy(): void {
    clearImmediate(this.#flush)
    this.#asking?.destroy()
    this.#asking = undefined
    this.#gone()
  }

  /** @throws HoldfastError `server/bad_request` where the number is neither the next nor the last one */
  ask(number: number, response: ServerResponse): void {
    if (number === this.#answered - 1) return respond(response, this.#last)
    if (number !== this.#answered || this.#isOver) {
      throw new HoldfastError('server/bad_request', `Expected request ${this.#answered} of this channel.`)
    }
    // A newer one has come for it: something on the way has given up the one before.
    if (this.#asking !== undefined) this.#asking.destroy()
    this.#asking = response
    response.on('error', () => {})
    response.once('close', () => this.#left(response))
    this.#watchFor(this.#options.waitMs, () => this.#answer())
    if (this.#items.length > 0 || this.#hasEnded) this.#answerSoon()
  }

  #left(response: ServerResponse): void {
    if (this.#asking !== response) return
    this.#asking = undefined
    this.#watchFor(this.#options.absentMs, this.#options.events.gone)
  }

  /** What comes in one turn goes out together. */
  #answerSoon(): void {
    if (this.#asking === undefined) return
    this.#flush ??= setImmediate(() => this.#answer())
  }

  #answer(): void {
    clearImmediate(this.#flush)
    this.#flush = undefined
    const response = this.#asking
    if (response === undefined) return
    this.#asking = undefined
    this.#last = `[${this.#items.join(',')}]`
    this.#items = []
    this.#waiting = 0
    this.#answered += 1
    respond(response, this.#last)
    this.#isOver = this.#hasEnded
    if (this.#isOver) return this.#gone()
    this.#options.events.setReading(true)
    this.#watchFor(this.#options.absentMs, this.#options.events.gone)
  }

  #gone(): void {
    this.#timer?.cancel()
    this.#options.events.gone()
  }

  #watchFor(ms: number, then: () => void): void {
    this.#timer?.cancel()
    this.#timer = this.#options.clock.after(ms, then)
  }
}

function respond(response: ServerResponse, body: string): void {
  keepPrivate(response)
  response.writeHead(200, { 'content-type': 'application/json; charset=utf-8' }).end(body)
}
