import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, ask, Clients, forked, joinAsLead } from './clients.ts'
import { type Gateway, OBSERVED, startGateway } from './gateway.ts'
import { report } from './measure.ts'

/**
 * What connections cost a gateway that nothing is said to: memory after a collection, beside bare `ws` connections in the
 * same run; its event loop with twenty thousand of them; and with an event a second to all of these, how long it is busy
 * at a time and when the last of them has it. `--few`: a tenth of all.
 */
const PART = process.argv.includes('--few') ? 10 : 1
const COUNT = Number(process.argv.find((word) => word.startsWith('--count='))?.slice(8) ?? 5_000 / PART)
/** Descriptors of a process are limited, and a gateway needs some of its own. */
const CROWD = 2 * Math.floor(Math.min(20_000, descriptors() - 250) / PART / 2)
const WATCH_MS = 30_000
const EVENTS = 20
/** New sessions of one principal are limited, and a session has at most ten thousand participants. */
const TOKENS = Array.from({ length: 40 }, (_, at) => `token${at}`)
const folder = mkdtempSync(join(tmpdir(), 'holdfast-idle-'))
const now = (): number => performance.timeOrigin + performance.now()

function descriptors(): number {
  const { userLimits } = Object(process.report?.getReport())
  return Number(userLimits?.open_files?.hard) || 20_000
}

/** Resident bytes that each of {@link COUNT} adds after a collection, over what the process had with a tenth of them. */
async function each(server: ChildProcess, add: (count: number) => Promise<void>): Promise<number> {
  await add(COUNT / 10)
  await after(1_000)
  const before = await ask(server, 'memory')
  await add(COUNT)
  await after(1_000)
  const behind = await ask(server, 'memory')
  if (process.argv.includes('--detail')) {
    for (const name of ['rss', 'heapUsed', 'external', 'arrayBuffers'])
      process.stdout.write(`    ${name} ${((Number(behind[name]) - Number(before[name])) / COUNT).toFixed(0)}\n`)
  }
  if (process.argv.includes('--snapshot')) process.stdout.write(`    ${(await ask(server, 'snapshot'))['path']}\n`)
  return (Number(behind['rss']) - Number(before['rss'])) / COUNT
}

async function bare(): Promise<number> {
  const server = forked('bare-peer', [], OBSERVED)
  const [{ port }] = await once(server, 'message')
  const clients = await Clients.of(port, TOKENS)
  const bytes = await each(server, (count) => clients.grow(count, 'observer'))
  clients.leave()
  server.kill()
  return bytes
}

async function withGateway<T>(name: string, work: (gateway: Gateway, clients: Clients) => Promise<T>): Promise<T> {
  const gateway = await startGateway(['--data', join(folder, name)], { tokens: TOKENS, isObserved: true })
  const clients = await Clients.of(gateway.port, TOKENS)
  const result = await work(gateway, clients)
  clients.leave()
  await gateway.stop()
  return result
}

function observers(): Promise<number> {
  return withGateway('observers', async (gateway, clients) => {
    const { session, socket } = await joinAsLead(gateway.port, TOKENS[0] ?? '')
    const bytes = await each(gateway.process, (count) => clients.grow(count, 'observer', [session]))
    socket.terminate()
    return bytes
  })
}

function sessions(): Promise<number> {
  return withGateway('sessions', (gateway, clients) => each(gateway.process, (count) => clients.grow(count, 'lead')))
}

async function crowd(): Promise<void> {
  await withGateway('crowd', async (gateway, clients) => {
    const leads = [
      await joinAsLead(gateway.port, TOKENS[0] ?? ''),
      await joinAsLead(gateway.port, TOKENS[0] ?? ''),
      await joinAsLead(gateway.port, TOKENS[0] ?? ''),
    ]
    const inSessions = leads.map(({ session }) => session)
    await clients.grow(CROWD, 'observer', inSessions)
    // What comes with their arrival is over.
    await after(12_000)
    await ask(gateway.process, 'watch')
    await after(WATCH_MS)
    const idle = await ask(gateway.process, 'delays')
    report(
      `${CROWD} idle observers: event loop, p99 in ms`,
      idle['p99Ms'] ?? Number.NaN,
      '≤ 20',
      `max ${idle['maxMs']?.toFixed(1)}`,
    )
    await ask(gateway.process, 'watch')
    const said: number[] = []
    for (let n = 0; n < EVENTS; n += 1) {
      said.push(now())
      for (const { socket } of leads) {
        const data = { text: `at ${n};`.padEnd(200, 'x') }
        socket.send(JSON.stringify({ type: 'event', id: `e${n}`, event: 'message_update', data }))
      }
      await after(1_000)
    }
    const busy = await ask(gateway.process, 'delays')
    const arrivals = await clients.arrivals()
    const lasts = said
      .map((at, n) => {
        const { count = 0, lastAt = Number.NaN } = arrivals.get(n) ?? {}
        return count === CROWD ? lastAt - at : Number.NaN
      })
      .sort((a, b) => a - b)
    report(
      '… an event a second to all: busy at a time, p99 in ms',
      busy['p99Ms'] ?? Number.NaN,
      '≤ 10',
      `max ${busy['maxMs']?.toFixed(1)}, collector ${busy['collectorMaxMs']?.toFixed(1)}`,
    )
    report(
      '… the last of them has it after, median in ms',
      lasts[EVENTS / 2] ?? Number.NaN,
      '≤ 400',
      `at most ${lasts.at(-1)?.toFixed(0)}, at least ${lasts[0]?.toFixed(0)}`,
    )
    for (const { socket } of leads) socket.terminate()
  })
}

const only = process.argv.find((word) => word.startsWith('--only='))?.slice(7)
const wants = (part: string): boolean => only === undefined || only === part
try {
  if (wants('observers')) {
    const raw = await bare()
    const ours = await observers()
    report(
      'an idle observer, of a bare ws connection',
      ours / raw,
      '≤ 1.6',
      `${(ours / 1_024).toFixed(1)} / ${(raw / 1_024).toFixed(1)} KiB`,
    )
  }
  if (wants('sessions')) report('an open session with its lead, KiB', (await sessions()) / 1_024, '≤ 30', '')
  if (wants('crowd')) await crowd()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
