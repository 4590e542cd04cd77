// What an observer costs the gateway, each way: in turns, each with a gateway process of its own, so that none is warmer and none
// collects what the one before it left. `--ways=sockets,nginx`: those whose names have one of these in them.
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { WebSocket } from 'ws'
import { startCache } from '../../tests/e2e/proxies/cache.ts'
import { say, start } from './stream-peers.ts'

const READERS = 1_000
const ROUNDS = 3
/** An event a second, and as many as an agent that writes. */
const RATES = [
  { events: 15, everyMs: 1_000 },
  { events: 100, everyMs: 100 },
]
const WARM_EVENTS = 30
const WARM_EVERY_MS = 100
const SETTLE_MS = 2_000

interface Figures {
  readonly cpuUs: number
  readonly requests: number
  readonly bytes: number
}

/** A round of one way, for each observer and event. */
interface Cost extends Figures {
  readonly told: number
}

interface Seen {
  count: number
}

interface Rate {
  readonly events: number
  readonly everyMs: number
}

/** Everybody comes, and goes with what it resolves to. */
type Crowd = (seen: Seen) => Promise<() => unknown>

/** Who comes to the gateway at this address. */
type Way = (url: string, rate: Rate) => Crowd

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

interface Got {
  readonly status: number
  readonly next: string
  readonly cursor: string
  readonly bytes: Buffer
}

function get(url: string, agent: Agent): Promise<Got | undefined> {
  return new Promise((resolve) => {
    const asking = request(url, { agent }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const { headers, statusCode = 0 } = response
        const [next, cursor] = [String(headers['stream-next-offset']), String(headers['stream-cursor'])]
        resolve({ status: statusCode, next, cursor, bytes: Buffer.concat(chunks) })
      })
    })
    asking.on('error', () => resolve(undefined)).end()
  })
}

/** Waits for the next page, again and again, as our own transport does. Its stop is the end of its turn. */
async function follow(url: string, seen: Seen, agent: Agent, turn: { isOver: boolean }): Promise<void> {
  let offset = 'now'
  let cursor = ''
  while (!turn.isOver) {
    const got = await get(`${url}?${cursor}live=long-poll&offset=${offset}`, agent)
    if (got === undefined) {
      await pause(100)
      continue
    }
    if (got.status === 200) seen.count += JSON.parse(got.bytes.toString()).length
    cursor = got.next === offset ? `cursor=${got.cursor}&` : ''
    offset = got.next
  }
}

const nobody: Crowd = async (seen) => {
  seen.count = Number.POSITIVE_INFINITY
  return () => {}
}

const sockets =
  (url: string): Crowd =>
  async (seen) => {
    const open = async (): Promise<WebSocket> => {
      const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws?sessionId=s&role=observer&resume=1`)
      socket.on('message', (data) => {
        if (data.toString().includes('"broadcast"')) seen.count += 1
      })
      await once(socket, 'open')
      return socket
    }
    const all = await Promise.all(Array.from({ length: READERS }, open))
    return () => all.forEach((socket) => void socket.terminate())
  }

const eventStreams =
  (url: string): Crowd =>
  async (seen) => {
    const open = async () => {
      const asking = request(`${url}/api/hub/session/s/events?resume=1`, { agent: new Agent() })
      asking.on('error', () => {}).end()
      const [response] = await once(asking, 'response')
      response.on('data', (chunk: Buffer) => (seen.count += chunk.toString().split('event: broadcast').length - 1))
      response.on('error', () => {})
      return asking
    }
    const all = await Promise.all(Array.from({ length: READERS }, open))
    return () => all.forEach((asking) => void asking.destroy())
  }

const pages =
  (url: string): Crowd =>
  async (seen) => {
    const agent = new Agent({ keepAlive: true, maxSockets: READERS })
    const turn = { isOver: false }
    for (let i = 0; i < READERS; i++) void follow(url, seen, agent, turn)
    // Nothing of it is left for the next turn: no connection, and no waiting reader.
    return () => {
      turn.isOver = true
      agent.destroy()
    }
  }

async function linkOf(url: string): Promise<string> {
  const response = await fetch(`${url}/streams/read-links`, { method: 'POST', body: '{"session":"s"}' })
  const { path }: { path?: unknown } = Object(await response.json())
  return String(path)
}

async function figuresOf(child: ChildProcess): Promise<Figures> {
  child.send('figures')
  const [figures]: [Figures] = (await once(child, 'message')) as [Figures]
  return figures
}

/** One turn: everybody comes, some events for warmth, then those that count. */
async function turn(way: Way, rate: Rate): Promise<Cost> {
  const { events, everyMs } = rate
  const { url, child } = await start('observers')
  const seen = { count: 0 }
  const leave = await way(url, rate)(seen)
  await pause(SETTLE_MS)
  for (let n = 0; n < WARM_EVENTS; n++) {
    child.send('publish')
    await pause(WARM_EVERY_MS)
  }
  await pause(SETTLE_MS)
  const isCrowd = Number.isFinite(seen.count)
  if (isCrowd) seen.count = 0
  const before = await figuresOf(child)
  for (let n = 0; n < events; n++) {
    child.send('publish')
    await pause(everyMs)
  }
  for (let tries = 0; tries < 100 && seen.count < READERS * events; tries++) await pause(100)
  const after = await figuresOf(child)
  await leave()
  child.kill()
  const each = READERS * events
  return {
    cpuUs: (after.cpuUs - before.cpuUs) / each,
    bytes: (after.bytes - before.bytes) / each,
    requests: (after.requests - before.requests) / each,
    told: isCrowd ? seen.count : each,
  }
}

function middleOf(costs: readonly Cost[]): Cost {
  const sorted = [...costs].sort((a, b) => a.cpuUs - b.cpuUs)
  return sorted[Math.floor(sorted.length / 2)] ?? { cpuUs: 0, bytes: 0, requests: 0, told: 0 }
}

/** The least that any origin has to do for a cache: nothing but answer one request for each event. */
const bare: Way =
  (url, { everyMs }) =>
  async (seen) => {
    seen.count = Number.POSITIVE_INFINITY
    const agent = new Agent({ keepAlive: true })
    const timer = setInterval(() => void get(`${url}/bare`, agent), everyMs)
    return () => clearInterval(timer)
  }

const behindNginx: Way = (url) => async (seen) => {
  const cache = await startCache(Number(new URL(url).port))
  const leave = await pages(`${cache.url}${await linkOf(url)}`)(seen)
  return async () => {
    await leave()
    await cache.stop()
  }
}

const WAYS: Readonly<Record<string, Way>> = {
  nobody: () => nobody,
  sockets,
  'event streams': eventStreams,
  'pages, direct': (url) => pages(`${url}/streams/sessions/s`),
  'pages behind nginx': behindNginx,
  'a bare request for each event': bare,
}

function asked(): readonly (readonly [string, Way])[] {
  const words = process.argv.find((word) => word.startsWith('--ways='))?.slice('--ways='.length)
  return Object.entries(WAYS).filter(
    ([name]) => words === undefined || words.split(',').some((word) => name.includes(word)),
  )
}

/** Each way in turn, several rounds; of each the round in the middle, and what it is of sockets in the same round. */
async function compareAt(rate: Rate): Promise<void> {
  const costs = new Map<string, Cost[]>()
  for (let round = 0; round < ROUNDS; round++) {
    for (const [name, way] of asked()) costs.set(name, [...(costs.get(name) ?? []), await turn(way, rate)])
  }
  say(`${1_000 / rate.everyMs} events a second:`)
  const overSockets = costs.get('sockets') ?? []
  for (const [name, rounds] of costs) {
    const { cpuUs, bytes, requests } = middleOf(rounds)
    const ratios = rounds.map((one, at) => one.cpuUs / (overSockets[at]?.cpuUs ?? 1)).sort((a, b) => a - b)
    const all = ratios.map((ratio) => ratio.toFixed(3)).join(', ')
    const expected = READERS * rate.events
    const missing = rounds.reduce((sum, { told }) => sum + expected - told, 0)
    say(
      `${name}: ${cpuUs.toFixed(2)} µs of the gateway's processor, ${bytes.toFixed(1)} bytes, ${requests.toFixed(4)} requests ` +
        `per observer and event; of sockets in the same round ${all}; ${missing} of ${ROUNDS * expected} not told`,
    )
  }
}

/** What an observer costs by each way, seldom and often. */
export async function compareObservers(): Promise<void> {
  for (const rate of RATES) await compareAt(rate)
}
