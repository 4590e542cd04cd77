import { RecordingSink } from '@holdfast/testkit/conformance'
import { expect, it } from 'vitest'
import { startRemoteServer } from '../../transport-browser/test/remote-server.ts'
import { eventStreamAndPosts, longPoll } from '../src/over-http/index.ts'

it.each([eventStreamAndPosts(), longPoll()])(
  'a channel over HTTP of another origin passes in Chromium: $name',
  async (transport) => {
    const server = await startRemoteServer(true)
    const target = { url: server.url, headers: { 'x-trace': 'two' }, protocols: ['v1.example'] }
    const dial = () => transport.open(target, { signal: new AbortController().signal })
    await server.plan({ kind: 'refuse', status: 503, headers: { 'retry-after': '7' }, body: 'later' })
    await expect(dial()).rejects.toMatchObject({ details: { status: 503, retryAfterMs: 7000, body: 'later' } })
    await server.plan({ kind: 'accept', protocol: 'v1.example', greet: ['first'] })
    const channel = await dial()
    expect(channel.opening.protocol).toBe('v1.example')
    const link = await server.link()
    expect(link.requestHeaders).toMatchObject({ 'x-trace': 'two' })
    const sink = new RecordingSink<string | Uint8Array>()
    channel.start(sink)
    channel.send('grüße')
    channel.send(Uint8Array.of(0, 255))
    channel.ping()
    await link.send('漢字')
    await link.send(Uint8Array.of(128, 1))
    expect(await sink.received(3)).toEqual(['first', '漢字', Uint8Array.of(128, 1)])
    await sink.ponged()
    expect(await link.received(2)).toEqual(['grüße', Uint8Array.of(0, 255)])
    await link.close(4001, 'because')
    expect(await sink.ended()).toMatchObject({ code: 4001, reason: 'because', clean: true })
    await server.idle()
    await server.close()
  },
)
