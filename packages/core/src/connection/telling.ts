import type { Clock } from '@holdfast/contract'
import type { Cause, ClientProtocol, Gap } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/delivery-reports.ts'
import { Inbound, type InboundHost } from '../delivery/inbound.ts'
import { Emitter } from '../support/emitter.ts'
import { follow, isThenable } from '../support/thenable.ts'
import type { ConnectionEvents } from './events.ts'
import { FlightRecorder } from './flight-recorder.ts'
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import type { Status } from './status.ts'

/** Shared by connections that have nobody of their own: an idle one is small. */
const NOBODY: readonly never[] = []

/** All that the app is told: events, callbacks, messages and streams, the history and the counters. What throws there is reported. */
export abstract class Telling<In, Out, WireIn, WireOut, Ready extends object | undefined>
  extends Emitter<ConnectionEvents>
  implements InboundHost<In>
{
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly clock: Clock
  readonly recorder: FlightRecorder
  readonly counts = { dials: 0, opens: 0, invalidFrames: 0, staleEvents: 0, gaps: 0, inDoubt: 0, dropped: 0 }
  lastCause: Cause | undefined
  taps: readonly ((message: In) => unknown)[] = NOBODY
  /** What waits for the app, and what the app is at work with. */
  readonly inbound: Inbound<In>
  abstract readonly protocol: ClientProtocol<In, Out, WireIn, WireOut, Ready>

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    super()
    this.options = resolveOptions(options)
    this.clock = this.options.clock
    this.recorder = new FlightRecorder(this.clock)
    this.inbound = new Inbound<In>(this)
  }

  abstract setPaused(paused: boolean): void
  abstract taken(message: In): void

  protected override listenerFailed(error: unknown, name: keyof ConnectionEvents): void {
    if (name !== 'problem') this.problem(`a listener of "${name}" threw`, error)
  }

  problem(what: string, error?: unknown): void {
    this.recorder.add(what)
    this.options.logger.warn(what)
    this.emit('problem', { what, error })
  }

  invalid(issue: string): void {
    this.counts.invalidFrames += 1
    this.recorder.add(`invalid frame: ${issue}`)
    this.emit('invalid', { issue })
  }

  gap(gap: Gap): void {
    this.counts.gaps += 1
    this.inbound.gap(gap)
  }

  tellGap(gap: Gap): void {
    this.emit('gap', gap)
  }

  overflowed(): void {
    this.counts.gaps += 1
    this.recorder.add('messages are dropped: nobody reads')
  }

  report(report: DeliveryReport): void {
    if (report.kind === 'inDoubt' || report.kind === 'dropped') this.counts[report.kind] += report.count
    this.recorder.add(`${report.count} messages ${report.kind}`)
    this.emit('delivery', report)
  }

  protected tellStatus(status: Status, previous: Status): void {
    const threw = (error: unknown): void => this.problem('onStatus threw', error)
    try {
      follow(this.options.onStatus?.(status, previous), threw)
    } catch (error) {
      threw(error)
    }
    this.emit('status', { status, previous, cause: this.lastCause })
  }

  /** To the taps, and where none takes it, to the app. */
  protected tellMessage(message: In, bytes: number): void {
    try {
      for (const tap of this.taps) {
        const returned = tap(message)
        if (returned === true) return
        if (typeof returned === 'object' && isThenable(returned)) this.follow(returned)
      }
    } catch (error) {
      this.#threw(error)
    }
    this.inbound.message(message, bytes)
  }

  /** A tap, or a protocol's `receive`, may be async. */
  protected follow(returned: PromiseLike<unknown>): void {
    returned.then(undefined, (error: unknown) => this.#threw(error))
  }

  #threw(error: unknown): void {
    this.problem('handling a message threw', error)
  }
}
