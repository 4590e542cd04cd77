import { createServer, get, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { SseEvent } from '@holdfast/core/contract'
import { HubClient, HubObserver } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { type FallbackTransport, fallback } from '@holdfast/transport-sse/fallback'
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest'
import { type GatewayProcess, startGateway } from './gateway-process.ts'

const token = 'held-back'
/** What comes through a proxy at once; less than that waits for more. */
const HELD_BYTES = 8_192

let gateway: GatewayProcess

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', token])
})
afterAll(() => gateway.stop('SIGTERM'))

interface HoldingProxy {
  readonly url: string
  /** Paths that were asked for. */
  readonly asked: string[]
}

/** Lets no WebSocket through, and hands answers on in pieces of {@link HELD_BYTES}, or at their end. */
async function holdingProxy(): Promise<HoldingProxy> {
  const asked: string[] = []
  const proxy = createServer((request, response) => {
    asked.push(new URL(request.url ?? '/', 'http://proxy').pathname)
    const upstream = get(`${gateway.url}${request.url}`, { headers: request.headers }, (answer) =>
      handOn(answer, response),
    )
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
  })
  proxy.on('upgrade', (_request, socket) => socket.end('HTTP/1.1 403 Forbidden\r\n\r\n'))
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    proxy.closeAllConnections()
    proxy.close()
  })
  const { port } = proxy.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, asked }
}

function handOn(answer: IncomingMessage, response: ServerResponse): void {
  let held = Buffer.alloc(0)
  response.writeHead(answer.statusCode ?? 502, answer.headers).flushHeaders()
  answer.on('data', (bytes: Buffer) => {
    held = Buffer.concat([held, bytes])
    const whole = held.length - (held.length % HELD_BYTES)
    if (whole > 0) response.write(held.subarray(0, whole))
    held = held.subarray(whole)
  })
  answer.on('end', () => response.end(held))
}

interface Waits {
  readonly proofMs: number
  readonly stallTimeoutMs?: number
}

function observing({ proofMs, stallTimeoutMs }: Waits): FallbackTransport<SseEvent, never> {
  const ways = [
    { transport: eventStream({ stallTimeoutMs }), needsProof: true },
    { transport: durableStream() },
  ] as const
  return fallback(ways, { openMs: 10_000, proofMs })
}

async function leading(): Promise<HubClient> {
  const lead = new HubClient({ transport: nodeWebSocket(), url: gateway.url, token, role: 'lead' })
  await lead.connect()
  onTestFinished(() => lead.close())
  return lead
}

/** Everything that an observer is told of the lead's events, from the beginning. */
async function observed(lead: HubClient, url: string, transport: FallbackTransport<SseEvent, never>, after?: string) {
  const seen: unknown[] = []
  const sessionId = lead.sessionId ?? ''
  const observer = new HubObserver({ transport, url, token, sessionId, ...(after && { after }) })
  observer.on('message', ({ data }) => {
    if (data.type === 'broadcast' && data['event'] === 'agent_progress') seen.push(Object(data['data']).n)
  })
  await observer.connect()
  onTestFinished(() => observer.close())
  return { seen, observer }
}

/** The life of the session's log, which positions begin with. */
async function epochOf(lead: HubClient): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const { headers: told } = await fetch(`${gateway.url}/streams/sessions/${lead.sessionId}`, {
    method: 'HEAD',
    headers,
  })
  return told.get('stream-next-offset')?.split('.')[0] ?? ''
}

const upTo = (count: number): readonly number[] => Array.from({ length: count }, (_, i) => i + 1)

it('an observer behind a proxy that buffers event streams up to 8 kB takes pages, in order, and remembers it', async () => {
  const proxy = await holdingProxy()
  const lead = await leading()
  const transport = observing({ proofMs: 1_000 })
  const { seen, observer } = await observed(lead, proxy.url, transport)
  expect(transport.explain()).toMatch(/^Over durable-stream, as others failed\. event-stream: open, and silent/)
  for (let n = 1; n <= 20; n++) await lead.event('agent_progress', { n })
  await expect.poll(() => seen).toEqual(upTo(20))
  const tried = proxy.asked.filter((path) => path.endsWith('/events')).length
  expect(tried).toBe(1)
  observer.reconnect()
  await lead.event('agent_progress', { n: 21 })
  await expect.poll(() => seen).toEqual(upTo(21))
  const other = await observed(lead, proxy.url, transport)
  await lead.event('agent_progress', { n: 22 })
  await expect.poll(() => other.seen).toContain(22)
  expect(proxy.asked.filter((path) => path.endsWith('/events')).length).toBe(tried)
  expect(transport.explain()).toBe('Over durable-stream.')
  await expect.poll(() => seen).toEqual(upTo(22))
})

it('an observer whose event stream stalls after its beginning takes pages, and misses nothing', async () => {
  const proxy = await holdingProxy()
  const lead = await leading()
  const transport = observing({ proofMs: 20_000, stallTimeoutMs: 2_000 })
  const text = 'x'.repeat(1_000)
  for (let n = 1; n <= 30; n++) await lead.event('agent_progress', { n, text })
  const { seen } = await observed(lead, proxy.url, transport, `${await epochOf(lead)}.0.`)
  expect(transport.explain()).toBe('Over event-stream.')
  for (let n = 31; n <= 35; n++) await lead.event('agent_progress', { n })
  await expect.poll(() => seen).toEqual(upTo(35))
  expect(transport.explain()).toMatch(/^Over durable-stream, as others failed\. event-stream: open, and silent/)
})

it('an observer takes the event stream where no proxy buffers it', async () => {
  const lead = await leading()
  const transport = observing({ proofMs: 20_000 })
  const { seen } = await observed(lead, gateway.url, transport)
  await lead.event('agent_progress', { n: 1 })
  await expect.poll(() => seen).toEqual([1])
  expect(transport.explain()).toBe('Over event-stream.')
})
