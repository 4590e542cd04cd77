import { Connection, type Status, type Transport, type WakeSignals, type WebSocketFrame } from '@holdfast/core'
import { eventStream } from '@holdfast/transport-sse'
import { CountingClock } from './counting-clock.ts'
import { type RawConnection, rawProtocol } from './raw-protocol.ts'

/** What a runtime gives to the program. */
export interface ProgramOptions {
  readonly transport: Transport
  /** `http://host:port` of the program's server. */
  readonly server: string
  readonly signals?: WakeSignals | undefined
}

/** What came of one part of the program. */
export interface Result {
  readonly name: string
  /** Empty when it held. */
  readonly problem: string
}

/** Waits end here, so that a runtime that does nothing is a result too. */
const PATIENCE_MS = 20_000

interface Part {
  readonly name: string
  run(bench: Bench): Promise<void>
}

/** The parts, in the order of the table. */
const PARTS: readonly Part[] = [
  { name: 'text and bytes both ways', run: echo },
  { name: 'reconnects after a cut, and delivers what was sent meanwhile', run: cut },
  { name: 'keeps dialing a port that refuses, until the server appears', run: refused },
  { name: 'backs off from a server that accepts and drops', run: dropped },
  { name: 'leaves a dial that is never answered', run: unanswered },
  { name: 'leaves nothing after close', run: leftovers },
  { name: 'receives server-sent events', run: events },
]

export const PART_NAMES: readonly string[] = PARTS.map(({ name }) => name)

/** Runs every part, one after the other. The same for every runtime: what differs is given. */
export async function program(options: ProgramOptions): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const { name, run } of PARTS) {
    const bench = new Bench(options)
    try {
      await bench.bounded(run(bench))
      await bench.closeAll()
      results.push({ name, problem: '' })
    } catch (error) {
      await bench.closeAll()
      results.push({ name, problem: String(error) })
    }
  }
  return results
}

async function echo(bench: Bench): Promise<void> {
  const connection = bench.connect('/echo')
  await connection.connect()
  connection.send('grüße')
  connection.send(Uint8Array.of(0, 1, 255))
  await bench.until(connection, () => bench.frames.length >= 2)
  expect('frames', bench.frames.map(plain), ['grüße', [0, 1, 255]])
}

async function cut(bench: Bench): Promise<void> {
  const connection = bench.connect('/echo')
  await connection.connect()
  connection.send('cut')
  await bench.until(connection, ({ state }) => state === 'waiting')
  connection.send('meanwhile')
  await bench.until(connection, () => bench.frames.length >= 1)
  expect('frames', bench.frames, ['meanwhile'])
  expect('opens', connection.metrics.opens, 2)
}

async function refused(bench: Bench): Promise<void> {
  const port = await bench.ask('/reserve')
  const connection = bench.connect(`//127.0.0.1:${port}/echo`)
  connection.connect().catch(() => {})
  await bench.until(connection, ({ state }) => state === 'waiting' && connection.metrics.dials >= 3)
  expect('opens', connection.metrics.opens, 0)
  await bench.ask(`/listen?port=${port}`)
  await bench.until(connection, ({ state }) => state === 'open')
}

async function dropped(bench: Bench): Promise<void> {
  const waits: { readonly attempt: number; readonly ms: number }[] = []
  const connection = bench.connect('/drop', (status) => {
    if (status.state === 'waiting') waits.push({ attempt: status.attempt, ms: status.until - bench.clock.now() })
  })
  connection.connect().catch(() => {})
  await bench.until(connection, () => waits.length >= 4)
  expect(
    'attempts',
    waits.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
  )
  // Each wait is about twice the one before; half is far enough from one and a half.
  const grow = waits.slice(1).every(({ ms }, index) => ms > (waits[index]?.ms ?? 0) * 1.5)
  expect(`each wait longer than the one before (${waits.map(({ ms }) => Math.round(ms)).join(', ')} ms)`, grow, true)
}

async function unanswered(bench: Bench): Promise<void> {
  const connection = bench.connect('/hang')
  connection.connect().catch(() => {})
  await bench.until(connection, ({ state }) => state === 'dialing')
  await bench.askUntil('/open', '1')
  await connection.close()
  await bench.askUntil('/open', '0')
}

async function leftovers(bench: Bench): Promise<void> {
  const open = bench.connect('/echo')
  const dialing = bench.connect('/drop')
  await open.connect()
  dialing.connect().catch(() => {})
  await Promise.all([open.close(), dialing.close()])
  expect('states', [open.state, dialing.state], ['closed', 'closed'])
  expect('armed timers', bench.clock.armed, 0)
  await bench.askUntil('/open', '0')
}

async function events(bench: Bench): Promise<void> {
  const channel = await eventStream({ clock: bench.clock }).open(
    { url: `${bench.server}/events?say=one,two,three`, headers: { 'Last-Event-ID': '7' } },
    { signal: new AbortController().signal },
  )
  const seen: string[] = []
  const clean = await new Promise((closed) => {
    channel.start({ frame: ({ id, data }) => seen.push(`${id} ${data}`), closed: (end) => closed(end.clean) })
  })
  expect('events', seen, ['8 one', '9 two', '10 three'])
  expect('clean end', clean, true)
}

/** What the parts work with: connections that report, and a bounded wait. */
class Bench {
  readonly clock = new CountingClock()
  readonly frames: WebSocketFrame[] = []
  readonly server: string
  readonly #options: ProgramOptions
  readonly #connections: RawConnection[] = []

  constructor(options: ProgramOptions) {
    this.#options = options
    this.server = options.server
  }

  connect(path: string, onStatus: (status: Status) => void = () => {}): RawConnection {
    const connection = new Connection<WebSocketFrame, WebSocketFrame>({
      transport: this.#options.transport,
      target: new URL(path, this.server.replace('http', 'ws')).href,
      protocol: rawProtocol,
      retry: { baseMs: 50, firstMs: 50, floorMs: 10, capMs: 2_000, limits: [] },
      random: () => 0.99,
      clock: this.clock,
      signals: this.#options.signals,
      onMessage: (frame) => this.frames.push(frame),
      onStatus,
    })
    this.#connections.push(connection)
    return connection
  }

  /** Resolves at the first message or status after which it holds. */
  until(connection: RawConnection, holds: (status: Status) => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!holds(connection.status)) return
        off()
        resolve()
      }
      const seen = (): boolean => {
        queueMicrotask(look)
        return false
      }
      const offs = [connection.on('status', look), connection.tap(seen)]
      const off = (): void => {
        for (const leave of offs) leave()
      }
      look()
    })
  }

  bounded<Value>(promise: Promise<Value>): Promise<Value> {
    let timer: { cancel(): void } | undefined
    const late = new Promise<never>((_, reject) => {
      const states = (): string => this.#connections.map(({ status }) => JSON.stringify(status)).join(' ')
      timer = this.clock.uncounted.after(PATIENCE_MS, () => reject(new Error(`nothing more came; ${states()}`)))
    })
    return Promise.race([promise, late]).finally(() => timer?.cancel())
  }

  async ask(path: string): Promise<string> {
    const response = await fetch(new URL(path, this.server))
    if (!response.ok) throw new Error(`${path}: ${response.status}`)
    return response.text()
  }

  async askUntil(path: string, expected: string): Promise<void> {
    while ((await this.ask(path)) !== expected) {
      await new Promise<void>((resolve) => this.clock.uncounted.after(20, resolve))
    }
  }

  async closeAll(): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close({ flushMs: 0 })))
  }
}

function plain(frame: WebSocketFrame): string | readonly number[] {
  return typeof frame === 'string' ? frame : [...frame]
}

function expect(what: string, got: unknown, wanted: unknown): void {
  const [shown, right] = [JSON.stringify(got), JSON.stringify(wanted)]
  if (shown !== right) throw new Error(`${what}: expected ${right}, got ${shown}`)
}
