import type { Clock, Logger } from '@holdfast/contract'
import type { Cause, Gap } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import { callBack, Emitter, type ListenerOf } from '../support/callbacks.ts'
import type { ConnectionEvents } from './events.ts'
import { type FlightLog, type FlightRecord, recorded, recordsOf } from './flight-recorder.ts'
import type { Status } from './status.ts'

// Shared by connections to which nothing has happened.
const NOTHING: readonly never[] = []

/** What it needs of the options. */
export interface NotifierOptions {
  readonly clock: Clock
  readonly logger: Logger
  readonly onStatus?: ((status: Status, previous: Status) => unknown) | undefined
}

/** What the app learns beside its messages: events, `onStatus`, the log, the history and the counters. What throws there is reported. */
export class Notifier {
  // Fields, not an object of their own: an idle connection is small.
  dials = 0
  opens = 0
  invalidFrames = 0
  staleEvents = 0
  gaps = 0
  inDoubt = 0
  dropped = 0
  readonly #options: NotifierOptions
  #log: FlightLog = NOTHING
  /** Made for the first listener. */
  #listeners: Emitter<ConnectionEvents> | undefined

  constructor(options: NotifierOptions) {
    this.#options = options
  }

  /** The last 256 things that happened. */
  get history(): readonly FlightRecord[] {
    return recordsOf(this.#log)
  }

  on<Name extends keyof ConnectionEvents>(
    name: Name,
    listener: (event: ConnectionEvents[Name]) => unknown,
  ): () => void {
    return this.#emitter.on(name, listener)
  }

  listen(listener: ListenerOf<ConnectionEvents>): void {
    this.#emitter.listen(listener)
  }

  get #emitter(): Emitter<ConnectionEvents> {
    this.#listeners ??= new Emitter<ConnectionEvents>(this)
    return this.#listeners
  }

  emit<Name extends keyof ConnectionEvents>(name: Name, event: ConnectionEvents[Name]): void {
    this.#listeners?.emit(name, event)
  }

  record(what: Status | Cause | string): void {
    this.#log = recorded(this.#log, this.#options.clock.now(), what)
  }

  listenerFailed(error: unknown, name: keyof ConnectionEvents): void {
    if (name !== 'problem') this.problem(`a listener of "${name}" threw`, error)
  }

  problem(what: string, error?: unknown): void {
    this.record(what)
    this.#options.logger.warn(what)
    this.emit('problem', { what, error })
  }

  /** Calls what is the app's; what it throws or rejects with is a problem. */
  call(what: string, run: () => unknown): void {
    callBack(run, (error) => this.problem(`${what} threw`, error))
  }

  invalid(issue: string): void {
    this.invalidFrames += 1
    this.record(`invalid frame: ${issue}`)
    this.emit('invalid', { issue })
  }

  gap(gap: Gap): void {
    this.emit('gap', gap)
  }

  /** Of what this side sends. */
  delivery(report: DeliveryReport): void {
    const { kind, count } = report
    if (kind === 'inDoubt' || kind === 'dropped') this[kind] += count
    this.record(`${count} messages ${kind}`)
    this.emit('delivery', report)
  }

  status(status: Status, previous: Status, cause: Cause | undefined): void {
    this.call('onStatus', () => this.#options.onStatus?.(status, previous))
    this.emit('status', { status, previous, cause })
  }
}
