import type { Clock } from '@holdfast/contract'
import type { Cause, Gap, HandshakeResult } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/delivery-reports.ts'
import type { StreamReader } from '../delivery/streams.ts'
import { Emitter } from '../support/emitter.ts'
import type { ConnectionEvents } from './events.ts'
import { FlightRecorder } from './flight-recorder.ts'
import { type ConnectionOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import type { Status } from './status.ts'

/** Shared by connections that have nobody of their own: an idle one is small. */
const NOBODY: readonly never[] = []

/** All that the app is told: events, callbacks, messages and streams, the history and the counters. What throws there is reported. */
export abstract class Telling<
  In,
  Out,
  WireIn,
  WireOut,
  Ready extends HandshakeResult | undefined,
> extends Emitter<ConnectionEvents> {
  readonly options: ResolvedOptions<In, Out, WireIn, WireOut, Ready>
  readonly clock: Clock
  readonly recorder: FlightRecorder
  readonly counts = { dials: 0, opens: 0, invalidFrames: 0, staleEvents: 0, gaps: 0, inDoubt: 0 }
  lastCause: Cause | undefined
  taps: readonly ((message: In) => boolean)[] = NOBODY
  readers: readonly StreamReader<In>[] = NOBODY

  constructor(options: ConnectionOptions<In, Out, WireIn, WireOut, Ready>) {
    super()
    this.options = resolveOptions(options)
    this.clock = this.options.clock
    this.recorder = new FlightRecorder(this.clock)
  }

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
    this.emit('gap', gap)
    for (const reader of this.readers) reader.gap(gap)
  }

  report(report: DeliveryReport): void {
    if (report.kind === 'inDoubt') this.counts.inDoubt += report.count
    this.recorder.add(`${report.count} messages ${report.kind}`)
    this.emit('delivery', report)
  }

  protected tellStatus(status: Status, previous: Status): void {
    try {
      this.options.onStatus?.(status, previous)
    } catch (error) {
      this.problem('onStatus threw', error)
    }
    this.emit('status', { status, previous, cause: this.lastCause })
  }

  /** To the taps, and where none takes it, to the app. */
  protected tellMessage(message: In, bytes: number): void {
    try {
      for (const tap of this.taps) if (tap(message)) return
    } catch (error) {
      this.problem('handling a message threw', error)
    }
    try {
      this.options.onMessage?.(message)
    } catch (error) {
      this.problem('onMessage threw', error)
    }
    for (const reader of this.readers) reader.push(message, bytes)
  }

  /** Streams end with the connection. */
  protected endReaders(error: unknown): void {
    const { readers } = this
    this.readers = NOBODY
    for (const reader of readers) reader.end(error)
  }
}
