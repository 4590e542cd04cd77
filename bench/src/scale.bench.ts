import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import WebSocket from 'ws'
import { type NatsServers, startNats } from '../../scripts/nats-processes.ts'
import { Crowd } from './crowd.ts'
import { type Gateway, startGateway, TOKENS } from './gateway.ts'
import { cpuMsOf, memoryOf } from './process-cost.ts'

/**
 * What a session, an observer and an event cost: processor time, memory and bytes, of gateways and servers as they are
 * shipped. docs/scaling.md multiplies these. A lead says a text of 200 characters at the pace of an agent.
 */
const SESSIONS = 400
const OBSERVERS = 2_000
/** Each of these sessions says something so often: five times a second as agents do, and ten times as often. */
const BUSY = { sessions: 50, paces: [200, 20], forMs: 10_000 } as const
const CAST = { observers: 1_000, events: 200, everyMs: 50 } as const
const TEXT = 'x'.repeat(200)
const SETTLE_MS = 3_000

const folder = mkdtempSync(join(tmpdir(), 'holdfast-scale-'))
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const tell = (what: string, value: number, unit: string): void => {
  process.stdout.write(`  ${what.padEnd(60)} ${value.toFixed(1).padStart(9)} ${unit}\n`)
}

class Lead {
  readonly session: string
  readonly #socket: WebSocket
  #said = 0
  #answered = 0

  private constructor(socket: WebSocket, session: string) {
    this.#socket = socket
    this.session = session
    socket.on('message', (data) => {
      if (String(data).includes('"action":"ACK"')) this.#answered += 1
    })
  }

  /** Everything that was said is in the log. */
  get isDone(): boolean {
    return this.#answered === this.#said
  }

  static async join(port: number, token: string): Promise<Lead> {
    const headers = { authorization: `Bearer ${token}` }
    const socket = new WebSocket(`ws://127.0.0.1:${port}/api/ws?role=lead&resume=1`, {
      headers,
      perMessageDeflate: false,
    })
    const [first] = await once(socket, 'message')
    return new Lead(socket, JSON.parse(String(first)).sessionId)
  }

  say(): void {
    this.#said += 1
    const data = { text: TEXT, n: this.#said }
    this.#socket.send(JSON.stringify({ type: 'event', id: `e${this.#said}`, event: 'message_update', data }))
  }

  leave(): void {
    this.#socket.terminate()
  }
}

async function leadsAt(port: number, count: number): Promise<readonly Lead[]> {
  const leads: Lead[] = []
  for (let at = 0; at < count; at += 1) leads.push(await Lead.join(port, TOKENS[at % TOKENS.length] ?? ''))
  return leads
}

/** Bytes that each of so many things adds to a process, over what it had after the first few. */
async function memoryEach(pid: number, count: number, add: (count: number) => Promise<void>): Promise<number> {
  const few = count / 10
  await add(few)
  await after(SETTLE_MS)
  const before = memoryOf(pid)
  await add(count - few)
  await after(SETTLE_MS)
  return (memoryOf(pid) - before) / (count - few)
}

/** What standing there costs. Each of these on a gateway of its own, so that no garbage of another is counted. */
async function idle(): Promise<void> {
  const inSession = await startGateway(['--data', join(folder, 'sessions')])
  const leads: Lead[] = []
  const session = await memoryEach(inSession.pid, SESSIONS, async (count) => {
    leads.push(...(await leadsAt(inSession.port, count)))
  })
  tell('an open session with its lead: memory', session / 1_024, 'KiB')
  tell('… while nothing happens: processor', await idleCpu(inSession, SESSIONS), 'µs/s')
  for (const lead of leads) lead.leave()
  await inSession.stop()
  for (const [name, kind] of [
    ['an observer over WebSocket', 'socketObserver'],
    ['an observer over SSE', 'streamObserver'],
  ] as const) {
    const gateway = await startGateway(['--data', join(folder, kind)])
    const lead = await Lead.join(gateway.port, TOKENS[0])
    const crowd = new Crowd(gateway.port, TOKENS[0])
    const grow = (count: number): Promise<void> => crowd.grow(count, () => crowd[kind](lead.session))
    tell(`${name}: memory`, (await memoryEach(gateway.pid, OBSERVERS, grow)) / 1_024, 'KiB')
    tell('… while nothing happens: processor', await idleCpu(gateway, OBSERVERS), 'µs/s')
    crowd.leave()
    lead.leave()
    await gateway.stop()
  }
}

/** Of one of so many, in microseconds a second. */
async function idleCpu({ pid }: Gateway, count: number): Promise<number> {
  const before = cpuMsOf([pid])
  await after(30_000)
  return ((cpuMsOf([pid]) - before) * 1_000) / 30 / count
}

/** All of these say something every so often. Gives how many events that were. */
async function busy(leads: readonly Lead[], everyMs: number): Promise<number> {
  const rounds = BUSY.forMs / everyMs
  const started = performance.now()
  for (let round = 0; round < rounds; round += 1) {
    for (const lead of leads) lead.say()
    await after(Math.max(0, started + (round + 1) * everyMs - performance.now()))
  }
  do await after(SETTLE_MS)
  while (!leads.every(({ isDone }) => isDone))
  return rounds * leads.length
}

/** Microseconds of processor for each event of {@link busy}, over what the same time costs where nothing is said. */
async function cpuOfEvents(
  leads: readonly Lead[],
  everyMs: number,
  pids: readonly (readonly number[])[],
): Promise<readonly number[]> {
  const measure = async (work: () => Promise<unknown>): Promise<readonly number[]> => {
    const before = pids.map(cpuMsOf)
    await work()
    return pids.map((group, at) => cpuMsOf(group) - (before[at] ?? 0))
  }
  const spanMs = BUSY.forMs + SETTLE_MS
  const rest = await measure(() => after(spanMs))
  let events = 0
  const started = performance.now()
  const spent = await measure(async () => {
    events = await busy(leads, everyMs)
  })
  const longer = (performance.now() - started) / spanMs
  return spent.map((ms, at) => ((ms - (rest[at] ?? 0) * longer) * 1_000) / events)
}

async function embedded(): Promise<void> {
  const gateway = await startGateway(['--data', join(folder, 'embedded')])
  const leads = await leadsAt(gateway.port, BUSY.sessions)
  for (const everyMs of BUSY.paces) {
    const [cpu = 0] = await cpuOfEvents(leads, everyMs, [[gateway.pid]])
    tell(`an event, embedded store, ${rateOf(everyMs)}: processor of the gateway`, cpu, 'µs')
  }
  for (const lead of leads) lead.leave()
  await gateway.stop()
}

function rateOf(everyMs: number): string {
  return `${(BUSY.sessions * 1_000) / everyMs} a second`
}

interface Traffic {
  readonly disk: number
  readonly replicated: number
  readonly sent: number
}

/** Bytes of all servers together: stored, sent to each other, sent to gateways. */
async function trafficOf(nats: NatsServers): Promise<Traffic> {
  const asked = nats.nodes.map(async ({ monitor }): Promise<Traffic> => {
    const ask = async (path: string): Promise<Record<string, unknown>> => (await fetch(`${monitor}/${path}`)).json()
    const [jsz, routez, connz] = await Promise.all(['jsz', 'routez', 'connz'].map(ask))
    return {
      disk: Number(jsz?.['storage']),
      replicated: outBytes(routez?.['routes']),
      sent: outBytes(connz?.['connections']),
    }
  })
  return (await Promise.all(asked)).reduce((sum, one) => ({
    disk: sum.disk + one.disk,
    replicated: sum.replicated + one.replicated,
    sent: sum.sent + one.sent,
  }))
}

function outBytes(connections: unknown): number {
  if (!Array.isArray(connections)) return 0
  return connections.reduce((sum: number, one: object) => sum + Number(Reflect.get(one, 'out_bytes')), 0)
}

async function replicated(): Promise<void> {
  await using nats = await startNats({ count: 3 })
  const store = ['--store', nats.urls.join(',')]
  const [near, far] = await Promise.all(
    ['near', 'far'].map((name) => startGateway([...store, '--data', join(folder, name), '--node', name])),
  )
  if (near === undefined || far === undefined) throw new Error('expected two gateways')
  const servers = nats.nodes.flatMap(({ process: server }) => server?.pid ?? [])
  const leads = await leadsAt(near.port, BUSY.sessions)
  const crowd = new Crowd(far.port, TOKENS[0])
  for (const { session } of leads) await crowd.grow(1, () => crowd.socketObserver(session))
  for (const everyMs of BUSY.paces) {
    const before = await trafficOf(nats)
    const pids = [[near.pid], [far.pid], servers]
    const [atLead = 0, atObserver = 0, atServers = 0] = await cpuOfEvents(leads, everyMs, pids)
    const bytes = await trafficOf(nats)
    const events = (BUSY.forMs / everyMs) * BUSY.sessions
    tell(`an event, three servers, ${rateOf(everyMs)}: processor of its gateway`, atLead, 'µs')
    tell('… of another gateway with one observer', atObserver, 'µs')
    tell('… of the three servers together', atServers, 'µs')
    tell('… bytes on the disk of each server', (bytes.disk - before.disk) / events / 3, 'B')
    tell('… bytes between the servers, all together', (bytes.replicated - before.replicated) / events, 'B')
    tell('… bytes from the servers to two gateways, together', (bytes.sent - before.sent) / events, 'B')
  }
  crowd.leave()
  for (const lead of leads) lead.leave()
  await Promise.all([near.stop(), far.stop()])
}

async function delivery(name: string, kind: 'socketObserver' | 'streamObserver'): Promise<void> {
  const gateway = await startGateway(['--data', join(folder, `cast-${kind}`)])
  const lead = await Lead.join(gateway.port, TOKENS[0])
  const crowd = new Crowd(gateway.port, TOKENS[0])
  await crowd.grow(CAST.observers, () => crowd[kind](lead.session))
  await after(SETTLE_MS)
  crowd.bytes = 0
  const before = cpuMsOf([gateway.pid])
  for (let event = 0; event < CAST.events; event += 1) {
    lead.say()
    await after(CAST.everyMs)
  }
  while (crowd.delivered < CAST.events * CAST.observers) await after(100)
  tell(`a delivery over ${name}: processor`, ((cpuMsOf([gateway.pid]) - before) * 1_000) / crowd.delivered, 'µs')
  tell('… bytes', crowd.bytes / crowd.delivered, 'B')
  crowd.leave()
  lead.leave()
  await gateway.stop()
}

try {
  await idle()
  await embedded()
  await replicated()
  await delivery('WebSocket', 'socketObserver')
  await delivery('SSE', 'streamObserver')
} finally {
  rmSync(folder, { recursive: true, force: true })
}
