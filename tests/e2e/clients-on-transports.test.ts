import { createServer, get } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OpenError, type SseEvent, type Transport } from '@holdfast/core/contract'
import { HubClient, HubObserver } from '@holdfast/hub'
import { SessionSubscription } from '@holdfast/sessions'
import { ShellSession } from '@holdfast/shell'
import { TrackerAgent } from '@holdfast/tracker'
import { browserWebSocket, type WebSocketConstructor } from '@holdfast/transport-browser'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { fallback } from '@holdfast/transport-sse/fallback'
import { framed } from '@holdfast/transport-stream'
import { nodeSocket } from '@holdfast/transport-stream/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { type GatewayProcess, startGateway } from './gateway-process.ts'
import { bridgeTo } from './support/stream-bridge.ts'

const token = 'on-every-way'
let gateway: GatewayProcess
let bridge: Awaited<ReturnType<typeof bridgeTo>>
let lead: HubClient
let sessionId: string
let url: string

beforeAll(async () => {
  gateway = await startGateway(['--port', '0', '--store', 'memory', '--token', token])
  url = gateway.url
  bridge = await bridgeTo(url)
  lead = new HubClient({
    transport: nodeWebSocket(),
    url,
    token,
    role: 'lead',
    onRequest: () => [{ action: 'RETURN', result: 'heard' }],
  })
  await lead.connect()
  sessionId = lead.sessionId ?? ''
})

afterAll(async () => {
  await lead.close()
  bridge.close()
  await gateway.stop('SIGTERM')
})

/** As a network that lets no WebSocket through answers. */
const blocked: Transport = {
  ...nodeWebSocket(),
  name: 'blocked',
  open: () => Promise.reject(new OpenError('a page of the network says 403', { status: 403 })),
}

/** Each program below differs from the others of its kind by this line. */
const WAYS: Readonly<Record<string, () => Transport>> = {
  'WebSockets of Node.js': () => nodeWebSocket(),
  'WebSockets as in browsers': () => browserWebSocket({ WebSocket: WebSocket as unknown as WebSocketConstructor }),
  'a Unix socket': () => framed(nodeSocket(), bridge.address),
  'the second way of a fallback': () => fallback([{ transport: blocked }, { transport: nodeWebSocket() }]),
}

describe.each(Object.entries(WAYS))('over %s', (_name, transport) => {
  it('a hub client asks the lead and hears the answer', async () => {
    const client = new HubClient({ transport: transport(), url, token, sessionId, role: 'controller' })
    await client.connect()
    expect(await client.command('run', 'tests')).toMatchObject({ actions: [{ action: 'RETURN', result: 'heard' }] })
    await client.close()
  })

  it('a subscription follows the session', async () => {
    const session = new SessionSubscription({ transport: transport(), url, token, sessionId })
    await session.connect()
    expect(session.isConnected).toBe(true)
    await session.close()
  })

  it('a tracker agent attaches', async () => {
    const agent = new TrackerAgent({ transport: transport(), url, token })
    await agent.connect()
    expect(agent.isConnected).toBe(true)
    await agent.close()
  })

  it('a shell runs a command, and its output and exit code come', async () => {
    const shell = new ShellSession({ transport: transport(), url, token })
    await shell.connect()
    await shell.send('echo over-$((40+2)); exit 3\n')
    let output = ''
    for await (const frame of shell) {
      if (frame.channel === 'stdout') output += new TextDecoder().decode(frame.payload)
    }
    expect(output).toContain('over-42')
    expect(await shell.result).toMatchObject({ kind: 'exited', code: 3 })
    await shell.close()
  })
})

/** Something on the way that keeps an answer until its end. */
async function bufferingProxy(): Promise<{ readonly url: string; close(): void }> {
  const proxy = createServer((request, response) => {
    const upstream = get(`${url}${request.url}`, { headers: request.headers }, (answer) => {
      const held: Buffer[] = []
      answer.on('data', (bytes: Buffer) => held.push(bytes))
      answer.on('end', () => response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(held)))
    })
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
  })
  proxy.on('upgrade', (_request, socket) => socket.destroy())
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => proxy.closeAllConnections() }
}

const OBSERVED: Readonly<Record<string, () => Transport<SseEvent, never>>> = {
  'an event stream': () => eventStream(),
  'pages of a stream': () => durableStream(),
  'the first way of a fallback': () => observing(),
}

function observing() {
  return fallback([{ transport: eventStream(), needsProof: true }, { transport: durableStream() }], {
    openMs: 1_000,
    proofMs: 1_000,
  })
}

describe.each(Object.entries(OBSERVED))('over %s', (_name, transport) => {
  it('an observer is told what the lead does', async () => {
    const types: string[] = []
    const observer = new HubObserver({
      transport: transport(),
      url,
      token,
      sessionId,
      onMessage: ({ data }) => void types.push(data.type),
    })
    await observer.connect()
    await lead.event('task_start', { taskId: 't1' })
    await expect.poll(() => types).toContain('broadcast')
    await observer.close()
  })
})

it('an observer is told what the lead does where a proxy keeps event streams back, and says over which way', async () => {
  const proxy = await bufferingProxy()
  const transport = observing()
  const types: string[] = []
  const observer = new HubObserver({
    transport,
    url: proxy.url,
    token,
    sessionId,
    onMessage: ({ data }) => void types.push(data.type),
  })
  await observer.connect()
  await lead.event('task_start', { taskId: 't2' })
  await expect.poll(() => types).toContain('broadcast')
  expect(transport.explain()).toMatch(/^Over durable-stream, as others failed\. event-stream: not open within 1000 ms/)
  await observer.close()
  proxy.close()
})
