import type { SseEvent, Transport } from '@holdfast/core/contract'
import { HubClient, HubObserver, type HubOptions } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { TOKEN } from './mortal-gateway.ts'

interface Complaint {
  readonly code: string
  readonly message: string
  readonly details: object
}

/** Keeps what clients complain of, except of the outages that a test makes: those are told and go by. */
export function complaintsInto(list: string[]): (error: Complaint) => void {
  return ({ code, message, details }) => {
    const isOutage = code.endsWith('/unreachable') || Reflect.get(details, 'reason') === 'connection/unreachable'
    if (!isOutage) list.push(`${code}: ${message}`)
  }
}

/** What clients need to be as quick as the faults that they meet, and never to give up. */
export const QUICK = {
  retry: { baseMs: 20, firstMs: 20, capMs: 150, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
  deadlines: { dialMs: 2_000, handshakeMs: 2_000 },
  stableAfterMs: 200,
} as const
export const HEARTBEAT = { liveness: { intervalMs: 150, timeoutMs: 600 } } as const

/** Somebody who watches a session, and writes down what it is told. */
export interface Watcher {
  readonly name: string
  /** Which numbers are for it. */
  readonly expects: (n: number) => boolean
  readonly numbers: readonly number[]
  readonly complaints: readonly string[]
  close(): Promise<void>
}

interface WatcherOptions {
  readonly name: string
  readonly url: string
  readonly sessionId: string
  readonly subscribe?: readonly string[] | undefined
  readonly expects: (n: number) => boolean
  /** Instead of {@link QUICK}. */
  readonly timings?: Pick<HubOptions, 'retry'> | undefined
}

/** Over WebSocket. Resolves when it is in. */
export async function watchSocket(options: WatcherOptions): Promise<Watcher> {
  const { name, url, sessionId, subscribe, expects, timings = { ...QUICK, ...HEARTBEAT } } = options
  const numbers: number[] = []
  const complaints: string[] = []
  const client = new HubClient({
    transport: nodeWebSocket(),
    url,
    sessionId,
    subscribe,
    token: TOKEN,
    ...timings,
    onMessage: (message) => void (message.type === 'broadcast' && numbers.push(numberOf(message))),
    onGap: (gap) => void complaints.push(`gap ${JSON.stringify(gap)}`),
    onProblem: complaintsInto(complaints),
  })
  await client.connect()
  return { name, expects, numbers, complaints, close: () => client.close({ flushMs: 0 }) }
}

/** Over server-sent events. */
export function watchStream(options: WatcherOptions): Promise<Watcher> {
  return observe(eventStream(), options)
}

/** Over pages of the session's stream. */
export function watchPages(options: WatcherOptions): Promise<Watcher> {
  // The pages of a dead link do not come: noticed as soon as a socket's silence would be.
  return observe(durableStream({ stallTimeoutMs: 1_500 }), options)
}

async function observe(transport: Transport<SseEvent, never>, options: WatcherOptions): Promise<Watcher> {
  const { name, url, sessionId, subscribe, expects, timings = QUICK } = options
  const numbers: number[] = []
  const complaints: string[] = []
  const observer = new HubObserver({
    transport,
    url,
    sessionId,
    subscribe,
    token: TOKEN,
    ...timings,
    onMessage: ({ data }) => void (data.type === 'broadcast' && numbers.push(numberOf(data))),
    onGap: (gap) => void complaints.push(`gap ${JSON.stringify(gap)}`),
    onProblem: complaintsInto(complaints),
  })
  await observer.connect()
  return { name, expects, numbers, complaints, close: () => observer.close() }
}

function numberOf(message: object): number {
  const data: unknown = Reflect.get(message, 'data')
  return typeof data === 'object' && data !== null ? Number(Reflect.get(data, 'n')) : Number.NaN
}
