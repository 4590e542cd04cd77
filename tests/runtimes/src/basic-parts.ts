import { eventStream } from '@holdfast/transport-sse'
import { type Bench, expect, plain } from './bench.ts'
import type { Part } from './program.ts'

/** What any connection does. */
export const BASIC_PARTS: readonly Part[] = [
  { name: 'text and bytes both ways', run: echo },
  { name: 'reconnects after a cut, and delivers what was sent meanwhile', run: cut },
  { name: 'keeps dialing a port that refuses, until the server appears', run: refused },
  { name: 'backs off from a server that accepts and drops', run: dropped },
  { name: 'leaves a dial that is never answered', run: unanswered },
  { name: 'leaves nothing after close', run: leftovers },
  { name: 'receives server-sent events', run: events },
]

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
  const connection = bench.connect('/drop', {
    onStatus: (status) => {
      if (status.state === 'waiting') waits.push({ attempt: status.attempt, ms: status.until - bench.clock.now() })
    },
  })
  connection.connect().catch(() => {})
  await bench.until(connection, () => waits.length >= 4)
  expect(
    'attempts',
    waits.map(({ attempt }) => attempt),
    [1, 2, 3, 4],
  )
  // 50, 100, 200, 400 ms, less what this machine was late: half is far enough.
  const [first = 0, , , last = 0] = waits.map(({ ms }) => Math.round(ms))
  expect(`waits that grow (${first} to ${last} ms)`, last > first * 4, true)
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
