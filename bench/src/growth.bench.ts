import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import WebSocket from 'ws'
import { after, ask, Clients, forked, joinAsLead, type Lead, positionNow } from './clients.ts'
import { curvesOf, type Series } from './curves.ts'
import { type Gateway, OBSERVED, startGateway } from './gateway.ts'
import { median, report } from './measure.ts'
import { cpuMsOf } from './process-cost.ts'

/**
 * What one of many costs a gateway, as there are more of them: sessions with their leads, observers of one session, and idle shells.
 * A curve that is flat grows with its count; one that rises grows faster, and this ends with 1 where the last value is more than
 * twice the first. `--short`: up to a thousand, two minutes on a quiet machine; else up to 9,900: a gateway has at most ten thousand
 * sessions and a session as many participants, and the measure needs some itself.
 *
 * `--counts=100,1000` · `--only=sessions`, `observers` or `shells` · `--add` to what was measured before, by count · `--write` draws into
 * `docs/growth.svg`.
 */
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const COUNTS =
  option('counts')?.split(',').map(Number) ??
  (process.argv.includes('--short') ? [100, 300, 1_000] : [100, 1_000, 9_900])
/** Each is a program of its own. */
const SHELL_COUNTS = process.argv.includes('--short') ? [20, 50, 100] : [20, 100, 500]
const isAsked = (what: string): boolean => (option('only') ?? what) === what
const results = fileURLToPath(new URL('..', import.meta.url))
const TOKENS = Array.from({ length: 80 }, (_, at) => `token${at}`)
const EVENTS = 2_000
/** The same activity, whatever else is open. */
const SPEAKERS = 100
const CASTS = 10
/** The first ones bring what all share. */
const FIRST_SHELLS = 10
const folder = mkdtempSync(join(tmpdir(), 'holdfast-growth-'))

const SERIES = {
  append: 'processor for an event of one of 100 leads, flushed, µs',
  latency: 'from a lead to its observer, median, µs',
  session: 'memory of an open session with its lead, KiB',
  observer: 'memory of an observer, KiB',
  fanOut: 'processor for a delivery to one of many observers, µs',
  resume: 'processor for an observer that resumes and is sent 50 events, µs',
  shell: 'memory of an idle shell with its client, KiB',
} as const

/** By count, in the order of the counts. */
const points: Record<keyof typeof SERIES, Map<number, number>> = {
  append: new Map(),
  latency: new Map(),
  session: new Map(),
  observer: new Map(),
  fanOut: new Map(),
  resume: new Map(),
  shell: new Map(),
}

/** What was measured before. */
function added(): void {
  const path = join(results, 'growth.json')
  if (!process.argv.includes('--add') || !existsSync(path)) return
  const before: readonly Series[] = JSON.parse(readFileSync(path, 'utf8'))
  for (const [at, map] of Object.values(points).entries())
    for (const [count, value] of before[at]?.points ?? []) map.set(count, value)
}

/** What is being done, for who waits. */
function progress(what: string): void {
  process.stderr.write(`  ${(performance.now() / 1_000).toFixed(0).padStart(4)} s  ${what}\n`)
}

/** What has not come by then does not come. In milliseconds. */
const MOST_MS = 60_000

/** Looks until it is so. */
async function until(what: string, isSo: () => Promise<boolean>, everyMs: number): Promise<void> {
  const end = performance.now() + MOST_MS
  while (!(await isSo())) {
    if (performance.now() > end) throw new Error(`expected ${what} within ${MOST_MS} ms`)
    await after(everyMs)
  }
}

async function withGateway(name: string, work: (gateway: Gateway, clients: Clients) => Promise<void>): Promise<void> {
  const gateway = await startGateway(['--data', join(folder, name)], { tokens: TOKENS, isObserved: true })
  const clients = await Clients.of(gateway.port, TOKENS)
  await work(gateway, clients)
  clients.leave()
  await gateway.stop()
}

/** Processor time of the gateway while something is done, for each of so many, in microseconds. */
async function cpuEach({ pid }: Gateway, count: number, work: () => Promise<unknown>): Promise<number> {
  const before = cpuMsOf([pid])
  await work()
  return ((cpuMsOf([pid]) - before) * 1_000) / count
}

async function memory({ process: child }: Pick<Gateway, 'process'>): Promise<number> {
  return Number((await ask(child, 'memory'))['rss']) / 1_024
}

/** Of the process that has the terminals: what the programs themselves take is not the host's. */
async function shells(count: number): Promise<void> {
  const host = forked('shell-peer', [], OBSERVED)
  const [port] = await once(host, 'message')
  progress(`${count} shells: opened`)
  const sockets = await idleShells(Number(port), 0, FIRST_SHELLS)
  await after(1_000)
  const before = await memory({ process: host })
  sockets.push(...(await idleShells(Number(port), FIRST_SHELLS, count)))
  await after(1_000)
  points.shell.set(count, ((await memory({ process: host })) - before) / (count - FIRST_SHELLS))
  for (const socket of sockets) socket.terminate()
  const ended = once(host, 'exit')
  host.disconnect()
  await ended
}

/** Shells with a client each that has seen them begin, ten at a time. */
async function idleShells(port: number, from: number, to: number): Promise<WebSocket[]> {
  const open: WebSocket[] = []
  for (let at = from; at < to; at += 10) {
    const wave = Array.from({ length: Math.min(10, to - at) }, (_, i) => idleShell(port, at + i))
    open.push(...(await Promise.all(wave)))
  }
  return open
}

async function idleShell(port: number, at: number): Promise<WebSocket> {
  const command = ['/bin/sh', '-c', 'echo ready; exec cat'].map((word) => ['command', word])
  const query = new URLSearchParams([['shellId', `idle-${at}`], ...command])
  const socket = new WebSocket(`ws://127.0.0.1:${port}/shells?${query}`, { perMessageDeflate: false })
  const said = new Promise<void>((resolve) => {
    socket.on('message', (data: Buffer) => data.includes('ready') && resolve())
  })
  const closed = once(socket, 'close').then(() => {
    throw new Error(`expected ${at + 1} shells, and the last one was closed`)
  })
  await Promise.race([said, closed])
  closed.catch(() => {})
  return socket
}

async function sessions(count: number): Promise<void> {
  await withGateway(`sessions-${count}`, async (gateway, clients) => {
    progress(`${count} sessions: opened`)
    await clients.grow(20, 'lead')
    const before = await memory(gateway)
    await clients.grow(count - 20, 'lead')
    points.session.set(count, ((await memory(gateway)) - before) / (count - 20))
    progress('… events of a hundred of their leads')
    // Twice: what is done first is also compiled.
    await clients.say(EVENTS, SPEAKERS)
    points.append.set(count, await cpuEach(gateway, EVENTS, () => clients.say(EVENTS, SPEAKERS)))
    progress('… from one lead to its observer')
    points.latency.set(count, await latency(gateway))
  })
}

async function latency(gateway: Gateway): Promise<number> {
  const lead = await joinAsLead(gateway.port, TOKENS[0] ?? '')
  const clients = await Clients.of(gateway.port, TOKENS)
  await clients.grow(2, 'observer', [lead.session])
  const took: number[] = []
  for (let n = 0; n < 100; n += 1) took.push(await castOnce(lead, clients, n, 2))
  clients.leave()
  lead.socket.terminate()
  return median(took) * 1_000
}

/** Until the event had come to so many, in milliseconds. */
async function castOnce({ socket }: Lead, clients: Clients, n: number, count: number): Promise<number> {
  const at = performance.timeOrigin + performance.now()
  const data = { text: `at ${n};`.padEnd(200, 'x') }
  socket.send(JSON.stringify({ type: 'event', id: `e${n}`, event: 'message_update', data }))
  let lastAt = at
  const isThere = async (): Promise<boolean> => {
    const { count: came = 0, lastAt: last = 0 } = (await clients.arrivals()).get(n) ?? {}
    lastAt = last
    return came >= count
  }
  await until(`event ${n} at ${count} observers`, isThere, 5)
  return lastAt - at
}

async function observers(count: number): Promise<void> {
  await withGateway(`observers-${count}`, async (gateway, clients) => {
    const lead = await joinAsLead(gateway.port, TOKENS[0] ?? '')
    progress(`${count} observers: opened`)
    await clients.grow(20, 'observer', [lead.session])
    const before = await memory(gateway)
    await clients.grow(count - 20, 'observer', [lead.session])
    points.observer.set(count, ((await memory(gateway)) - before) / (count - 20))
    await after(6_000)
    progress('… events to all')
    for (let n = 0; n < CASTS; n += 1) await castOnce(lead, clients, n, count)
    const cast = async (): Promise<void> => {
      for (let n = CASTS; n < 2 * CASTS; n += 1) await castOnce(lead, clients, n, count)
    }
    points.fanOut.set(count, await cpuEach(gateway, CASTS * count, cast))
    // They leave.
    clients.leave()
    await after(3_000)
    progress('… back with a position')
    points.resume.set(count, await resumed(gateway, lead, count))
    lead.socket.terminate()
  })
}

/** 50 events are said, and as many come back with a position before these. */
async function resumed(gateway: Gateway, lead: Lead, count: number): Promise<number> {
  const { socket, session } = lead
  const position = await positionNow(gateway.port, TOKENS[0] ?? '', session)
  const back = Math.min(count, 2_000)
  for (let n = 0; n < 50; n += 1) {
    const data = { text: `at ${1_000 + n};`.padEnd(200, 'x') }
    socket.send(JSON.stringify({ type: 'event', id: `r${n}`, event: 'message_update', data }))
  }
  await after(2_000)
  const clients = await Clients.of(gateway.port, TOKENS)
  const come = async (): Promise<void> => {
    await clients.grow(back, 'observer', [`${session}&after=${position}`])
    const isThere = async (): Promise<boolean> => ((await clients.arrivals()).get(1_049)?.count ?? 0) >= back
    await until(`what ${back} missed`, isThere, 50)
  }
  const cost = await cpuEach(gateway, back, come)
  clients.leave()
  return cost
}

function measured(): readonly Series[] {
  return Object.entries(SERIES).map(([name, label]): Series => {
    const byCount: ReadonlyMap<number, number> = Object(points)[name]
    return { label, points: [...byCount].sort(([a], [b]) => a - b) }
  })
}

/** What was measured stays where a later part fails: see `--add`. */
async function keeping(part: Promise<void>): Promise<void> {
  await part
  writeFileSync(join(results, 'growth.json'), JSON.stringify(measured()))
}

added()
mkdirSync(results, { recursive: true })
try {
  for (const count of COUNTS) {
    if (isAsked('sessions')) await keeping(sessions(count))
    if (isAsked('observers')) await keeping(observers(count))
  }
  for (const count of isAsked('shells') ? SHELL_COUNTS : []) await keeping(shells(count))
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const series = measured().filter((one) => one.points.length > 0)
/** Time is told, and neither drawn nor judged: it is a matter of what else the machine does. */
const isTime = ({ label }: Series): boolean => label === SERIES.latency
let isSteep = false
for (const one of series) {
  const { label, points: values } = one
  const growth = (values.at(-1)?.[1] ?? Number.NaN) / (values[0]?.[1] ?? Number.NaN)
  isSteep ||= growth > 2 && !isTime(one)
  report(label.slice(0, 44), growth, isTime(one) ? '' : '≤ 2', values.map(([, value]) => value.toFixed(1)).join(' → '))
}
const drawn = process.argv.includes('--write')
  ? fileURLToPath(new URL('../../../docs/growth.svg', import.meta.url))
  : join(results, 'growth.svg')
writeFileSync(drawn, curvesOf(series.filter((one) => !isTime(one))))
process.stdout.write(`  curves: ${drawn}\n`)
process.exit(isSteep ? 1 : 0)
