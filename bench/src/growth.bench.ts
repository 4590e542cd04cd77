import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, ask, Clients, joinAsLead, type Lead, positionNow } from './clients.ts'
import { curvesOf, type Series } from './curves.ts'
import { type Gateway, startGateway } from './gateway.ts'
import { median, report } from './measure.ts'
import { cpuMsOf } from './process-cost.ts'

/**
 * What one of many costs a gateway, as there are more of them: sessions with their leads, and observers of one session. A curve
 * that is flat grows with its count; one that rises grows faster, and this ends with 1 where the last value is more than
 * twice the first. `--short`: up to a thousand, two minutes on a quiet machine; else up to eight thousand (a session has at most ten).
 *
 * `--counts=100,1000` · `--only=sessions` or `observers` · `--add` to what was measured before, by count.
 */
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const COUNTS =
  option('counts')?.split(',').map(Number) ??
  (process.argv.includes('--short') ? [100, 300, 1_000] : [100, 1_000, 8_000])
const only = option('only')
const results = fileURLToPath(new URL('..', import.meta.url))
const TOKENS = Array.from({ length: 80 }, (_, at) => `token${at}`)
const EVENTS = 2_000
/** The same activity, whatever else is open. */
const SPEAKERS = 100
const CASTS = 10
const folder = mkdtempSync(join(tmpdir(), 'holdfast-growth-'))

const SERIES = {
  append: 'processor for an event of one of 100 leads, flushed, µs',
  latency: 'from a lead to its observer, median, µs',
  session: 'memory of an open session with its lead, KiB',
  observer: 'memory of an observer, KiB',
  fanOut: 'processor for a delivery to one of many observers, µs',
  resume: 'processor for an observer that resumes and is sent 50 events, µs',
} as const

/** By count, in the order of the counts. */
const points: Record<keyof typeof SERIES, Map<number, number>> = {
  append: new Map(),
  latency: new Map(),
  session: new Map(),
  observer: new Map(),
  fanOut: new Map(),
  resume: new Map(),
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

async function memory({ process: child }: Gateway): Promise<number> {
  return Number((await ask(child, 'memory'))['rss']) / 1_024
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

added()
try {
  for (const count of COUNTS) {
    if (only !== 'observers') await sessions(count)
    if (only !== 'sessions') await observers(count)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

const series = Object.entries(SERIES).map(([name, label]): Series => {
  const measured: ReadonlyMap<number, number> = Object(points)[name]
  return { label, points: [...measured].sort(([a], [b]) => a - b) }
})
/** Time is told, and neither drawn nor judged: it is a matter of what else the machine does. */
const isTime = ({ label }: Series): boolean => label === SERIES.latency
let isSteep = false
for (const one of series) {
  const { label, points: measured } = one
  const growth = (measured.at(-1)?.[1] ?? Number.NaN) / (measured[0]?.[1] ?? Number.NaN)
  isSteep ||= growth > 2 && !isTime(one)
  report(
    label.slice(0, 44),
    growth,
    isTime(one) ? '' : '≤ 2',
    measured.map(([, value]) => value.toFixed(1)).join(' → '),
  )
}
mkdirSync(results, { recursive: true })
writeFileSync(join(results, 'growth.json'), JSON.stringify(series))
writeFileSync(join(results, 'growth.svg'), curvesOf(series.filter((one) => !isTime(one))))
process.stdout.write(`  curves: ${join(results, 'growth.svg')}\n`)
process.exit(isSteep ? 1 : 0)
