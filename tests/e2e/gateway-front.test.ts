import { once } from 'node:events'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { request as requestTls } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { generate } from 'selfsigned'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { CLI_MAIN, GATEWAY_MAIN, type GatewayProcess, run, startGateway } from './gateway-process.ts'

const COMMON = ['--store', 'memory', '--shell', 'none', '--token', 'boss', '--port', '0'] as const
let folder = ''
let gateway: GatewayProcess | undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-front-'))
})
afterEach(async () => {
  await gateway?.stop('SIGKILL')
  gateway = undefined
  rmSync(folder, { recursive: true, force: true })
})

const cert = (): string => join(folder, 'cert.pem')
const key = (): string => join(folder, 'key.pem')

/** Writes a new pair for localhost. @returns its certificate */
async function renew(): Promise<string> {
  const extensions = [{ name: 'subjectAltName' as const, altNames: [{ type: 7 as const, ip: '127.0.0.1' }] }]
  const pair = await generate([{ name: 'commonName', value: 'localhost' }], { keyType: 'ec', extensions })
  writeFileSync(key(), pair.private)
  writeFileSync(cert(), pair.cert)
  return pair.cert
}

/** The certificate that a new connection is shown, in PEM without line ends. */
async function shown(port: number): Promise<string> {
  const socket = connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false })
  await once(socket, 'secureConnect')
  const { raw } = socket.getPeerCertificate()
  socket.destroy()
  return raw.toString('base64')
}

const body = (pem: string): string => pem.replace(/-----.*-----|\s/g, '')

/** Resolves when the program has said a line with these words. */
async function said({ child }: GatewayProcess, words: string): Promise<void> {
  let text = ''
  if (child.stderr === null) throw new Error('expected an error output')
  for await (const [chunk] of onData(child.stderr)) {
    text += String(chunk)
    if (text.includes(words)) return
  }
  throw new Error(`ended without "${words}": ${text}`)
}

async function* onData(stream: NodeJS.ReadableStream): AsyncGenerator<readonly unknown[]> {
  for (;;) yield await once(stream, 'data')
}

async function get(
  options: object,
): Promise<{ readonly status: number; readonly location?: string; readonly text: string }> {
  const asked = request(options)
  asked.end()
  const [response] = await once(asked, 'response')
  let text = ''
  for await (const chunk of response) text += chunk
  return { status: response.statusCode, location: response.headers.location, text }
}

it.each(['http', 'https'])(
  'the gateway keeps an idle connection for longer than the proxies in front of it: %s',
  async (protocol) => {
    await renew()
    const tls = protocol === 'https' ? ['--tls-cert', cert(), '--tls-key', key()] : []
    gateway = await startGateway([...COMMON, ...tls])
    const asked = (protocol === 'https' ? requestTls : request)(`${gateway.url}/healthz`, {
      headers: { connection: 'keep-alive' },
      rejectUnauthorized: false,
    })
    asked.end()
    const [response] = await once(asked, 'response')
    response.resume()
    expect(response.headers['keep-alive']).toBe('timeout=75')
  },
)

describe('a gateway with a certificate of its own', () => {
  it('serves https and wss, and takes a renewed certificate without dropping anybody', async () => {
    const first = await renew()
    gateway = await startGateway([...COMMON, '--tls-cert', cert(), '--tls-key', key()])
    expect(gateway.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+$/)
    expect(await shown(gateway.port)).toBe(body(first))
    const socket = new WebSocket(`${gateway.url.replace('https', 'wss')}/api/ws?role=lead&api_key=boss`, { ca: first })
    await once(socket, 'open')

    const second = await renew()
    const renewed = said(gateway, 'the certificate was read anew')
    gateway.child.kill('SIGHUP')
    await renewed
    expect(await shown(gateway.port)).toBe(body(second))

    writeFileSync(cert(), 'not a certificate')
    const refused = said(gateway, 'the new certificate cannot be used')
    gateway.child.kill('SIGHUP')
    await refused
    expect(await shown(gateway.port)).toBe(body(second))
    expect(socket.readyState).toBe(WebSocket.OPEN)
    socket.terminate()
  })

  it('is reached by our own client, which has to trust it', async () => {
    const ca = await renew()
    gateway = await startGateway([...COMMON, '--tls-cert', cert(), '--tls-key', key()])
    const options = { url: gateway.url, token: 'boss', role: 'lead' as const }
    const hub = new HubClient({ ...options, transport: nodeWebSocket({ tls: { ca } }) })
    await hub.connect()
    expect(hub.status.state).toBe('open')
    await hub.close()
  })

  it.each([
    [
      'a file that is not there',
      () => ['--tls-cert', '/nowhere/cert.pem', '--tls-key', '/nowhere/key.pem'],
      '/nowhere/cert.pem cannot be read',
    ],
    ['a key without a certificate', () => ['--tls-key', key()], 'a certificate and its key are given together'],
  ])('says in a sentence what is wrong with %s', async (_what, args, sentence) => {
    await renew()
    const { code, stderr } = await run(GATEWAY_MAIN, [...COMMON, ...args()]).ended
    expect(stderr).toContain(sentence)
    expect(stderr.trim().split('\n')).toHaveLength(1)
    expect(code).toBe(2)
  })
})

describe('a gateway on a Unix socket', () => {
  it('answers there, for its owner and group alone, also after one that was killed', async () => {
    const socketPath = join(folder, 'gateway.sock')
    const args = [...COMMON, '--host', `unix:${socketPath}`]
    gateway = await startGateway(args)
    expect(gateway.url).toBe(`unix:${socketPath}`)
    expect(await get({ socketPath, path: '/healthz' })).toMatchObject({ status: 200 })
    expect(statSync(socketPath).mode & 0o777).toBe(0o660)
    const socket = new WebSocket(`ws+unix:${socketPath}:/api/ws?role=lead&api_key=boss`)
    await once(socket, 'open')
    socket.terminate()

    const { code, stderr } = await run(GATEWAY_MAIN, args).ended
    expect({ code, stderr: stderr.trim() }).toEqual({ code: 3, stderr: `${socketPath} is taken.` })

    await gateway.stop('SIGKILL')
    gateway = await startGateway(args)
    expect(await get({ socketPath, path: '/healthz' })).toMatchObject({ status: 200 })
  })
})

describe('a gateway below a path', () => {
  it.each(['', '/tools/holdfast'])('serves everything for a proxy that %s', async (kept) => {
    gateway = await startGateway([...COMMON, '--base-path', '/tools/holdfast'])
    const { port } = gateway
    expect(gateway.url).toMatch(/\/tools\/holdfast$/)
    const headers = { authorization: 'Bearer boss' }
    expect(await get({ port, path: `${kept}/readyz` })).toMatchObject({ status: 200 })
    expect(await get({ port, path: `${kept}/api/hub/sessions`, headers })).toMatchObject({ status: 200 })
    expect(await get({ port, path: `${kept}/` })).toMatchObject({ status: 200 })
    const socket = new WebSocket(`ws://127.0.0.1:${port}${kept}/api/ws?role=lead&api_key=boss`)
    await once(socket, 'open')
    socket.terminate()
  })

  it('sends a browser to the folder, where its pages have their addresses', async () => {
    gateway = await startGateway([...COMMON, '--base-path', '/tools/holdfast/'])
    const answer = await get({ port: gateway.port, path: '/tools/holdfast' })
    expect(answer).toMatchObject({ status: 308, location: '/tools/holdfast/' })
  })
})

describe('a gateway behind a proxy', () => {
  const forwarded = { 'x-forwarded-host': 'hub.example', 'x-forwarded-proto': 'https' }
  const headers = { ...forwarded, origin: 'https://hub.example', authorization: 'Bearer boss' }
  const path = '/api/hub/sessions'

  it('believes it what the browser asked for where it is trusted, and no other client', async () => {
    gateway = await startGateway([...COMMON, '--trust-proxy', 'loopback'])
    expect(await get({ port: gateway.port, path, headers })).toMatchObject({ status: 200 })
    const evil = { ...headers, origin: 'https://evil.example' }
    expect(await get({ port: gateway.port, path, headers: evil })).toMatchObject({ status: 403 })
    await gateway.stop('SIGKILL')
    gateway = await startGateway([...COMMON, '--trust-proxy', '10.0.0.0/8'])
    expect(await get({ port: gateway.port, path, headers })).toMatchObject({ status: 403 })
  })

  it('trusts the peers of its Unix socket where that is named', async () => {
    const socketPath = join(folder, 'gateway.sock')
    gateway = await startGateway([...COMMON, '--host', `unix:${socketPath}`, '--trust-proxy', 'unix'])
    expect(await get({ socketPath, path, headers })).toMatchObject({ status: 200 })
    await gateway.stop('SIGKILL')
    gateway = await startGateway([...COMMON, '--host', `unix:${socketPath}`])
    expect(await get({ socketPath, path, headers })).toMatchObject({ status: 403 })
  })
})

describe('holdfast serve', () => {
  it('heeds the flags of the gateway that have a dash in their name', async () => {
    const { code, stderr } = await run(CLI_MAIN, ['serve', ...COMMON, '--shell-user', 'no-such-user']).ended
    expect(stderr).toContain('--shell-user (HOLDFAST_SHELL_USER)')
    expect(code).toBe(2)
  })
})

describe('signals', () => {
  it('a gateway without a terminal lives through a hangup, as under nohup', async () => {
    gateway = await startGateway(COMMON)
    const told = said(gateway, 'SIGHUP without a terminal')
    gateway.child.kill('SIGHUP')
    await told
    expect(await get({ port: gateway.port, path: '/readyz' })).toMatchObject({ status: 200 })
    expect((await gateway.stop('SIGTERM')).code).toBe(0)
  })
})
