import { readFileSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { createServer as createSecureServer, type Server } from 'node:tls'
import { Connection } from '@holdfast/core'
import { lines } from '@holdfast/core/codecs'
import { RecordingSink } from '@holdfast/testkit/conformance'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { nodeSocket } from '../src/node/index.ts'
import { freshPath } from './stream-server.ts'

const never = new AbortController().signal
const closing: (() => void)[] = []
afterEach(() => {
  for (const close of closing.splice(0)) close()
})

async function listen(server: ReturnType<typeof createServer> | Server, at: string | number): Promise<number> {
  const open = new Set<Socket>()
  server.on('connection', (socket: Socket) => {
    open.add(socket)
    socket.on('error', () => {})
  })
  closing.push(() => {
    server.close()
    for (const socket of open) socket.destroy()
  })
  await new Promise<void>((resolve) =>
    server.listen({ ...(typeof at === 'string' ? { path: at } : { port: at, host: '127.0.0.1' }) }, resolve),
  )
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

async function open(url: string) {
  const channel = await nodeSocket().open({ url }, { signal: never })
  const sink = new RecordingSink<string | Uint8Array>()
  channel.start(sink)
  return { channel, sink }
}

const text = (frames: readonly (string | Uint8Array)[]): string =>
  frames.map((frame) => Buffer.from(frame as Uint8Array).toString()).join('')

describe('a socket', () => {
  it('ends cleanly when the peer has said all, after what was sent was written', async () => {
    let heard = ''
    const server = createServer({ allowHalfOpen: true }, (socket) => {
      socket.on('data', (bytes) => {
        heard += bytes.toString()
      })
      socket.end('last words')
    })
    const { channel, sink } = await open(`tcp://127.0.0.1:${await listen(server, 0)}`)
    channel.send('x'.repeat(100_000))
    expect(await sink.ended()).toEqual({ reason: '', clean: true })
    expect(text(sink.frames)).toBe('last words')
    await expect.poll(() => heard.length).toBe(100_000)
  })

  it('says what was the matter when it was reset', async () => {
    const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()))
    const { channel, sink } = await open(`tcp://127.0.0.1:${await listen(server, 0)}`)
    channel.send('hello')
    expect(await sink.ended()).toMatchObject({
      clean: false,
      cause: { code: 'channel/connection_lost', details: { syscallCode: 'ECONNRESET' } },
    })
  })

  it('is given up where the peer does not end its side', async () => {
    const server = createServer({ allowHalfOpen: true }, (socket) => socket.resume())
    const { channel, sink } = await open(`tcp://127.0.0.1:${await listen(server, 0)}`)
    channel.close()
    expect(await sink.ended()).toMatchObject({ clean: false, cause: { code: 'channel/close_timeout' } })
  })

  it('gives plain bytes and not windows on a pool', async () => {
    const server = createServer((socket) => socket.write('bytes'))
    const { sink } = await open(`tcp://127.0.0.1:${await listen(server, 0)}`)
    const [frame] = await sink.received(1)
    expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype)
    expect(Buffer.from((frame as Uint8Array).slice().buffer).toString()).toBe('bytes')
  })

  it('heeds no proxy variable', async () => {
    const proxied: string[] = []
    const proxy = await listen(
      createServer((socket) => void proxied.push(String(socket.remotePort))),
      0,
    )
    closing.push(() => void vi.unstubAllEnvs())
    for (const name of ['ALL_PROXY', 'HTTP_PROXY']) vi.stubEnv(name, `http://127.0.0.1:${proxy}`)
    const path = freshPath()
    await listen(
      createServer((socket) => socket.end('direct')),
      path,
    )
    const { sink } = await open(`unix:${path}`)
    await sink.ended()
    expect([text(sink.frames), proxied]).toEqual(['direct', []])
  })
})

describe('a dial', () => {
  it('to a target without a listener is an OpenError with the system error', async () => {
    await expect(open(`unix:${freshPath()}`)).rejects.toMatchObject({
      name: 'OpenError',
      code: 'channel/open_failed',
      details: { syscallCode: 'ENOENT' },
    })
  })

  it.each([
    'http://h/?token=s3cret',
    'tcp://s3cret@h:1',
    'tcp://h',
    'tcp://h:99999',
    'unix:',
    'unix:relative?token=s3cret',
    's3cret',
  ])('of %s is refused before it is made, with nothing of it repeated', async (url) => {
    const error = await open(url).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ code: 'channel/invalid_url', details: { unsent: true } })
    expect(String(error)).not.toContain('s3cret')
  })

  it('to a certificate that is not trusted says which authority is missing, and one that is trusted opens', async () => {
    const pem = (name: string) =>
      readFileSync(new URL(`../../transport-node/test/fixtures/${name}`, import.meta.url), 'utf8')
    const server = createSecureServer({ cert: pem('server.crt'), key: pem('server.key') }, (socket) =>
      socket.end('safe'),
    )
    server.on('tlsClientError', () => {})
    const url = `tls://127.0.0.1:${await listen(server, 0)}`
    await expect(open(url)).rejects.toMatchObject({
      code: 'channel/untrusted_certificate',
      message: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
    })
    const trusting = nodeSocket({ tls: { ca: pem('ca.crt') } })
    const channel = await trusting.open({ url }, { signal: never })
    const sink = new RecordingSink<string | Uint8Array>()
    channel.start(sink)
    await sink.ended()
    expect(text(sink.frames)).toBe('safe')
  })
})

it('the stream transport carries a connection of lines over a server that goes and comes back', async () => {
  const path = freshPath()
  const echo = () => createServer((socket) => socket.pipe(socket))
  const first = echo()
  await listen(first, path)
  const heard: string[] = []
  const connection = new Connection<string, string>({
    transport: nodeSocket(),
    target: `unix:${path}`,
    protocol: { name: 'lines', codec: lines() },
    retry: { firstMs: 20, baseMs: 20 },
    onMessage: (line) => heard.push(line),
  })
  await connection.connect()
  connection.send('before')
  await expect.poll(() => heard).toEqual(['before'])
  for (const close of closing.splice(0)) close()
  await expect.poll(() => connection.state).not.toBe('open')
  connection.send('while it was away')
  await listen(echo(), path)
  await expect.poll(() => heard).toEqual(['before', 'while it was away'])
  await connection.close()
})
