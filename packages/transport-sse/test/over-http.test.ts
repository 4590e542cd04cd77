import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { ChannelEnd } from '@holdfast/contract'
import { expect, it, onTestFinished } from 'vitest'
import { eventStreamAndPosts, longPoll } from '../src/over-http/index.ts'

const OPENED = { opened: { channel: 'c', protocol: '', headers: {} } }

/** A proxy with a limit of its own before a server that never hears of what it refuses. */
async function refusingProxy(): Promise<string> {
  const server = createServer((request, response) => {
    request.resume()
    if (request.method === 'POST') return void response.writeHead(413).end('<h1>413 Request Entity Too Large</h1>')
    if (request.headers['holdfast-channel'] === 'events') {
      return void response
        .writeHead(200, { 'content-type': 'text/event-stream' })
        .write(`data: ${JSON.stringify(OPENED)}\n\n`)
    }
    if (request.headers['holdfast-channel'] === 'poll') {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify([OPENED]))
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  return `ws://127.0.0.1:${port}/`
}

it.each([eventStreamAndPosts(), longPoll()])(
  'a message over $name that a proxy finds too large ends the channel with 1009, as it would a WebSocket',
  async (transport) => {
    const channel = await transport.open({ url: await refusingProxy() }, { signal: new AbortController().signal })
    const ended = new Promise<ChannelEnd>((closed) => channel.start({ frame: () => {}, closed }))
    channel.send('x'.repeat(2_000_000))
    expect(await ended).toMatchObject({ code: 1009, clean: true })
  },
)
