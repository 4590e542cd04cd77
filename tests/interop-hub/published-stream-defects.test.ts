import { CoderSSEClient, streamCoderSessionSSE, subscribeToCoderHub } from '@agentuity/core/coder'
import { HubObserver, observeHub, subscribeToHub } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { describe, expect, it, onTestFinished } from 'vitest'
import { init, Stub } from './stub.ts'
import { Record } from './support.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const said = (n: number) => ({
  type: 'broadcast',
  event: 'e',
  data: { n },
  category: 'c',
  sessionId: 's',
  timestamp: 1,
})
const eventOf = (n: number): string => `event: broadcast\ndata: ${JSON.stringify(said(n))}\n\n`

/** A hub whose event streams say so, one list of chunks for each dial, and stay open. */
function streaming(...chunks: readonly (readonly string[])[]): Promise<Stub> {
  let dial = 0
  return Stub.start(
    () => {},
    async (_request, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.flushHeaders()
      for (const chunk of chunks[Math.min(dial++, chunks.length - 1)] ?? []) {
        response.write(chunk)
        // Each in a packet of its own: the reader, who is in this process, has its turns before the next.
        for (let turn = 0; turn < 10; turn++) await sleep(2)
      }
    },
  )
}

const numberOf = (message: unknown): unknown => Reflect.get(Object(Reflect.get(Object(message), 'data')), 'n')
/** Of an event of ours, which has it one level deeper. */
const numberIn = (event: object): unknown => numberOf(Reflect.get(event, 'data'))
const shared = { sessionId: 's', reconnectDelayMs: 10 }
const ours = { sessionId: 's', retry: { baseMs: 10, firstMs: 10 } }

describe('hub §9.12 a reader that is slower than the stream', () => {
  const COUNT = 3_000
  const all = Array.from({ length: COUNT }, (_, n) => n + 1)
  const flood = (): Promise<Stub> => streaming([all.map(eventOf).join('')])

  /** What the published client gives to somebody whom the first event keeps busy for so long. */
  async function givenAfter(busyMs: number): Promise<readonly unknown[]> {
    const { url } = await flood()
    const stop = new AbortController()
    const seen: unknown[] = []
    for await (const { data } of streamCoderSessionSSE({ ...shared, url, signal: stop.signal })) {
      if (seen.length === 0) await sleep(busyMs)
      seen.push(numberOf(data))
      if (numberOf(data) === COUNT) stop.abort()
    }
    return seen
  }

  it('misses two thousand events with the published client, and does not learn it', async () => {
    let seen = await givenAfter(500)
    // On a busy machine the stream itself takes longer.
    for (let busyMs = 2_000; seen.length >= COUNT / 2 && busyMs <= 16_000; busyMs *= 2) seen = await givenAfter(busyMs)
    expect(seen.length).toBeLessThan(COUNT / 2)
  })

  it('gets all of them with ours', async () => {
    const { url } = await flood()
    const seen: unknown[] = []
    for await (const message of observeHub({ ...ours, url, transport: eventStream() })) {
      if (seen.length === 0) await sleep(500)
      seen.push(numberIn(message))
      if (seen.length === COUNT) break
    }
    expect(seen).toEqual(all)
  })
})

describe('hub §9.13 an iterator that is left while nothing comes', () => {
  const soon = (left: Promise<unknown>): Promise<unknown> => Promise.race([left.then(() => 'left'), sleep(500)])

  it('holds who leaves it, with the published client', async () => {
    const { url, sockets } = await Stub.start(init)
    const messages = subscribeToCoderHub({ ...shared, url, role: 'lead' })
    void messages.next()
    await sockets.next()
    expect(await soon(messages.return(undefined))).toBeUndefined()
    sockets.items[0]?.close(4404)
  })

  it('lets go at once, with ours', async () => {
    const { url, sockets } = await Stub.start(init)
    const messages = subscribeToHub({ ...ours, url, role: 'lead', transport: nodeWebSocket() })[Symbol.asyncIterator]()
    void messages.next()
    await sockets.next()
    expect(await soon(messages.return?.() ?? Promise.resolve())).toBe('left')
  })
})

describe('hub §9.14 one event that cannot be read', () => {
  const start = (): Promise<Stub> => streaming([eventOf(1), 'event: broadcast\ndata: {bad\n\n', eventOf(2)])

  it('ends the stream of the published client', async () => {
    const { url } = await start()
    const seen: unknown[] = []
    const read = async (): Promise<void> => {
      for await (const { data } of streamCoderSessionSSE({ ...shared, url })) seen.push(numberOf(data))
    }
    await expect(read()).rejects.toMatchObject({ code: 'parse_error' })
    expect(seen).toEqual([1])
  })

  it('is reported by ours, and the stream lives on', async () => {
    const { url } = await start()
    const seen: unknown[] = []
    const errors = new Record<unknown>()
    const stream = observeHub({ ...ours, url, transport: eventStream(), onProblem: errors.add })
    for await (const message of stream) {
      seen.push(numberIn(message))
      if (seen.length === 2) break
    }
    expect(seen).toEqual([1, 2])
    expect(errors.items).toMatchObject([{ code: 'hub/invalid_message' }])
  })
})

describe('hub §9.14 a line end that two packets share', () => {
  /** Data in two lines, with the packet's end between CR and LF. */
  const [first, second] = JSON.stringify(said(1)).split(',"data"')
  const start = (): Promise<Stub> =>
    streaming([`event: broadcast\r\ndata: ${first}\r`, `\ndata: ,"data"${second}\r\n\r\n`, eventOf(2)])

  it('is two for the published client, which ends', async () => {
    const { url } = await start()
    const read = async (): Promise<void> => {
      for await (const _ of streamCoderSessionSSE({ ...shared, url }));
    }
    await expect(read()).rejects.toMatchObject({ code: 'parse_error' })
  })

  it('is one for ours', async () => {
    const { url } = await start()
    const seen: unknown[] = []
    for await (const message of observeHub({ ...ours, url, transport: eventStream() })) {
      seen.push(numberIn(message))
      if (seen.length === 2) break
    }
    expect(seen).toEqual([1, 2])
  })
})

describe('hub §9.14 a key that is refused', () => {
  const start = (): Promise<Stub> =>
    Stub.start(
      () => {},
      (_request, response) => response.writeHead(401).end(),
    )

  it('is shown again and again by the published client', async () => {
    const stub = await start()
    const client = new CoderSSEClient({ ...shared, url: stub.url, apiKey: 'wrong', maxReconnectDelayMs: 20 })
    onTestFinished(() => client.close())
    client.connect()
    while (stub.requests < 5) await sleep(10)
  })

  it('stops ours, after it asked for another one once', async () => {
    const stub = await start()
    const errors = new Record<unknown>()
    const observer = new HubObserver({
      ...ours,
      url: stub.url,
      transport: eventStream(),
      token: 'wrong',
      onClosed: ({ error }) => errors.add(error),
    })
    onTestFinished(() => observer.close())
    void observer.connect()
    expect(await errors.next()).toMatchObject({ code: 'hub/auth_failed' })
    await sleep(200)
    expect(stub.requests).toBeLessThanOrEqual(2)
  })
})
