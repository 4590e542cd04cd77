import type { ChannelEnd, ChannelTraits, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import { beforeEach, expect, it } from 'vitest'
import type { MemoryRequest } from './memory-link.ts'
import { type MemoryNetwork, type MemoryNetworkOptions, memoryNetwork } from './memory-transport.ts'
import { VirtualClock } from './virtual-clock.ts'

let clock: VirtualClock
const forever = new AbortController().signal

beforeEach(() => {
  clock = new VirtualClock()
})

interface Heard {
  frames: WebSocketFrame[]
  pongs: number
  ends: ChannelEnd[]
}

function hear(channel: WebSocketChannel): Heard {
  const heard: Heard = { frames: [], pongs: 0, ends: [] }
  channel.start({
    frame: (frame) => heard.frames.push(frame),
    pong: () => {
      heard.pongs += 1
    },
    closed: (end) => heard.ends.push(end),
  })
  return heard
}

async function link(
  options: Partial<MemoryNetworkOptions> = {},
  serve: (request: MemoryRequest) => WebSocketChannel = (request) => request.accept(),
): Promise<{ network: MemoryNetwork; client: WebSocketChannel; server: WebSocketChannel }> {
  const network = memoryNetwork({ clock, ...options })
  const accepted: WebSocketChannel[] = []
  network.listen((request) => accepted.push(serve(request)))
  const opening = network.transport.open({ url: 'ws://test/' }, { signal: forever })
  await clock.advance(1000)
  const client = await opening
  for (const server of accepted) return { network, client, server }
  throw new Error('no server channel')
}

it('the memory transport hands the request over and reports the opening', async () => {
  const network = memoryNetwork({ clock })
  const seen: MemoryRequest[] = []
  network.listen((request) => {
    seen.push(request)
    request.accept({ protocol: 'v2', headers: { 'X-Node': '7' } })
  })
  const opening = network.transport.open(
    { url: 'ws://test/a?x=1', headers: { Authorization: 'b' }, protocols: ['v1', 'v2'] },
    { signal: forever },
  )
  await clock.advance(0)
  expect((await opening).opening).toEqual({ protocol: 'v2', headers: { 'x-node': '7' } })
  expect(seen[0]).toMatchObject({ url: 'ws://test/a?x=1', headers: { authorization: 'b' }, protocols: ['v1', 'v2'] })
})

it('the memory transport delivers in order after the latency, both ways', async () => {
  const { client, server } = await link({ conditions: { latencyMs: 40 } })
  const atServer = hear(server)
  const atClient = hear(client)
  client.send('one')
  client.send(new Uint8Array([1, 2]))
  server.send('hi')
  await clock.advance(39)
  expect([atServer.frames, atClient.frames]).toEqual([[], []])
  await clock.advance(1)
  expect(atServer.frames).toEqual(['one', new Uint8Array([1, 2])])
  expect(atClient.frames).toEqual(['hi'])
})

it('the memory transport keeps the order whatever the jitter', async () => {
  const { client, server } = await link({ conditions: { latencyMs: 10, jitterMs: 500 } })
  const heard = hear(server)
  const sent = Array.from({ length: 50 }, (_, i) => String(i))
  for (const frame of sent) {
    client.send(frame)
    await clock.advance(3)
  }
  await clock.advance(1000)
  expect(heard.frames).toEqual(sent)
})

it('the memory transport queues everything until start, then reports the end last', async () => {
  const { client, server } = await link()
  server.send('first')
  server.close(4001, 'bye')
  await clock.advance(100)
  const heard = hear(client)
  expect(heard.frames).toEqual([])
  await clock.advance(0)
  expect(heard).toMatchObject({ frames: ['first'], ends: [{ code: 4001, reason: 'bye', clean: true }] })
  expect(() => hear(client)).toThrow(expect.objectContaining({ code: 'channel/already_started' }))
})

it('the memory transport closes politely: both ends hear the code, once', async () => {
  const { network, client, server } = await link()
  const [atClient, atServer] = [hear(client), hear(server)]
  client.close(4000, 'done')
  client.close(4002, 'again')
  client.send('too late')
  await clock.advance(0)
  const end = { code: 4000, reason: 'done', clean: true }
  expect([atClient.ends, atServer.ends, atServer.frames]).toEqual([[end], [end], []])
  expect([network.openChannels, network.links.length, clock.pending]).toEqual([0, 0, 0])
})

it('the memory transport reports no code when the close frame carried none', async () => {
  const { client, server } = await link()
  const heard = hear(server)
  client.close()
  await clock.advance(0)
  expect(heard.ends).toEqual([{ reason: '', clean: true }])
})

it('the memory transport ends a close that the peer never answers by itself', async () => {
  const { network, client } = await link({ closeTimeoutMs: 700 })
  const heard = hear(client)
  for (const open of network.links) open.change('toServer', { flowing: false })
  client.close(1000)
  await clock.advance(699)
  expect(heard.ends).toEqual([])
  await clock.advance(1)
  expect(heard.ends).toEqual([expect.objectContaining({ reason: '', clean: false })])
  expect(heard.ends[0]?.code).toBeUndefined()
  expect(network.openChannels).toBe(1)
})

it('the memory transport terminates at once: unclean for both, nothing delivered afterwards', async () => {
  const { network, client, server } = await link()
  const [atClient, atServer] = [hear(client), hear(server)]
  server.send('lost')
  client.terminate()
  await clock.settle()
  expect(atClient).toMatchObject({ frames: [], ends: [{ reason: '', clean: false }] })
  expect(atServer.ends).toEqual([])
  await clock.advance(0)
  expect(atServer.ends).toMatchObject([{ reason: '', clean: false }])
  expect([network.openChannels, clock.pending]).toEqual([0, 0])
})

it('a memory transport answers pings by itself, unless it was made stuck', async () => {
  const healthy = await link()
  const heard = hear(healthy.client)
  hear(healthy.server)
  healthy.client.ping()
  await clock.advance(0)
  expect(heard.pongs).toBe(1)
  const stuck = await link({}, (request) => request.accept({ answersPings: false }))
  const heardOfStuck = hear(stuck.client)
  stuck.client.ping()
  await clock.advance(1000)
  expect(heardOfStuck.pongs).toBe(0)
})

it('the memory transport refuses what its traits lack', async () => {
  const traits: Partial<ChannelTraits> = { ping: false, binary: false, requestHeaders: false }
  const network = memoryNetwork({ clock, traits })
  const seen: MemoryRequest[] = []
  network.listen((request) => {
    seen.push(request)
    request.accept()
  })
  const opening = network.transport.open({ url: 'ws://test/', headers: { a: 'b' } }, { signal: forever })
  await clock.advance(0)
  const client = await opening
  expect(seen[0]?.headers).toEqual({})
  expect(() => client.ping()).toThrow(expect.objectContaining({ code: 'channel/unsupported' }))
  expect(() => client.send(new Uint8Array(1))).toThrow(expect.objectContaining({ code: 'channel/unsupported' }))
  expect(() => client.close(1006)).toThrow(expect.objectContaining({ code: 'channel/invalid_close_code' }))
})

it('the memory transport holds frames while paused and goes on in order', async () => {
  const { client, server } = await link()
  const heard = hear(client)
  await clock.settle()
  client.pause()
  server.send('a')
  server.send('b')
  await clock.advance(10)
  expect(heard.frames).toEqual([])
  client.resume()
  expect(heard.frames).toEqual(['a', 'b'])
  client.pause()
  server.send('c')
  server.close(1000)
  await clock.advance(10)
  expect(heard).toMatchObject({ frames: ['a', 'b', 'c'], ends: [{ code: 1000 }] })
})

it('the memory transport pushes back to the sender when a paused receiver is full', async () => {
  const { client, server } = await link({ windowBytes: 10 })
  const heard = hear(server)
  server.pause()
  const frames = ['12345', '12345', '12345', '12345', '12345', '12345']
  for (const frame of frames) client.send(frame)
  await clock.advance(10)
  expect(client.bufferedBytes).toBe(10)
  const drained: string[] = []
  void client.drained().then(() => drained.push('drained'))
  await clock.advance(10)
  expect(drained).toEqual([])
  server.resume()
  await clock.advance(10)
  expect([heard.frames, drained, client.bufferedBytes]).toEqual([frames, ['drained'], 0])
})

it('the memory transport rejects drained() with the reason of the signal, and resolves it at the end of the channel', async () => {
  const { client, server } = await link({ windowBytes: 1 })
  server.pause()
  for (let i = 0; i < 5; i += 1) client.send('x')
  const controller = new AbortController()
  const aborted = client.drained(controller.signal)
  controller.abort(new Error('enough'))
  await expect(aborted).rejects.toThrow('enough')
  const ended = client.drained()
  client.terminate()
  await expect(ended).resolves.toBeUndefined()
})

it('the memory transport refuses a dial with status and hint, or below HTTP without a listener', async () => {
  const network = memoryNetwork({ clock })
  const unheard = network.transport.open({ url: 'ws://test/' }, { signal: forever })
  const wanted = expect(unheard).rejects.toMatchObject({
    code: 'channel/open_failed',
    details: { syscallCode: 'ECONNREFUSED' },
  })
  await clock.advance(0)
  await wanted
  network.listen((request) => request.refuse({ status: 503, retryAfterMs: 2000, headers: { 'Retry-After': '2' } }))
  const refused = expect(network.transport.open({ url: 'ws://test/' }, { signal: forever })).rejects.toMatchObject({
    code: 'channel/open_failed',
    details: { status: 503, retryAfterMs: 2000, headers: { 'retry-after': '2' } },
  })
  await clock.advance(0)
  await refused
  expect([network.openChannels, network.links.length, clock.pending]).toEqual([0, 0, 0])
})

it('the memory transport refuses a dial with the code of a mistake that no retry cures', async () => {
  const network = memoryNetwork({ clock })
  network.listen((request) => request.refuse({ code: 'channel/redirected', status: 308 }))
  const refused = expect(network.transport.open({ url: 'ws://test/' }, { signal: forever })).rejects.toMatchObject({
    code: 'channel/redirected',
    details: { status: 308 },
  })
  await clock.advance(0)
  await refused
})

it('the memory transport leaves nothing behind when a dial is aborted, whenever that is', async () => {
  for (const afterMs of [0, 5, 10, 15, 19]) {
    const network = memoryNetwork({ clock, conditions: { latencyMs: 10 } })
    const ends: ChannelEnd[] = []
    network.listen((request) => request.accept().start({ frame: () => {}, closed: (end) => ends.push(end) }))
    const controller = new AbortController()
    const opening = network.transport.open({ url: 'ws://test/' }, { signal: controller.signal })
    const rejected = expect(opening).rejects.toThrow('changed my mind')
    await clock.advance(afterMs)
    controller.abort(new Error('changed my mind'))
    await rejected
    await clock.advance(100)
    expect([network.openChannels, network.links.length, clock.pending]).toEqual([0, 0, 0])
    expect(ends.length).toBe(afterMs >= 10 ? 1 : 0)
  }
})

it('the memory transport lets a request be answered later, once, and chooses the listener by URL', async () => {
  const network = memoryNetwork({ clock })
  const urls: string[] = []
  network.listen(() => urls.push('any'))
  const chosen = network.listen(
    (request) => {
      urls.push('b')
      clock.after(50, () => {
        request.accept()
        expect(() => request.refuse()).toThrow(expect.objectContaining({ code: 'testkit/already_answered' }))
      })
    },
    { url: 'ws://test/b' },
  )
  const opening = network.transport.open({ url: 'ws://test/b?token=1' }, { signal: forever })
  await clock.advance(50)
  await opening
  chosen.close()
  expect([urls, network.listeners.length]).toEqual([['b'], 1])
})

it('the memory transport delivers to a sleeping machine when it wakes', async () => {
  const network = memoryNetwork({ clock })
  const laptop = clock.process()
  const servers: WebSocketChannel[] = []
  network.listen((request) => servers.push(request.accept()))
  const opening = network.transportFor({ clock: laptop }).open({ url: 'ws://test/' }, { signal: forever })
  await clock.advance(0)
  const heard = hear(await opening)
  laptop.sleep(60_000)
  for (const server of servers) server.send('news')
  await clock.advance(59_999)
  expect(heard.frames).toEqual([])
  await clock.advance(1)
  expect(heard.frames).toEqual(['news'])
})

it('the memory transport keeps what was sent although the sender reuses its bytes', async () => {
  const { client, server } = await link()
  const heard = hear(server)
  const bytes = new Uint8Array([1])
  client.send(bytes)
  bytes[0] = 2
  await clock.advance(0)
  expect(heard.frames).toEqual([new Uint8Array([1])])
})

it('the memory transport delivers nothing that was held when it is terminated', async () => {
  const { client, server } = await link()
  server.send('held')
  await clock.advance(0)
  client.terminate()
  const heard = hear(client)
  await clock.settle()
  expect(heard).toMatchObject({ frames: [], ends: [{ clean: false }] })
})

it('the memory transport keeps no timer for bytes without a receiver', async () => {
  const { network, client, server } = await link({ conditions: { latencyMs: 100 } })
  for (const open of network.links) open.change('toServer', { flowing: false })
  server.send('under way')
  client.terminate()
  expect(clock.pending).toBe(0)
})

it('the memory transport leaves an open channel alone when the signal of its dial aborts', async () => {
  const network = memoryNetwork({ clock })
  network.listen((request) => request.accept())
  const controller = new AbortController()
  const opening = network.transport.open({ url: 'ws://test/' }, { signal: controller.signal })
  await clock.advance(0)
  const heard = hear(await opening)
  controller.abort()
  await clock.advance(100)
  expect([heard.ends, network.openChannels]).toEqual([[], 2])
})

it('the memory transport ends a channel at once that a server accepts after the dialer gave up', async () => {
  const network = memoryNetwork({ clock })
  const requests: MemoryRequest[] = []
  network.listen((request) => requests.push(request))
  const controller = new AbortController()
  const opening = network.transport.open({ url: 'ws://test/' }, { signal: controller.signal })
  const rejected = expect(opening).rejects.toThrow('gone')
  await clock.advance(0)
  controller.abort(new Error('gone'))
  await rejected
  const ends = requests.map((request) => ({ aborted: request.aborted, heard: hear(request.accept()) }))
  await clock.advance(0)
  expect(ends).toMatchObject([{ aborted: true, heard: { ends: [{ clean: false }] } }])
  expect([network.openChannels, clock.pending]).toEqual([0, 0])
})
