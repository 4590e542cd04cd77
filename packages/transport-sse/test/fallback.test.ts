import { OpenError, type SseEvent, type Transport, type WebSocketFrame } from '@holdfast/contract'
import { memoryNetwork, VirtualClock } from '@holdfast/testkit'
import { RecordingSink } from '@holdfast/testkit/conformance'
import { beforeEach, describe, expect, it } from 'vitest'
import { fallback } from '../src/fallback/index.ts'
import { eventStream } from '../src/index.ts'

const target = { url: 'https://hub.test/events?token=s3cret' }
const never = new AbortController().signal

let clock: VirtualClock
let dialed: string[]

beforeEach(() => {
  clock = new VirtualClock()
  dialed = []
})

/** A transport that opens over a network of its own, whose server says something at once or stays silent. */
function opens(name: string, says: string | null = 'hello'): Transport {
  const network = memoryNetwork({ clock })
  network.listen((request) => {
    const channel = request.accept()
    channel.start({ frame: (frame) => channel.send(`${name} ${frame}`), closed: () => {} })
    if (says !== null) channel.send(says)
  })
  return spied({ ...network.transport, name })
}

function fails(name: string, error: unknown): Transport {
  const { transport } = memoryNetwork({ clock })
  return spied({ ...transport, name, open: () => Promise.reject(error) })
}

function hangs(name: string): Transport {
  const network = memoryNetwork({ clock })
  network.listen(() => {})
  return spied({ ...network.transport, name })
}

function spied(transport: Transport): Transport {
  return {
    ...transport,
    open: (to, options) => {
      dialed.push(transport.name)
      return transport.open(to, options)
    },
  }
}

const blocked = new OpenError('a page of HTML with status 403', { status: 403 })

async function read(transport: Transport): Promise<RecordingSink<WebSocketFrame>> {
  const channel = await clock.passing(transport.open(target, { signal: never }))
  const sink = new RecordingSink<WebSocketFrame>()
  channel.start(sink)
  channel.send('asked')
  await clock.advance(100)
  return sink
}

describe('a fallback', () => {
  it('takes the first transport that opens, and says why not the ones before it', async () => {
    const transport = fallback([{ transport: fails('first', blocked) }, { transport: opens('second') }], { clock })
    expect(transport.explain()).toBe('Not dialed yet.')
    expect((await read(transport)).frames).toEqual(['hello', 'second asked'])
    expect(transport.explain()).toBe('Over second, as others failed. first: a page of HTML with status 403')
  })

  it('leaves a transport that does not answer, in a part of the time that a dial has', async () => {
    const transport = fallback([{ transport: hangs('first') }, { transport: opens('second') }], { clock })
    expect((await read(transport)).frames[0]).toBe('hello')
    expect(clock.now()).toBeLessThan(5_000)
    expect(transport.explain()).toContain('first: not open within 4000 ms')
  })

  it('leaves a transport that opens and is kept back, where that proves nothing, and loses nothing of one that is not', async () => {
    const silent = { transport: opens('kept back', null), needsProof: true }
    const transport = fallback([silent, { transport: opens('second') }], { clock })
    expect((await read(transport)).frames).toEqual(['hello', 'second asked'])
    expect(transport.explain()).toContain('kept back: open, and silent for 3000 ms')
    const proven = fallback([{ transport: opens('first'), needsProof: true }, { transport: opens('second') }], {
      clock,
    })
    const sink = await read(proven)
    expect(sink.frames).toEqual(['hello', 'first asked'])
  })

  it('remembers for each origin what worked, and tries the better transport again after a while', async () => {
    const transport = fallback([{ transport: fails('first', blocked) }, { transport: opens('second') }], {
      clock,
      rememberMs: 60_000,
    })
    const dial = () => clock.passing(transport.open(target, { signal: never }))
    await dial()
    await dial()
    expect(dialed).toEqual(['first', 'second', 'second'])
    await clock.passing(transport.open({ url: 'https://other.test/' }, { signal: never }))
    expect(dialed.slice(3)).toEqual(['first', 'second'])
    await clock.advance(60_001)
    await dial()
    expect(dialed.slice(5)).toEqual(['first', 'second'])
  })

  it('takes the answer of the server itself, and a mistake of the target, as they are', async () => {
    const refusals = [
      new OpenError('no such session', { status: 404, word: { code: 'hub/not_found', message: 'no such session' } }),
      new OpenError('who are you', { status: 401 }),
      new OpenError('no URL', {}, undefined, 'channel/invalid_url'),
      new TypeError('a fault of ours'),
    ]
    for (const refusal of refusals) {
      const transport = fallback([{ transport: fails('first', refusal) }, { transport: opens('second') }], { clock })
      await expect(transport.open(target, { signal: never })).rejects.toBe(refusal)
    }
    expect(dialed).toEqual(['first', 'first', 'first', 'first'])
  })

  it('says what became of all transports when none opens, with the details of the first', async () => {
    const gone = new OpenError('nobody listens', { syscallCode: 'ECONNREFUSED' })
    const transport = fallback([{ transport: fails('first', blocked) }, { transport: fails('second', gone) }], {
      clock,
    })
    await expect(transport.open(target, { signal: never })).rejects.toMatchObject({
      code: 'channel/open_failed',
      message: 'a page of HTML with status 403 second: nobody listens',
      details: { status: 403 },
    })
    expect(transport.explain()).toBe(
      'No transport is open. first: a page of HTML with status 403; second: nobody listens',
    )
  })

  it('stops at once when its signal aborts, and leaves nothing', async () => {
    const stop = new AbortController()
    const transport = fallback([{ transport: hangs('first') }, { transport: opens('second') }], { clock })
    const opening = transport.open(target, { signal: stop.signal })
    opening.catch(() => {})
    await clock.advance(1_000)
    stop.abort('enough')
    await expect(opening).rejects.toBe('enough')
    await clock.advance(60_000)
    expect(dialed).toEqual(['first'])
  })

  it('has the traits that all transports have, and each channel those of its own', async () => {
    const plain = { ...opens('second'), traits: { binary: false, ping: false, pause: true, requestHeaders: true } }
    const transport = fallback([{ transport: opens('first') }, { transport: plain }], { clock })
    expect(transport.traits).toEqual({ binary: false, ping: false, pause: true, requestHeaders: true })
    const channel = await clock.passing(transport.open(target, { signal: never }))
    expect(channel.traits.ping).toBe(true)
  })
})

/** An event stream whose beginning comes at once, and then nothing, as behind a proxy that waits for more. */
function holding(): Transport<SseEvent, never> {
  const body = (): ReadableStream<Uint8Array> =>
    new ReadableStream({ start: (stream) => stream.enqueue(new TextEncoder().encode('data: a long beginning\n\n')) })
  const headers = { 'content-type': 'text/event-stream' }
  const stream = eventStream({ clock, stallTimeoutMs: 10_000, fetch: async () => new Response(body(), { headers }) })
  return {
    ...stream,
    open: (to, options) => {
      dialed.push('holding')
      return stream.open(to, options)
    },
  }
}

function pages(isThere: boolean): Transport<SseEvent, never> {
  const inner = holding()
  return {
    ...inner,
    name: 'pages',
    open: async (to, options) => {
      dialed.push('pages')
      if (!isThere) throw new OpenError('not here either')
      return inner.open(to, options)
    },
  }
}

it('a transport that let its beginning through and then stalled leaves the first turn to the next, as long as transports are remembered', async () => {
  const transport = fallback([{ transport: holding(), needsProof: true }, { transport: pages(false) }], { clock })
  const dial = () => clock.passing(transport.open(target, { signal: never }))
  const sink = new RecordingSink<SseEvent>()
  const channel = await dial()
  channel.start(sink)
  expect(transport.explain()).toBe('Over event-stream.')
  await clock.advance(10_000)
  expect(sink.ends[0]?.cause).toMatchObject({ code: 'channel/stalled' })
  const again = await dial()
  expect(dialed).toEqual(['holding', 'pages', 'holding'])
  again.terminate()
  await clock.advance(600_000)
  const later = await dial()
  expect(dialed.slice(3)).toEqual(['holding'])
  later.terminate()
})

it('the fallback says of a transport that stalled why it has no turn, as long as that is remembered', async () => {
  const transport = fallback([{ transport: holding(), needsProof: true }, { transport: pages(true) }], { clock })
  const dial = () => clock.passing(transport.open(target, { signal: never }))
  const first = await dial()
  first.start(new RecordingSink<SseEvent>())
  await clock.advance(10_000)
  const why = 'event-stream: open, and silent after its beginning: something on the way keeps it back'
  for (let n = 0; n < 2; n++) {
    const channel = await dial()
    expect(transport.explain()).toBe(`Over pages, as others failed. ${why}`)
    channel.terminate()
  }
})
