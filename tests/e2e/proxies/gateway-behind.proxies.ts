import { once } from 'node:events'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Status } from '@holdfast/core'
import { HubClient, HubObserver } from '@holdfast/hub'
import { ShellSession, shellEndpoint } from '@holdfast/shell'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { isDebian } from '../../../scripts/debian-packages.ts'
import { type ProxyName, proxyPrograms } from '../../../scripts/proxy-programs.ts'
import { CLI_MAIN, type GatewayProcess, run, startGateway } from '../gateway-process.ts'
import { eventually } from '../support/cuts.ts'
import { type Front, startFront } from './front.ts'

const TOKEN = 'boss'
const headers = { authorization: `Bearer ${TOKEN}` }
/** Of events, one each … */
const EVENTS = 300
/** … so often, with a reload after each third. */
const EVERY_MS = 20
const LINES = 400
/** An event that a proxy keeps back does not come at all; one that it only delays comes on a busy machine within this. */
const AT_ONCE_MS = 1_000

const programs = Object.entries(proxyPrograms())
const found = programs.flatMap(([name, program]) =>
  'path' in program ? [{ name: nameOf(name), version: program.version }] : [],
)
const missing = programs.flatMap(([, program]) => ('missing' in program ? [program.missing] : []))
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

it.each(missing)('was not tried: %s', () => {
  // Where it can be had without asking anybody it is had.
  expect(isDebian() || Boolean(process.env['CI'])).toBe(false)
})

describe.each(found)('a gateway behind $name $version, as docs/proxies.md has it,', ({ name }) => {
  let gateway: GatewayProcess
  let front: Front
  let log = ''

  beforeAll(async () => {
    const common = ['--store', 'memory', '--port', '0', '--token', TOKEN, '--shell', '/bin/sh']
    gateway = await startGateway([...common, '--base-path', '/holdfast', '--trust-proxy', '127.0.0.1'])
    gateway.child.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString()
    })
    front = await startFront(name, `127.0.0.1:${gateway.port}`)
  })
  afterAll(async () => {
    await front?.stop()
    await gateway?.stop('SIGKILL')
  })

  it('is well, as its doctor says', () => expectWell(front))

  it('is well on a Unix socket too, and lets pages of the own host in', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-behind-'))
    const path = join(folder, 'holdfast.sock')
    const common = ['--store', 'memory', '--token', TOKEN, '--shell', '/bin/sh', '--base-path', '/holdfast']
    const own = await startGateway([...common, '--host', `unix:${path}`, '--trust-proxy', 'unix'])
    // The proxy's workers need not be of the group of whoever runs this.
    chmodSync(folder, 0o755)
    chmodSync(path, 0o666)
    const before = await startFront(name, path)
    try {
      await expectWell(before)
      expect(await upgrade(before, { origin: `https://localhost:${before.port}` })).toBe(101)
      expect(await upgrade(before, { origin: 'https://evil.example' })).toBe(403)
    } finally {
      await before.stop()
      await own.stop('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    }
  })

  it('sends each event at once, also with compression accepted', async () => {
    const lead = new HubClient({ transport: nodeWebSocket(), url: front.url, token: TOKEN, role: 'lead' })
    await lead.connect()
    const sent = new Map<number, number>()
    const delays: number[] = []
    const end = new AbortController()
    try {
      const url = `${front.url}/api/hub/session/${lead.sessionId}/events?subscribe=task_start`
      const asked = { ...headers, accept: 'text/event-stream', 'accept-encoding': 'gzip, deflate, br' }
      const response = await fetch(url, { headers: asked, signal: end.signal })
      expect(response.status).toBe(200)
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      let text = ''
      const read = async (): Promise<void> => {
        const { value = '' } = (await reader?.read()) ?? {}
        text += value
        for (const [, n] of value.matchAll(/"n":(\d+)/g)) {
          delays.push(performance.now() - (sent.get(Number(n)) ?? Number.NEGATIVE_INFINITY))
        }
      }
      while (!text.includes('event: hydration')) await read()
      for (const n of upTo(10)) {
        sent.set(n, performance.now())
        await lead.event('task_start', { n })
        while (delays.length < n) await read()
      }
    } finally {
      end.abort()
      await lead.close()
    }
    expect(delays).toHaveLength(10)
    expect(Math.max(...delays)).toBeLessThan(AT_ONCE_MS)
  })

  it('loses nothing over its reloads: sessions, event streams, shells', async () => {
    const gaps: unknown[] = []
    const opens = { socket: 0, stream: 0, shell: 0 }
    const [onSocket, onStream]: [number[], number[]] = [[], []]
    const common = { url: front.url, token: TOKEN, onGap: (gap: unknown) => void gaps.push(gap) }
    const lead = new HubClient({ ...common, transport: nodeWebSocket(), role: 'lead' })
    await lead.connect()
    const sessionId = lead.sessionId ?? ''
    const socket = new HubClient({
      ...common,
      transport: nodeWebSocket(),
      sessionId,
      onStatus: ({ status, previous }) => void (isOpening(status, previous) && opens.socket++),
      onMessage: (message) => void (message.type === 'broadcast' && onSocket.push(numberOf(message))),
    })
    const stream = new HubObserver({
      ...common,
      transport: eventStream(),
      sessionId,
      onStatus: ({ status, previous }) => void (isOpening(status, previous) && opens.stream++),
      onMessage: ({ data }) => void (data.type === 'broadcast' && onStream.push(numberOf(data))),
    })
    await Promise.all([socket.connect(), stream.connect()])
    const count = `i=0; while [ $i -lt ${LINES} ]; do i=$((i+1)); echo line-$i; sleep 0.02; done`
    const connect = shellEndpoint({ url: front.url, token: TOKEN, command: ['/bin/sh', '-c', count] })
    const shell = await new ShellSession({ transport: nodeWebSocket(), target: connect }).connect()
    shell.on('reconnected', () => void opens.shell++)
    let output = ''
    const reading = (async () => {
      for await (const frame of shell) {
        if (frame.channel === 'gap') gaps.push(frame)
        if (frame.channel === 'stdout') output += Buffer.from(frame.payload).toString()
      }
    })()
    const said: Promise<unknown>[] = []
    for (const n of upTo(EVENTS)) {
      said.push(lead.event('task_start', { n }, { onDrop: 'carry', timeoutMs: 60_000 }))
      if (n === EVENTS / 3 || n === (EVENTS * 2) / 3) front.reload()
      await pause(EVERY_MS)
    }
    const state = (): string => JSON.stringify({ onSocket: onSocket.length, onStream: onStream.length, opens, gaps })
    await eventually(() => onSocket.length >= EVENTS && onStream.length >= EVENTS, state)
    await Promise.all([...said, reading])
    expect(onSocket).toEqual(upTo(EVENTS))
    expect(onStream).toEqual(upTo(EVENTS))
    expect([...output.matchAll(/line-(\d+)\r?\n/g)].map(([, n]) => Number(n))).toEqual(upTo(LINES))
    expect(gaps).toEqual([])
    // The reloads did cut.
    expect(opens.socket + opens.stream + opens.shell).toBeGreaterThan(2)
    await Promise.all([lead.close(), socket.close(), stream.close(), shell.kill()])
  })

  it('lets pages of the own host in, and no others, whatever they forward', async () => {
    const own = `https://localhost:${front.port}`
    expect(await upgrade(front, { origin: own })).toBe(101)
    expect(await upgrade(front, { origin: 'https://evil.example' })).toBe(403)
    const forged = { origin: 'https://evil.example', 'x-forwarded-host': 'evil.example' }
    expect(await upgrade(front, forged)).toBe(403)
    expect(await upgrade(front, { origin: own.replace('https', 'http') })).toBe(403)
  })

  it('counts wrong tokens by the address of the client, whatever it forwards', async () => {
    const address = '127.0.0.9'
    const guess = async (index: number): Promise<void> => {
      const asked = request(`${front.url}/api/hub/sessions`, {
        localAddress: address,
        host: '127.0.0.1',
        headers: {
          authorization: `Bearer wrong-${index}`,
          'x-forwarded-for': '198.51.100.7',
          host: `localhost:${front.port}`,
        },
        servername: 'localhost',
      })
      asked.end()
      const [response] = await once(asked, 'response')
      response.resume()
      expect(response.statusCode).toBe(401)
    }
    for (let index = 0; index < 12; index++) await guess(index)
    await eventually(
      () => log.includes('tokens are guessed'),
      () => log,
    )
    expect(log).toContain(address)
    expect(log).not.toContain('198.51.100.7')
  })
})

async function expectWell({ url }: Front): Promise<void> {
  const trust = { NODE_EXTRA_CA_CERTS: process.env['NODE_EXTRA_CA_CERTS'], HOLDFAST_TOKEN: TOKEN }
  const { code, stdout } = await run(CLI_MAIN, ['doctor', url, '--json'], trust).ended
  const findings: { check: string; result: string }[] = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  const ill = findings.filter(({ result }) => result !== 'ok')
  expect({ code, ill }).toEqual({ code: 0, ill: [] })
  expect(findings.map(({ check }) => check)).toEqual(expect.arrayContaining(['http', 'hub', 'events', 'shells']))
}

/** The status with which an upgrade is answered. */
async function upgrade(front: Front, sent: Readonly<Record<string, string>>): Promise<number | undefined> {
  const url = `${front.url.replace('https', 'wss')}/api/ws?role=lead&api_key=${TOKEN}`
  const socket = new WebSocket(url, { headers: sent })
  try {
    return await new Promise((resolve, reject) => {
      socket.on('open', () => resolve(101))
      socket.on('unexpected-response', (_request, response) => resolve(response.statusCode))
      socket.on('error', reject)
    })
  } finally {
    socket.on('error', () => {})
    socket.terminate()
  }
}

function numberOf(message: object): number {
  return Number(Reflect.get(Object(Reflect.get(message, 'data')), 'n'))
}

function nameOf(text: string): ProxyName {
  const names: readonly ProxyName[] = ['nginx', 'haproxy', 'caddy', 'apache2']
  const name = names.find((candidate) => candidate === text)
  if (name === undefined) throw new Error(`expected the name of a proxy, got ${text}`)
  return name
}

function isOpening(status: Status, previous: Status): boolean {
  return status.state === 'open' && previous.state !== 'open'
}
