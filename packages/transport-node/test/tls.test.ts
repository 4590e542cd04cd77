import { createServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { WebSocketServer } from 'ws'
import { nodeWebSocket } from '../src/index.ts'
import { listen, open, openError, pem } from './support.ts'

const ca = pem('ca.crt')
const identity = { cert: pem('client.crt'), key: pem('client.key') }

/** Who came, and which name was asked for. */
interface Visit {
  readonly who: string
  readonly servername: string | false
}

let close: () => Promise<void> = async () => {}
afterEach(() => close())

/** A server that lets nobody in without a certificate of the test authority, and echoes. */
async function serveMutualTls(): Promise<{ readonly url: string; readonly visits: Visit[] }> {
  const visits: Visit[] = []
  const server = createServer({
    cert: pem('server.crt'),
    key: pem('server.key'),
    ca,
    requestCert: true,
    rejectUnauthorized: true,
  })
  server.on('secureConnection', (socket: TLSSocket & { readonly servername: string | false }) => {
    visits.push({ who: String(socket.getPeerCertificate().subject?.CN), servername: socket.servername })
  })
  const webSockets = new WebSocketServer({ server })
  webSockets.on('connection', (socket) => socket.on('message', (data, binary) => socket.send(data, { binary })))
  const port = await listen(server)
  close = async () => {
    for (const socket of webSockets.clients) socket.terminate()
    await new Promise((resolve) => server.close(resolve))
  }
  return { url: `wss://127.0.0.1:${port}/`, visits }
}

async function echoed(transport: ReturnType<typeof nodeWebSocket>, url: string): Promise<unknown> {
  const channel = await open(transport, url)
  const frame = await new Promise((resolve) => {
    channel.start({ frame: resolve, closed: resolve })
    channel.send('hello')
  })
  channel.terminate()
  return frame
}

test('the Node transport shows its certificate to a server that asks for one', async () => {
  const { url, visits } = await serveMutualTls()
  const transport = nodeWebSocket({ proxy: false, tls: { ca, ...identity } })
  expect(await echoed(transport, url)).toBe('hello')
  expect(visits).toEqual([{ who: 'holdfast-client', servername: false }])
})

test('the Node transport asks for the configured name (SNI), and checks the certificate against it', async () => {
  const { url, visits } = await serveMutualTls()
  const named = nodeWebSocket({ proxy: false, tls: { ca, ...identity, servername: 'server.test' } })
  expect(await echoed(named, url)).toBe('hello')
  expect(visits).toEqual([{ who: 'holdfast-client', servername: 'server.test' }])
  const misnamed = nodeWebSocket({ proxy: false, tls: { ca, ...identity, servername: 'other.test' } })
  const error = await openError(open(misnamed, url))
  expect(error.details.syscallCode).toBe('ERR_TLS_CERT_ALTNAME_INVALID')
})

test('the Node transport is not let in without a certificate', async () => {
  const { url } = await serveMutualTls()
  const error = await openError(open(nodeWebSocket({ proxy: false, tls: { ca } }), url))
  expect(error.details.status).toBeUndefined()
})

test('the Node transport does not trust an unknown authority, unless configured to', async () => {
  const { url } = await serveMutualTls()
  const error = await openError(open(nodeWebSocket({ proxy: false, tls: identity }), url))
  expect(error.details.syscallCode).toMatch(/CERT|SIGNATURE/)
  const trusting = nodeWebSocket({ proxy: false, tls: { ...identity, rejectUnauthorized: false } })
  expect(await echoed(trusting, url)).toBe('hello')
})

test('the Node transport reports a certificate that cannot be read, without its content', async () => {
  const transport = nodeWebSocket({ proxy: false, tls: { cert: 'no certificate', key: 's3cret key' } })
  const error = await openError(open(transport, 'wss://127.0.0.1:1/'))
  expect(error.message).not.toContain('s3cret')
})
