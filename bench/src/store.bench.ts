import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { SessionLog } from '@holdfast/log'
import { natsLog } from '@holdfast/store-nats'
import { sqliteLog } from '@holdfast/store-sqlite'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { type Contender, quantile, ratio, report } from './measure.ts'

/** `--only=append,fan-out,resume` · `--servers=1,3` */
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const asked = (what: string): boolean => option('only')?.split(',').includes(what) ?? true
const counts = ([1, 3] as const).filter((count) => option('servers')?.split(',').includes(String(count)) ?? true)

/** Everything on the same disk, flushed for every acknowledgement. */
const WRITERS = 1_000
const SESSIONS = 100
const APPENDS = 5_000
const TAILS = 50
const LIVE = 1_000
const PAGES = 500
/** Events behind which a client may come back. */
const LEFT_BEHIND = 200
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
  const fill = async (session: number): Promise<void> => {
    for (let n = 0; n < LEFT_BEHIND + 50; n++) await append(log, `s${session}`)
  }
  if (asked('resume')) await Promise.all(Array.from({ length: SESSIONS - 1 }, (_, i) => fill(i + 1)))
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

/**
 * Pages of 50 events from anywhere, 50 readers at once: clients that come back. `turns`: so many read the same page, one
 * after the other; the first of them without an earlier reader.
 */
function resumes(opened: () => Promise<SessionLog>, turns: number): Contender {
  return async () => {
    const log = await opened()
    const read = async (page: number): Promise<void> => {
      const session = `s${1 + (page % (SESSIONS - 1))}`
      const { events } = await log.read(session, { after: (page * 7) % LEFT_BEHIND, limit: 50 })
      if (events.length !== 50) throw new Error(`expected 50 events, got ${events.length}`)
    }
    const all = async (): Promise<void> => {
      let left = PAGES
      const reader = async (): Promise<void> => {
        while (left-- > 0) await read(left)
      }
      await Promise.all(Array.from({ length: 50 }, reader))
    }
    for (let turn = 1; turn < turns; turn++) await all()
    const started = performance.now()
    await all()
    return perSecond(PAGES, started)
  }
}

/** Another gateway on the same store, which has read nothing yet. */
async function anew(): Promise<SessionLog> {
  await logs.pop()?.close()
  const log = natsLog({ servers: clusters.at(-1)?.urls ?? [], shards: 8, limits })
  await log.opened
  logs.push(log)
  return log
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
  for (const count of counts) {
    const log = await ready(await nats(count))
    const name = `${count} server${count === 1 ? '' : 's'}`
    const tell = async (what: string, ours: Contender, theirs: Contender, aim: string): Promise<void> => {
      const result = await ratio(ours, theirs, ROUNDS)
      report(`${what}, ${name} / embedded`, result.ratio, aim, `${rate(result.ours)} against ${rate(result.raw)}`)
    }
    if (asked('append')) await tell('append', appends(log), appends(embedded), '–')
    if (asked('fan-out')) await tell('fan-out', fanOut(log), fanOut(embedded), '–')
    if (asked('append')) {
      const times = `${await latency(log)}, embedded ${await latency(embedded)}`
      process.stdout.write(`  one append at a time, p50 · p99: ${times}\n`)
    }
    if (asked('resume')) {
      const here = async (): Promise<SessionLog> => embedded
      await tell('resume, cold', resumes(anew, 1), resumes(here, 1), '≥ 0.30')
      const warm = await anew()
      await tell(
        'resume, warm',
        resumes(async () => warm, 2),
        resumes(here, 2),
        '≥ 0.90',
      )
    }
    await clusters.at(-1)?.stop()
    await logs.at(-1)?.close()
  }
} finally {
  await Promise.all(logs.map((log) => log.close()))
  await Promise.all(clusters.map((servers) => servers.stop()))
  rmSync(folder, { recursive: true, force: true })
}
