import { memoryLog, type SessionLog } from '@holdfast/log'
import { createHub } from '@holdfast/server'
import { report } from './measure.ts'

/**
 * What the snapshots of a session cost beside its events: processor time for an event with them at their distance, of the same
 * without any, where its files and its conversation are as large as they may be. So many events as are between two of these.
 */
const EVENTS = 80_000
const FILES = 64
const ROUNDS = 3
const text = (n: number, length: number): string => `${n} `.padEnd(length, 'lorem ipsum, "dolor"\n')

/** Files as the hub writes them for a lead: of lines. */
async function fill(log: SessionLog, session: string): Promise<void> {
  const records = Array.from({ length: FILES * 400 }, (_, n) => ({
    kind: 'file',
    payload: { t: 'file', path: `file ${n % FILES}`, op: 'append', text: text(n, 250) },
  }))
  const said = Array.from({ length: 190 }, (_, n) => ({
    kind: 'event',
    payload: { t: 'event', event: 'message_end', data: { content: text(n, 40_000) }, category: 'message' },
  }))
  for (const [n, record] of [...records, ...said].entries()) {
    await log.append(session, [{ id: `f${n}`, at: 0, ...record }], { producer: { id: 'bench', fence: 0 } })
  }
}

async function cpuOfEvents(snapshotEvents: number): Promise<number> {
  const log = memoryLog()
  await log.createSession('s', {})
  await fill(log, 's')
  const hub = createHub({ log, limits: { snapshotEvents } })
  const session = await hub.session('s')
  const before = process.cpuUsage()
  for (let n = 0; n < EVENTS / 100; n += 1) {
    const said = Array.from({ length: 100 }, () => session.publish('message_update', { delta: 'x'.repeat(200) }))
    await Promise.all(said)
  }
  const { user, system } = process.cpuUsage(before)
  session.close()
  await hub.close()
  await log.close()
  return (user + system) / EVENTS
}

const costs: { readonly none: number; readonly usual: number }[] = []
for (let round = 0; round < ROUNDS; round += 1) {
  costs.push({ none: await cpuOfEvents(1e9), usual: await cpuOfEvents(10_000) })
}
const least = (of: (cost: { none: number; usual: number }) => number): number => Math.min(...costs.map(of))
const none = least((cost) => cost.none)
const usual = least((cost) => cost.usual)
report(
  'an event with snapshots, of one without',
  usual / none,
  '≤ 1.02',
  `${usual.toFixed(1)} / ${none.toFixed(1)} µs of processor`,
)
