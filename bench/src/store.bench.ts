import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionLog } from '@holdfast/log'
import { natsLog } from '@holdfast/store-nats'
import { sqliteLog } from '@holdfast/store-sqlite'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { type Contender, quantile, ratio, report } from './measure.ts'

/** Everything on the same disk, flushed for every acknowledgement. */
const WRITERS = 1_000
const SESSIONS = 100
const APPENDS = 5_000
const TAILS = 50
const LIVE = 1_000
const PAGES = 500
const ROUNDS = 3
const PAYLOAD = { type: 'broadcast', event: 'message_update', data: { text: 'x'.repeat(200) }, category: 'message' }
const rate = (value: number): string => `${(value / 1_000).toFixed(1)}k/s`

const folder = mkdtempSync(join(process.env['BENCH_DIR'] ?? process.cwd(), '.bench-store-'))
const limits = { maxSessionEvents: 10_000_000, maxSessionBytes: 1e12 }
const clusters: NatsServers[] = []
const logs: SessionLog[] = []
let ids = 0

async function nats(count: 1 | 3): Promise<SessionLog> {
  const servers = await startNats({ count })
  clusters.push(servers)
  const log = natsLog({ servers: servers.urls, shards: 8, limits })
  await log.opened
  return log
}

async function ready(log: SessionLog): Promise<SessionLog> {
  logs.push(log)
  for (let i = 0; i < SESSIONS; i++) await log.createSession(`s${i}`)
  return log
}

async function append(log: SessionLog, session: string): Promise<void> {
  const events = [{ id: `e${++ids}`, kind: 'message_update', at: 0, payload: PAYLOAD }]
  const { outcome } = await log.append(session, events, { producer: { id: 'p', fence: 0 } })
  if (outcome !== 'appended') throw new Error(`expected an append, got ${outcome}`)
}

/** 1,000 writers, each with one append under way, over 100 sessions. */
function appends(log: SessionLog): Contender {
  return async () => {
    let left = APPENDS
    const write = async (writer: number): Promise<void> => {
      while (left-- > 0) await append(log, `s${writer % SESSIONS}`)
    }
    const started = performance.now()
    await Promise.all(Array.from({ length: WRITERS }, (_, writer) => write(writer)))
    return perSecond(APPENDS, started)
  }
}

/** One session, 50 tails: deliveries a second while 100 appends are under way. */
function fanOut(log: SessionLog): Contender {
  return async () => {
    const { last } = await log.head('s0')
    const follow = async (): Promise<void> => {
      const end = new AbortController()
      for await (const item of log.tail('s0', { after: last, signal: end.signal })) {
        if (item.type === 'event' && item.event.n === last + LIVE) return
      }
    }
    const tails = Array.from({ length: TAILS }, follow)
    const started = performance.now()
    let left = LIVE
    const write = async (): Promise<void> => {
      while (left-- > 0) await append(log, 's0')
    }
    await Promise.all([...Array.from({ length: 100 }, write), ...tails])
    return perSecond(LIVE * TAILS, started)
  }
}

/** Pages of up to 50 events from anywhere, 50 readers at once: clients that come back. */
function resumes(log: SessionLog): Contender {
  return async () => {
    let left = PAGES
    const started = performance.now()
    const read = async (reader: number): Promise<void> => {
      while (left-- > 0) {
        const session = `s${1 + ((reader + left) % (SESSIONS - 1))}`
        const { events } = await log.read(session, { after: (left * 7) % 80, limit: 50 })
        if (events.length === 0) throw new Error('expected events')
      }
    }
    await Promise.all(Array.from({ length: 50 }, (_, reader) => read(reader)))
    return perSecond(PAGES, started)
  }
}

async function latency(log: SessionLog): Promise<string> {
  const times: number[] = []
  for (let i = 0; i < 300; i++) {
    const started = performance.now()
    await append(log, 's1')
    times.push(performance.now() - started)
  }
  return `${quantile(times, 0.5).toFixed(2)} · ${quantile(times, 0.99).toFixed(1)} ms`
}

function perSecond(count: number, started: number): number {
  return (count / (performance.now() - started)) * 1_000
}

try {
  const embedded = await ready(sqliteLog({ path: join(folder, 'sessions.db'), limits }))
  for (const count of [1, 3] as const) {
    const log = await ready(await nats(count))
    const name = `${count} server${count === 1 ? '' : 's'}`
    for (const [what, contender] of [
      ['append', appends],
      ['fan-out', fanOut],
      ['resume', resumes],
    ] as const) {
      const result = await ratio(contender(log), contender(embedded), ROUNDS)
      report(`${what}, ${name} / embedded`, result.ratio, '–', `${rate(result.ours)} against ${rate(result.raw)}`)
    }
    process.stdout.write(
      `  one append at a time, p50 · p99: ${await latency(log)}, embedded ${await latency(embedded)}\n`,
    )
    await clusters.at(-1)?.stop()
    await logs.at(-1)?.close()
  }
} finally {
  await Promise.all(logs.map((log) => log.close()))
  await Promise.all(clusters.map((servers) => servers.stop()))
  rmSync(folder, { recursive: true, force: true })
}
