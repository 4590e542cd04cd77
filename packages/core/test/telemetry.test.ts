import { createNoopMeter, trace } from '@opentelemetry/api'
import { beforeEach, expect, it } from 'vitest'
import { type Cause, Connection } from '../src/index.ts'
import { instrument, printTrace, reasonOf, type TelemetryMeter, type TelemetryTracer } from '../src/telemetry.ts'
import { connectionWorld } from './support/connection-world.ts'

const world = connectionWorld()

let connection: Connection
let told: string[]

beforeEach(() => {
  told = []
  connection = world.keep(
    new Connection({
      ...world.options,
      target: 'ws://server/?token=secret',
    }),
  )
})

/** Open, dropped, refused, open again. */
async function story(): Promise<void> {
  connection.connect().catch(() => {})
  const peer = await world.server.peer()
  await world.clock.advance(10)
  connection.send({ n: 1 })
  peer.drops()
  await world.server.refuses({ status: 503 })
  await world.server.peer()
  await world.clock.advance(10)
}

function recordingMeter(): { meter: TelemetryMeter; read: () => void } {
  const reads: (() => void)[] = []
  const note =
    (name: string) =>
    (value: number, attributes: object = {}) =>
      void told.push(`${name} ${Object.values(attributes).join(' ')} ${Math.sign(value)}`)
  const meter: TelemetryMeter = {
    createCounter: (name) => ({ add: note(name) }),
    createHistogram: (name) => ({ record: note(name) }),
    createObservableGauge: (name) => ({
      addCallback: (callback) => void reads.push(() => callback({ observe: note(name) })),
      removeCallback: () => void told.push(`${name} removed`),
    }),
  }
  return { meter, read: () => void reads.map((one) => one()) }
}

it('attempts, drops, outages and lost messages are counted by reasons of a short list', async () => {
  const { meter, read } = recordingMeter()
  const undo = instrument(connection, { meter, attributes: { client: 'mine' } })
  await story()
  read()
  expect(told.filter((one) => !one.includes('rtt'))).toEqual([
    'holdfast.attempts mine opened 1',
    'holdfast.drops mine lost 1',
    'holdfast.messages.lost mine inDoubt 1',
    'holdfast.attempts mine failed dial 503 1',
    'holdfast.attempts mine opened 1',
    'holdfast.outage mine 1',
    'holdfast.open mine 1',
    'holdfast.outbox.bytes mine 0',
    'holdfast.outbox.unconfirmed mine 0',
    'holdfast.reading.paused mine 0',
  ])
  undo()
  expect(told.slice(-4).every((one) => one.endsWith('removed'))).toBe(true)
})

it('a span goes from open to drop, and another over the outage with its failed attempts', async () => {
  const tracer: TelemetryTracer = {
    startSpan: (name) => {
      told.push(`begin ${name}`)
      return {
        setAttributes: () => {},
        setStatus: ({ message }) => told.push(`error ${message}`),
        addEvent: (event) => told.push(event),
        end: () => void told.push(`end ${name}`),
      }
    },
  }
  instrument(connection, { tracer })
  await story()
  void connection.close({ flushMs: 0 })
  await world.clock.advance(100)
  expect(told.filter((one) => one !== 'problem')).toEqual([
    'begin holdfast.connection',
    'error lost',
    'end holdfast.connection',
    'begin holdfast.outage',
    'attempt failed',
    'end holdfast.outage',
    'begin holdfast.connection',
    'end holdfast.connection',
  ])
})

it('the meter and the tracer of OpenTelemetry fit as they are', async () => {
  const undo = instrument(connection, { meter: createNoopMeter(), tracer: trace.getTracer('test') })
  await story()
  undo()
  expect(connection.state).toBe('open')
})

it('a reason is one of few, whatever a peer sends', () => {
  const reasons = new Set<string>()
  for (let code = 0; code < 66_000; code += 1) {
    reasons.add(reasonOf({ kind: 'close', phase: 'open', code, reason: `${code}`, clean: true }))
    reasons.add(reasonOf({ kind: 'dial', error: new Error('x'), status: code }))
  }
  expect(reasons.size).toBeLessThan(110)
  const lost: Cause = { kind: 'close', phase: 'open', reason: '', clean: false }
  expect([reasonOf(lost), reasonOf({ kind: 'liveness', rule: 'write' })]).toEqual(['lost', 'liveness write'])
})

it('a trace prints what was and what comes, a line each, without credentials', async () => {
  connection.connect().catch(() => {})
  const peer = await world.server.peer()
  await world.clock.advance(10)
  const lines: string[] = []
  const undo = printTrace(connection, (line) => lines.push(line))
  peer.drops()
  await world.server.refuses({ status: 503 })
  undo()
  await world.clock.advance(1)
  expect(lines[0]).toMatch(/^\+0\.000 s {2}preparing {4}Getting the address/)
  expect(lines.some((line) => / dropped {6}the link broke\.$/.test(line))).toBe(true)
  expect(lines.some((line) => line.includes('open') && line.includes('Connected'))).toBe(true)
  expect(lines.join('\n')).not.toContain('secret')
})
