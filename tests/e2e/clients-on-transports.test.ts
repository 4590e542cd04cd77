import { mkdtempSync, realpathSync, rmSync } from 'node:fs'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { client, methods, PROTOCOL_VERSION } from '@agentclientprotocol/sdk'
import { acpStream } from '@holdfast/acp'
import { OpenError, type SseEvent, systemClock, type Transport } from '@holdfast/core/contract'
import { HubClient, HubObserver } from '@holdfast/hub'
import { SessionSubscription } from '@holdfast/sessions'
import { ShellSession } from '@holdfast/shell'
import { memoryNetwork } from '@holdfast/testkit'
import { TrackerAgent } from '@holdfast/tracker'
import { browserWebSocket, type WebSocketConstructor } from '@holdfast/transport-browser'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { fallback } from '@holdfast/transport-sse/fallback'
import { eventStreamAndPosts, longPoll } from '@holdfast/transport-sse/over-http'
import { framed } from '@holdfast/transport-stream'
import { nodeSocket } from '@holdfast/transport-stream/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { AGENT_FILE, type GatewayProcess, startGateway } from './gateway-process.ts'
import { endShellHost } from './support/shell-host.ts'
import { bridgeTo, carryOn } from './support/stream-bridge.ts'

const token = 'on-every-way'
const memory = memoryNetwork({ clock: systemClock })
let folder: string
let gateway: GatewayProcess
let bridge: Awaited<ReturnType<typeof bridgeTo>>
let lead: HubClient
let sessionId: string
let url: string

beforeAll(async () => {
  folder = realpathSync(mkdtempSync(join(tmpdir(), 'holdfast-every-way-')))
  const agents = ['--agent', `scripted=${process.execPath} ${AGENT_FILE}`, '--agent-folder', folder]
  gateway = await startGateway(['--port', '0', '--data', join(folder, 'data'), '--token', token, ...agents])
  url = gateway.url
  memory.listen((dial) => void carryOn(dial, url))
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
  await endShellHost(join(folder, 'data'), 'agent-host')
  await endShellHost(join(folder, 'data'))
  rmSync(folder, { recursive: true, force: true })
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
  memory: () => memory.transport,
  'an event stream and posts': () => eventStreamAndPosts(),
  'requests that wait': () => longPoll(),
  'the second way of a fallback': () => fallback([{ transport: blocked }, { transport: eventStreamAndPosts() }]),
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

  it('an editor prompts an agent and hears its answer', async () => {
    const stream = acpStream({ transport: transport(), url: `${url}/acp`, token })
    let said = ''
    const editor = client({ name: 'editor' }).onNotification(methods.client.session.update, ({ params }) => {
      const { update } = params
      if (update.sessionUpdate === 'agent_message_chunk' && update.content.type === 'text') said += update.content.text
    })
    await editor.connectWith(stream, async (agent) => {
      await agent.request(methods.agent.initialize, { protocolVersion: PROTOCOL_VERSION, clientCapabilities: {} })
      const { sessionId } = await agent.request(methods.agent.session.new, { cwd: folder, mcpServers: [] })
      await agent.request(methods.agent.session.prompt, { sessionId, prompt: [{ type: 'text', text: 'say over-42' }] })
    })
    expect(said).toContain('over-42')
    await stream.close()
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

/** Something on the way that keeps an answer until its end, and lets no WebSocket through. */
async function bufferingProxy(): Promise<{ readonly url: string; close(): void }> {
  const proxy = createServer((asked, response) => {
    const { method, headers } = asked
    const upstream = request(`${url}${asked.url}`, { method, headers }, (answer) => {
      const held: Buffer[] = []
      answer.on('data', (bytes: Buffer) => held.push(bytes))
      answer.on('end', () => response.writeHead(answer.statusCode ?? 502, answer.headers).end(Buffer.concat(held)))
    })
    asked.pipe(upstream)
    upstream.on('error', () => response.destroy())
    response.on('close', () => upstream.destroy())
  })
  proxy.on('upgrade', (_request, socket) => socket.destroy())
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  const { port } = proxy.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}`, close: () => proxy.closeAllConnections() }
}

it('a controller takes the last way where a proxy lets no WebSocket through and keeps event streams back', async () => {
  const proxy = await bufferingProxy()
  const ways = [
    { transport: nodeWebSocket() },
    { transport: eventStreamAndPosts() },
    { transport: longPoll() },
  ] as const
  const transport = fallback(ways, { openMs: 1_000 })
  const controller = new HubClient({ transport, url: proxy.url, token, sessionId, role: 'controller' })
  await controller.connect()
  expect(await controller.command('run', 'tests')).toMatchObject({ actions: [{ action: 'RETURN', result: 'heard' }] })
  expect(transport.explain()).toMatch(
    /^Over long-poll, as others failed\. .*event-stream\+post: not open within 1000 ms/,
  )
  await controller.close()
  proxy.close()
})

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
  it('an observer gets what the lead does', async () => {
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

it('an observer gets what the lead does where a proxy keeps event streams back, and says over which way', async () => {
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
