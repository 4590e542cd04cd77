import { createServer } from 'node:https'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { nodeWebSocket } from '../src/index.ts'
import { type RawServer, startRawServer } from './raw-server.ts'
import { everythingTold, listen, open, openError, pem } from './support.ts'

const transport = nodeWebSocket({ proxy: false })
let raw: RawServer
beforeEach(async () => {
  raw = await startRawServer()
})
afterEach(() => raw.close())

const dial = (target: Parameters<typeof transport.open>[0]) =>
  openError(transport.open(target, { signal: new AbortController().signal }))

test.each([
  'localhost:8080/s3cret',
  'wss//host/s3cret',
  '/s3cret',
  '',
  'ftp://host/s3cret',
  'ws://host/s3cret#fragment',
])('the Node transport reports a URL that is none for a WebSocket: %s', async (url) => {
  const error = await dial({ url })
  expect(error).toMatchObject({ code: 'channel/invalid_url', details: { unsent: true } })
  expect(everythingTold(error)).not.toContain('s3cret')
})

test.each([[['bearer.s3cret==']], [['a', 'a']], [['s3cret token']], [['']]])(
  'the Node transport reports subprotocols that cannot be offered: %j',
  async (protocols) => {
    const error = await dial({ url: raw.url, protocols })
    expect(error).toMatchObject({ code: 'channel/invalid_protocols' })
    expect(everythingTold(error)).not.toContain('s3cret')
  },
)

test.each([
  ['authorization', 'Bearer s3cret\n'],
  ['x-user', 'Marić s3cret'],
  ['X-Bad Name', 's3cret'],
])('the Node transport reports a header that cannot be sent: %s', async (name, value) => {
  const error = await dial({ url: raw.url, headers: { [name]: value } })
  expect(error).toMatchObject({ code: 'channel/invalid_header', details: { header: name.toLowerCase() } })
  expect(everythingTold(error)).not.toContain('s3cret')
})

test.each([301, 302, 307, 308])(
  'the Node transport reports where a %i redirects to, and nothing else of it',
  async (status) => {
    const asked = raw.next()
    const opening = dial({ url: raw.url })
    const { socket } = await asked
    socket.end(`HTTP/1.1 ${status} Moved\r\nlocation: wss://user:s3cret@new.example:8443/\r\ncontent-length: 0\r\n\r\n`)
    const error = await opening
    expect(error).toMatchObject({ code: 'channel/redirected', details: { status, redirectHost: 'new.example:8443' } })
    expect(error.message).toContain('new.example:8443')
    expect(everythingTold(error)).not.toContain('s3cret')
  },
)

test.each([
  ['none of the offered', () => false as const, ['token', 's3cret']],
  ['one that was not offered', undefined, undefined],
])('the Node transport reports a server that selects %s', async (_what, handleProtocols, protocols) => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', ...(handleProtocols && { handleProtocols }) })
  await new Promise((resolve) => server.once('listening', resolve))
  if (protocols === undefined) server.on('headers', (headers) => headers.push('Sec-WebSocket-Protocol: mqtt'))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  try {
    const error = await dial({ url: `ws://127.0.0.1:${port}/`, protocols })
    expect(error).toMatchObject({ code: 'channel/protocol_not_selected' })
    expect(everythingTold(error)).not.toContain('s3cret')
  } finally {
    server.close()
  }
})

test('the Node transport reports a certificate without a trusted issuer', async () => {
  const server = createServer({ cert: pem('server.crt'), key: pem('server.key') })
  const port = await listen(server)
  try {
    const error = await openError(open(transport, `wss://127.0.0.1:${port}/`))
    expect(error).toMatchObject({ code: 'channel/untrusted_certificate' })
    expect(error.details.syscallCode).toMatch(/^UNABLE_TO_|SELF_SIGNED/)
  } finally {
    await new Promise((resolve) => server.close(resolve))
  }
})

test('the Node transport refuses Bun, which replaces the package that it is made of, with what to use instead', async () => {
  vi.spyOn(process, 'versions', 'get').mockReturnValue({ ...process.versions, bun: '1.4.5' })
  try {
    await expect(open(transport, raw.url)).rejects.toMatchObject({
      code: 'channel/unsupported',
      message: expect.stringContaining('browserWebSocket()'),
    })
  } finally {
    vi.restoreAllMocks()
  }
})
