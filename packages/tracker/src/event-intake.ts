import type { Clock, Timer } from '@holdfast/core'
import { DedupWindow, type HandshakeConnection, type StreamSource } from '@holdfast/core/protocol'
import type { TrackerClientMessage, TrackerServerMessage } from '@holdfast/protocol/tracker'
import { Acknowledgements } from './acknowledgements.ts'
import { TrackerError, type TrackerErrorDetails } from './errors.ts'
import type { TrackerReady } from './handshake.ts'

/** An event of the tracker. */
export interface TrackerEvent {
  readonly event: string
  readonly data: unknown
  /** The time of the event in milliseconds since 1970, where the tracker sends it. */
  readonly ts?: number | undefined
  readonly id?: string | undefined
}

/** The second argument of a handler. */
export interface TrackerEventContext {
  /** 1 for the first. */
  readonly attempt: number
  /** Aborted by `close()`. */
  readonly signal: AbortSignal
  /**
   * An idempotency key for an effect of this event: the same when the event comes again, in another process too, so
   * that the effect happens once (option `key` of the agent's sends, `Idempotency-Key` over REST). `name` distinguishes
   * several effects of one event. Undefined where the tracker's events have no id.
   */
  key(name: string): string | undefined
}

/** Handles an event; the event is acknowledged once it has returned. */
export type TrackerEventHandler = (event: TrackerEvent, context: TrackerEventContext) => unknown

/** A handler gave the event back: it waits for the next one. */
export class LeftUndone extends Error {
  override readonly name = 'LeftUndone'
}

/** What happens when a handler throws. */
export interface FailurePolicy {
  /** Further attempts. @defaultValue 2 */
  readonly retries: number
  /** Before the first of them; twice as long before each next. In milliseconds. @defaultValue 1000 */
  readonly delayMs: number
  /** What follows the last attempt: a `nack` to the tracker, or no answer. @defaultValue 'nack' */
  readonly last: 'nack' | 'none'
}

export interface EventIntakeOptions {
  readonly clock: Clock
  readonly maxRememberedIds: number
  /** Events that wait; at this many the socket is not read, or, where it cannot be slowed, more are left out. */
  readonly maxPending: number
  /** The same of their bytes, 256 more for each. */
  readonly maxPendingBytes: number
  /** Events handled at once. 1 keeps their order. */
  readonly concurrency: number
  readonly failure: FailurePolicy
  readonly report: (error: TrackerError) => void
}

/** What an event costs beside its bytes. */
const EVENT_BYTES = 256

interface Pending {
  readonly event: TrackerEvent
  readonly bytes: number
}

type Link = HandshakeConnection<TrackerServerMessage, TrackerClientMessage, TrackerReady>

/** Events on their way in: once each, in order, acknowledged after they were handled, bounded by not reading on. Tracker §3.5, §3.6. */
export class EventIntake {
  readonly #connection: Link
  readonly #options: EventIntakeOptions
  readonly #dedupWindow: DedupWindow
  /** Ids that wait or are being handled. */
  readonly #underWay = new Set<string>()
  readonly #retries = new Set<Timer>()
  readonly acks: Acknowledgements
  #handler: TrackerEventHandler | undefined
  #queue: Pending[] = []
  #head = 0
  #bytes = 0
  #active = 0
  #source: StreamSource | undefined
  #paused = false
  #stop = new AbortController()
  #duplicates = 0
  #leftOut = 0
  #isFull = false

  constructor(connection: Link, options: EventIntakeOptions) {
    this.#connection = connection
    this.#options = options
    this.#dedupWindow = new DedupWindow(options.maxRememberedIds)
    this.acks = new Acknowledgements(connection, options.maxRememberedIds)
  }

  /** Events that wait for the handler. */
  get pending(): number {
    return this.#queue.length - this.#head
  }

  /** Events that arrived again. */
  get duplicates(): number {
    return this.#duplicates
  }

  /** Events that were left out, unacknowledged, because too many waited on a transport that cannot be slowed. */
  get leftOut(): number {
    return this.#leftOut
  }

  /** Ids remembered. */
  get remembered(): number {
    return this.#dedupWindow.count
  }

  handle(handler: TrackerEventHandler): () => void {
    this.#handler = handler
    this.#work()
    return () => {
      if (this.#handler === handler) this.#handler = undefined
    }
  }

  begin(): void {
    if (this.#source !== undefined) return
    this.#stop = new AbortController()
    this.#source = this.#connection.attach({
      push: (message, bytes) => this.#received(message, bytes + EVENT_BYTES),
      gap: () => {},
      end: () => this.end(),
    })
  }

  /** No more events. What waits is forgotten, and comes again from trackers that send again. */
  end(): void {
    const source = this.#source
    this.#source = undefined
    this.#stop.abort(new TrackerError('tracker/refused', 'The agent was stopped.'))
    for (const timer of this.#retries) timer.cancel()
    this.#retries.clear()
    this.#queue = []
    this.#head = 0
    this.#bytes = 0
    // Handlers that still run belong to the life that has ended.
    this.#active = 0
    this.#isFull = false
    this.#underWay.clear()
    this.acks.forget()
    if (this.#paused) source?.resume()
    this.#paused = false
    source?.left()
  }

  #received(message: TrackerServerMessage, bytes: number): void {
    if (message.kind !== 'event') return
    const { event, data, ts, id } = message
    if (id !== undefined) {
      if (this.#underWay.has(id)) {
        this.#duplicates += 1
        return
      }
      if (this.#dedupWindow.has(id)) {
        this.#duplicates += 1
        return this.acks.ack(id)
      }
    }
    if (this.#isTooMuch(id)) return
    if (id !== undefined) this.#underWay.add(id)
    this.#queue.push({ event: { event, data, ts, id }, bytes })
    this.#bytes += bytes
    if (!this.#paused && this.#canWait && this.#has(1)) this.#pause(true)
    this.#work()
  }

  /** Reading is slowed for a handler that is at work. An agent that handles nothing is not to stop hearing of everything else. */
  get #canWait(): boolean {
    return this.#source?.canPause === true && this.#handler !== undefined
  }

  /** So much waits, of what may wait. */
  #has(part: number): boolean {
    const { maxPending, maxPendingBytes } = this.#options
    return this.pending >= maxPending * part || this.#bytes >= maxPendingBytes * part
  }

  /** Where reading cannot be slowed, an event that is not acknowledged comes again from trackers that send again. */
  #isTooMuch(id: string | undefined): boolean {
    if (this.#canWait || !this.#has(1)) return false
    this.#leftOut += 1
    if (this.#isFull) return true
    this.#isFull = true
    const details: TrackerErrorDetails = { eventId: id, kind: 'overflow', count: this.pending }
    this.#options.report(new TrackerError('tracker/events_left_out', 'Too many events wait.', details))
    return true
  }

  #work(): void {
    const handler = this.#handler
    if (handler === undefined) return
    while (this.#active < this.#options.concurrency && this.pending > 0) {
      const next = this.#queue[this.#head]
      this.#head += 1
      this.#bytes -= next?.bytes ?? 0
      if (this.#head > 512 || this.#head === this.#queue.length) {
        this.#queue.splice(0, this.#head)
        this.#head = 0
      }
      if (next !== undefined) this.#start(next)
      if (this.#has(0.5) && this.pending > 0) continue
      this.#isFull = false
      // Last: what comes of it may come at once, behind the one that was started.
      if (this.#paused) this.#pause(false)
    }
  }

  #start(pending: Pending): void {
    this.#active += 1
    void this.#run(pending, 1, this.#stop.signal)
  }

  async #run(pending: Pending, attempt: number, signal: AbortSignal): Promise<void> {
    const handler = this.#handler
    if (handler === undefined) return this.#putBack(pending, signal)
    const { event } = pending
    const { id } = event
    try {
      const key = (name: string): string | undefined => (id === undefined ? undefined : `${id} ${name}`)
      await handler(event, { attempt, signal, key })
      if (id !== undefined) this.#dedupWindow.add(id)
      if (!signal.aborted) this.acks.ack(id)
      this.#done(event, signal)
    } catch (error) {
      if (error instanceof LeftUndone) this.#putBack(pending, signal)
      else this.#failed(pending, attempt, signal, error)
    }
  }

  #failed(pending: Pending, attempt: number, signal: AbortSignal, error: unknown): void {
    const { event } = pending
    const { failure, clock } = this.#options
    const again = attempt <= failure.retries && !signal.aborted
    const next = signal.aborted ? 'none' : again ? 'retry' : failure.last
    const details: TrackerErrorDetails = { event: event.event, eventId: event.id, attempt, next }
    this.#options.report(new TrackerError('tracker/handler_failed', 'The handler of an event threw.', details, error))
    if (!again) {
      if (next === 'nack') this.acks.nack(event.id)
      return this.#done(event, signal)
    }
    // The place in the row is kept: with a concurrency of 1 later events wait.
    const timer = clock.after(failure.delayMs * 2 ** (attempt - 1), () => {
      this.#retries.delete(timer)
      void this.#run(pending, attempt + 1, signal)
    })
    this.#retries.add(timer)
  }

  /** The handler went away before another attempt: the event waits for the next one, first of all. */
  #putBack(pending: Pending, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#active -= 1
    this.#queue.splice(this.#head, 0, pending)
    this.#bytes += pending.bytes
  }

  #done(event: TrackerEvent, signal: AbortSignal): void {
    if (signal.aborted) return
    this.#active -= 1
    if (event.id !== undefined) this.#underWay.delete(event.id)
    this.#work()
  }

  #pause(pause: boolean): void {
    this.#paused = pause
    if (pause) this.#source?.pause()
    else this.#source?.resume()
  }
}
