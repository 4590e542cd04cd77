import type { Cause } from './client-protocol.ts'
import type { ConnectionEvents, ConnectionMetrics } from './connection/events.ts'
import { type Explainable, explainCause, explainRecord } from './connection/explain.ts'
import type { FlightRecord } from './connection/flight-recorder.ts'

type Attributes = Record<string, string | number | boolean>
interface Adds {
  add(value: number, attributes?: Attributes): void
}
interface Records {
  record(value: number, attributes?: Attributes): void
}
interface Instrument {
  readonly description?: string
  readonly unit?: string
}
interface Observable {
  addCallback(callback: (result: Observes) => void): void
  removeCallback(callback: (result: Observes) => void): void
}
interface Observes {
  observe(value: number, attributes?: Attributes): void
}

/** What is used of a `Meter`. That of `@opentelemetry/api` fits. */
export interface TelemetryMeter {
  createCounter(name: string, options?: Instrument): Adds
  createHistogram(name: string, options?: Instrument): Records
  createObservableGauge(name: string, options?: Instrument): Observable
}

/** What is used of a `Tracer`. That of `@opentelemetry/api` fits. */
export interface TelemetryTracer {
  startSpan(name: string, options?: { attributes?: Attributes }): TelemetrySpan
}

interface TelemetrySpan {
  setAttributes(attributes: Attributes): unknown
  addEvent(name: string, attributes?: Attributes): unknown
  /** 2 is `ERROR`. */
  setStatus(status: { code: 2; message?: string }): unknown
  end(): void
}

/** Where telemetry goes, and the attributes that all of it carries. */
export interface TelemetryOptions {
  readonly meter?: TelemetryMeter | undefined
  readonly tracer?: TelemetryTracer | undefined
  /** Such as the name of the client. Never a URL with a credential in it. */
  readonly attributes?: Readonly<Attributes> | undefined
}

type Listen = <Name extends keyof ConnectionEvents>(
  name: Name,
  listener: (event: ConnectionEvents[Name]) => unknown,
) => () => void

/** What is watched. A `Connection` fits. */
export interface Instrumented {
  readonly metrics: ConnectionMetrics
  now(): number
  readonly on: Listen
}

/** What a {@link printTrace} prints. A `Connection` fits. */
export interface Traced extends Explainable {
  readonly history: readonly FlightRecord[]
  readonly on: Listen
}

/**
 * Metrics and spans of a connection for OpenTelemetry: `instrument(connection, { meter, tracer })`. Reasons come from a
 * short list ({@link reasonOf}); nothing contains addresses, bodies or texts of the peer. Returns a function that stops
 * it.
 *
 * Counters `holdfast.attempts` (`outcome`, `reason`), `holdfast.drops` (`reason`), `holdfast.messages.lost` (`kind`),
 * `holdfast.gaps`, `holdfast.frames.invalid`; histograms `holdfast.rtt` and `holdfast.outage` (ms, from a drop to the
 * next open); gauges `holdfast.open` (1 or 0), `holdfast.outbox.bytes`, `holdfast.outbox.unconfirmed`,
 * `holdfast.reading.paused` (ms). Spans `holdfast.connection`, from open to drop, with an event for each gap and
 * problem, and `holdfast.outage`, with one for each failed attempt.
 */
export function instrument(connection: Instrumented, options: TelemetryOptions): () => void {
  const { meter, tracer, attributes = {} } = options
  const undo = [
    ...(meter === undefined ? [] : metricsOf(connection, meter, attributes)),
    ...(tracer === undefined ? [] : spansOf(connection, tracer, attributes)),
  ]
  return () => {
    for (const one of undo.splice(0)) one()
  }
}

function metricsOf(connection: Instrumented, meter: TelemetryMeter, attributes: Attributes): (() => void)[] {
  const attempts = meter.createCounter('holdfast.attempts', { description: 'Dials that have ended' })
  const drops = meter.createCounter('holdfast.drops', { description: 'Usable connections that have ended' })
  const lost = meter.createCounter('holdfast.messages.lost', { description: 'Messages not delivered, or in doubt' })
  const gaps = meter.createCounter('holdfast.gaps', { description: 'Holes in what was received' })
  const invalid = meter.createCounter('holdfast.frames.invalid', { description: 'Frames that could not be read' })
  const rtt = meter.createHistogram('holdfast.rtt', { unit: 'ms' })
  const outage = meter.createHistogram('holdfast.outage', { unit: 'ms', description: 'From a drop to the next open' })
  let openSince: number | undefined
  let droppedAt: number | undefined
  const gauge = (name: string, unit: string, read: (metrics: ConnectionMetrics) => number): (() => void) => {
    const observable = meter.createObservableGauge(name, { unit })
    const observe = (result: Observes): void => result.observe(read(connection.metrics), attributes)
    observable.addCallback(observe)
    return () => observable.removeCallback(observe)
  }
  return [
    connection.on('open', () => {
      attempts.add(1, { ...attributes, outcome: 'opened' })
      openSince = connection.now()
      if (droppedAt !== undefined) outage.record(openSince - droppedAt, attributes)
      droppedAt = undefined
    }),
    connection.on('attemptFailed', ({ cause }) =>
      attempts.add(1, { ...attributes, outcome: 'failed', reason: reasonOf(cause) }),
    ),
    connection.on('dropped', ({ cause }) => {
      drops.add(1, { ...attributes, reason: reasonOf(cause) })
      openSince = undefined
      droppedAt = connection.now()
    }),
    connection.on('delivery', ({ kind, count }) => lost.add(count, { ...attributes, kind })),
    connection.on('gap', () => gaps.add(1, attributes)),
    connection.on('invalid', () => invalid.add(1, attributes)),
    connection.on('rtt', ({ ms }) => rtt.record(ms, attributes)),
    gauge('holdfast.open', '1', () => (openSince === undefined ? 0 : 1)),
    gauge('holdfast.outbox.bytes', 'By', ({ queuedBytes }) => queuedBytes),
    gauge('holdfast.outbox.unconfirmed', '{message}', ({ unconfirmed }) => unconfirmed),
    gauge('holdfast.reading.paused', 'ms', ({ readingPausedMs }) => readingPausedMs),
  ]
}

function spansOf(connection: Instrumented, tracer: TelemetryTracer, attributes: Attributes): (() => void)[] {
  let span: TelemetrySpan | undefined
  const begin = (name: string): void => {
    span?.end()
    span = tracer.startSpan(name, { attributes })
  }
  return [
    connection.on('open', ({ resumed, first }) => {
      begin('holdfast.connection')
      span?.setAttributes({ resumed, first })
    }),
    connection.on('dropped', ({ cause }) => {
      if (cause.kind === 'local' && cause.reason === 'close') return
      span?.setStatus({ code: 2, message: reasonOf(cause) })
      begin('holdfast.outage')
      span?.setAttributes({ reason: reasonOf(cause) })
    }),
    connection.on('attemptFailed', ({ cause, attempt }) => {
      if (span === undefined) begin('holdfast.outage')
      span?.addEvent('attempt failed', { attempt, reason: reasonOf(cause) })
    }),
    connection.on('gap', () => span?.addEvent('gap')),
    connection.on('problem', () => span?.addEvent('problem')),
    connection.on('status', ({ status }) => {
      if (status.state !== 'closed') return
      span?.end()
      span = undefined
    }),
    () => span?.end(),
  ]
}

/** Statuses of HTTP that are reported one by one. */
const STATUSES: readonly number[] = [400, 401, 403, 404, 408, 410, 426, 429, 500, 502, 503, 504]

/**
 * A cause as one of about fifty labels, for a metric: `dial 503`, `dial 4xx`, `close 1006`, `close 4xxx`,
 * `liveness write`, `deadline dial`, `handshake` … A protocol's own codes share one label, since a peer may send any of
 * them.
 */
export function reasonOf(cause: Cause): string {
  switch (cause.kind) {
    case 'dial':
      return cause.status === undefined
        ? 'dial'
        : `dial ${STATUSES.includes(cause.status) ? cause.status : hundreds(cause.status)}`
    case 'close':
      if (cause.code === undefined) return cause.clean ? 'close' : 'lost'
      return `close ${cause.code >= 1_000 && cause.code < 1_016 ? cause.code : `${Math.floor(cause.code / 1_000)}xxx`}`
    case 'deadline':
      return `deadline ${cause.phase}`
    case 'liveness':
      return `liveness ${cause.rule}`
    case 'local':
      return `local ${cause.reason}`
    default:
      return cause.kind
  }
}

function hundreds(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other'
}

/**
 * Prints a readable trace: the history so far, then one line for each event, in seconds since the first.
 * `printTrace(connection, console.log)`. No bodies, no credentials. Returns a function that stops it.
 */
export function printTrace(connection: Traced, print: (line: string) => void): () => void {
  let since: number | undefined
  const at = (ms: number, what: string, said: string): void => {
    since ??= ms
    print(`+${((ms - since) / 1_000).toFixed(3)} s  ${what.padEnd(12)} ${said}`)
  }
  const now = (what: string, said: string): void => at(connection.now(), what, said)
  for (const record of connection.history) at(record.at, nameOf(record), explainRecord(record))
  const undo = [
    connection.on('status', ({ status }) => now(status.state, explainRecord({ at: connection.now(), status }))),
    connection.on('attemptFailed', ({ cause, attempt }) =>
      now('failed', `Attempt ${attempt}: ${explainCause(cause)}.`),
    ),
    connection.on('dropped', ({ cause }) => now('dropped', `${explainCause(cause)}.`)),
    connection.on('delivery', ({ kind, count }) => now('delivery', `${count} ${kind}`)),
    connection.on('gap', ({ reason }) => now('gap', reason)),
    connection.on('invalid', ({ issue }) => now('invalid', issue)),
    connection.on('rtt', ({ ms }) => now('rtt', `${ms.toFixed(1)} ms`)),
    connection.on('problem', ({ what }) => now('problem', what)),
  ]
  return () => {
    for (const one of undo) one()
  }
}

function nameOf({ status, cause }: FlightRecord): string {
  return status?.state ?? (cause === undefined ? 'note' : 'ended')
}
