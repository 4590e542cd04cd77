import { inspect } from 'node:util'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it, vi } from 'vitest'
import { eventStream } from '../src/index.ts'
import { feed, open, settle } from './fixture.ts'

it('an event stream delivers nothing before start, then everything in order, and the clean end last', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  body.send('data: 1\n\ndata: 2\n\n')
  body.end()
  await settle()
  expect(body.pulls()).toBe(0)
  channel.start(collector)
  expect(collector.events).toEqual([])
  expect(await collector.ended).toEqual({ reason: '', clean: true })
  expect(collector.data).toEqual(['1', '2'])
})

it('an event stream throws on a second start, on send and on ping', async () => {
  const { channel, collector } = await open(feed())
  channel.start(collector)
  expect(() => channel.start(collector)).toThrow(expect.objectContaining({ code: 'channel/already_started' }))
  expect(() => channel.ping()).toThrow(expect.objectContaining({ code: 'channel/unsupported' }))
  const send: (frame: never) => void = channel.send.bind(channel)
  expect(() => Reflect.apply(send, channel, ['x'])).toThrow(expect.objectContaining({ code: 'channel/unsupported' }))
  expect(channel.bufferedBytes).toBe(0)
  await channel.drained()
  channel.terminate()
})

it('an event stream discards a torn last event', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  channel.start(collector)
  body.send('id: 1\ndata: whole\n\nid: 2\ndata: torn\n')
  body.end()
  expect(await collector.ended).toMatchObject({ clean: true })
  expect(collector.events).toEqual([{ event: 'message', data: 'whole', id: '1' }])
})

it('an event stream reports a broken body with its cause', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  channel.start(collector)
  const error = new Error('terminated')
  body.fail(error)
  expect(await collector.ended).toMatchObject({
    clean: false,
    cause: { code: 'channel/connection_lost', cause: error },
  })
})

it('an event stream reports the last retry with the end', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  channel.start(collector)
  body.send('retry: 0\nretry: 7000\nretry: soon\n\n')
  body.end()
  expect(await collector.ended).toEqual({ reason: '', clean: true, retryMs: 7000 })
})

it('an event stream stops reading while paused, and holds back what it had read', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  collector.onFrame = ({ data }) => {
    if (data === '2') channel.pause()
  }
  channel.start(collector)
  body.send('data: 1\n\ndata: 2\n\ndata: 3\n\ndata: 4\n\n')
  await settle()
  const pulls = body.pulls()
  for (let i = 0; i < 100; i += 1) body.send(`data: more ${i}\n\n`)
  await settle()
  expect(collector.data).toEqual(['1', '2'])
  expect(body.pulls()).toBe(pulls)
  channel.resume()
  body.end()
  await collector.ended
  expect(collector.data.slice(0, 4)).toEqual(['1', '2', '3', '4'])
  expect(collector.data).toHaveLength(104)
})

it('an event stream keeps the order when it is paused and resumed from inside a frame', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  collector.onFrame = () => {
    channel.pause()
    channel.resume()
  }
  channel.start(collector)
  body.send('data: 1\n\ndata: 2\n\n')
  body.send('data: 3\n\n')
  body.end()
  await collector.ended
  expect(collector.data).toEqual(['1', '2', '3'])
})

it('an event stream closes on request: what was queued arrives, then a clean end, and the request is given up', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  collector.onFrame = () => {
    channel.pause()
    channel.close()
    channel.close()
  }
  channel.start(collector)
  body.send('data: 1\n\ndata: 2\n\n')
  expect(await collector.ended).toEqual({ reason: '', clean: true })
  await settle()
  expect(collector.data).toEqual(['1', '2'])
  expect(collector.ends).toHaveLength(1)
  expect(body.cancelled()).toBe(true)
})

it('an event stream terminates at once: nothing more arrives but the end', async () => {
  const clock = new VirtualClock()
  const body = feed()
  const { channel, collector } = await open({ ...body, clock })
  collector.onFrame = () => channel.terminate()
  channel.start(collector)
  body.send('data: 1\n\ndata: 2\n\n')
  expect(await collector.ended).toEqual({ reason: '', clean: false })
  await settle()
  expect([collector.data, collector.ends.length, clock.pending, body.cancelled()]).toEqual([['1'], 1, 0, true])
})

it('an event stream reports the end of a channel that was terminated before start', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  channel.terminate()
  channel.start(collector)
  expect(await collector.ended).toEqual({ reason: '', clean: false })
  expect(body.cancelled()).toBe(true)
})

it('an event stream ends with a typed cause when an event is too large', async () => {
  const body = feed()
  const { channel, collector } = await open({ ...body, maxEventChars: 50 })
  channel.start(collector)
  body.send(`data: fits\n\ndata: ${'x'.repeat(60)}`)
  expect(await collector.ended).toMatchObject({ clean: false, cause: { code: 'channel/event_too_large' } })
  expect(collector.data).toEqual(['fits'])
  expect(body.cancelled()).toBe(true)
})

it('an event stream ends after silence beyond the bound; comments count as life', async () => {
  const clock = new VirtualClock()
  const body = feed()
  const { channel, collector } = await open({ ...body, clock })
  channel.start(collector)
  await settle()
  for (let i = 0; i < 5; i += 1) {
    await clock.advance(40_000)
    body.send(': keep-alive\n')
    await settle()
  }
  await clock.advance(44_999)
  expect(collector.ends).toEqual([])
  await clock.advance(1)
  expect(await collector.ended).toMatchObject({ clean: false, cause: { code: 'channel/stalled' } })
  expect([clock.pending, body.cancelled()]).toEqual([0, true])
})

it('an event stream does not count time while paused, nor sleep, as silence', async () => {
  const clock = new VirtualClock()
  const body = feed()
  const { channel, collector } = await open({ ...body, clock, stallTimeoutMs: 10_000 })
  channel.start(collector)
  await settle()
  channel.pause()
  await clock.advance(60_000)
  channel.resume()
  await settle()
  await clock.advance(9_000)
  await clock.suspend(3_600_000)
  await clock.advance(9_000)
  expect(collector.ends).toEqual([])
  await clock.advance(1_000)
  expect(await collector.ended).toMatchObject({ cause: { code: 'channel/stalled' } })
})

it('an event stream never stalls when asked not to', async () => {
  const clock = new VirtualClock()
  const { channel, collector } = await open({ ...feed(), clock, stallTimeoutMs: null })
  channel.start(collector)
  await settle()
  expect(clock.pending).toBe(0)
  channel.terminate()
})

it('an event stream sends its headers, and starts from the id in Last-Event-ID', async () => {
  const body = feed()
  const { channel, collector } = await open(body, { headers: { 'Last-Event-ID': 'e1.7', Authorization: 'Bearer t' } })
  const headers = body.requests[0]?.headers
  expect(headers?.get('accept')).toBe('text/event-stream')
  expect(headers?.get('authorization')).toBe('Bearer t')
  expect(headers?.get('last-event-id')).toBe('e1.7')
  expect(body.requests[0]?.cache).toBe('no-store')
  channel.start(collector)
  body.send('data: x\n\n')
  body.end()
  await collector.ended
  expect(collector.events[0]?.id).toBe('e1.7')
  expect(channel.opening.headers?.['content-type']).toBe('text/event-stream')
})

it('an event stream asks proxies not to compress, which would keep events back', async () => {
  const sent: Record<string, string>[] = []
  const { fetch } = feed()
  await open({
    fetch: (url, init) => {
      sent.push(init.headers)
      return fetch(url, init)
    },
  })
  expect(sent).toEqual([{ accept: 'text/event-stream', 'accept-encoding': 'identity' }])
})

it('an event stream reports the id in force behind its event, and an id alone in its place', async () => {
  const body = feed()
  const { channel, collector } = await open(body)
  collector.onFrame = ({ data }) => {
    if (data === 'a') channel.pause()
  }
  channel.start(collector)
  body.send('id: 1\ndata: a\n\nid: 7\n\ndata: b\n\nid:\n\n')
  await settle()
  expect(collector.told).toEqual(['a'])
  channel.resume()
  body.end()
  await collector.ended
  expect(collector.told).toEqual(['a', '#1', '#7', 'b', '#'])
})

it.each([
  ['e1.7', 'e1.7'],
  ['wątek-é7', 'w\u00c4\u0085tek-\u00c3\u00a97'],
])('an event stream sends the id %s as the UTF-8 that the standard wants', async (id, wanted) => {
  const body = feed()
  const { channel, collector } = await open(body, { headers: { 'Last-Event-ID': id } })
  expect(body.requests[0]?.headers.get('last-event-id')).toBe(wanted)
  channel.start(collector)
  body.send('data: x\n\n')
  body.end()
  await collector.ended
  expect(collector.events[0]?.id).toBe(id)
})

it.each([
  ['x-user', 'Mari\u0107 s3cret'],
  ['authorization', 's3cret\nx: y'],
  ['authorization', 's3cret\0'],
  ['last-event-id', 'a\nb s3cret'],
  ['not a name', 's3cret'],
])('an event stream reports a header that cannot be sent (%s), and never its value', async (name, value) => {
  const body = feed()
  const error = await open(body, { headers: { [name]: value } }).catch((reason: unknown) => reason)
  expect(error).toMatchObject({ name: 'OpenError', code: 'channel/invalid_header', details: { header: name } })
  expect(inspect(error)).not.toContain('s3cret')
  expect(body.requests).toEqual([])
})

it.each(['wss//host/s3cret', 'localhost:8080/s3cret', 'ws://host/s3cret', '/s3cret', ''])(
  'an event stream reports a URL that is none for an event stream: %s',
  async (url) => {
    const error = await open(feed(), { url }).catch((reason: unknown) => reason)
    expect(error).toMatchObject({ name: 'OpenError', code: 'channel/invalid_url' })
    expect(inspect(error)).not.toContain('s3cret')
  },
)

it('an event stream reports a certificate that is not accepted', async () => {
  const cause = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
  const failing = { fetch: () => Promise.reject(new TypeError('fetch failed', { cause })) }
  await expect(open(failing)).rejects.toMatchObject({
    code: 'channel/untrusted_certificate',
    details: { syscallCode: 'DEPTH_ZERO_SELF_SIGNED_CERT', unsent: true },
  })
})

it('an event stream refuses options that make no sense', () => {
  for (const options of [{ stallTimeoutMs: 0 }, { maxEventChars: Number.NaN }]) {
    expect(() => eventStream(options)).toThrow(expect.objectContaining({ code: 'channel/invalid_option' }))
  }
})

it('an event stream cancels a response that comes after the abort', async () => {
  const body = feed()
  const aborting = new AbortController()
  const opening = eventStream({
    fetch: async (url, init) => {
      const response = await body.fetch(url, { headers: init.headers })
      aborting.abort(new Error('changed my mind'))
      return response
    },
  }).open({ url: 'http://stream.test/' }, { signal: aborting.signal })
  await expect(opening).rejects.toThrow('changed my mind')
  expect(body.cancelled()).toBe(true)
})

it('an event stream hides an address that a runtime puts into its error', async () => {
  const opening = eventStream({
    fetch: () => Promise.reject(new TypeError('error sending request for url (http://h/?token=secret)')),
  }).open({ url: 'http://h/?token=secret' }, { signal: new AbortController().signal })
  const error = await opening.catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'channel/open_failed' })
  expect(inspect(error)).not.toContain('secret')
})

it('an event stream reports a sink that throws to the runtime, and goes on', async () => {
  const reported: string[] = []
  vi.stubGlobal('queueMicrotask', (job: () => void) =>
    Promise.resolve()
      .then(job)
      .catch((error: unknown) => reported.push(String(error))),
  )
  const body = feed()
  const { channel, collector } = await open(body)
  collector.onFrame = ({ data }) => {
    if (data === '1') throw new Error('in the sink')
  }
  channel.start(collector)
  body.send('data: 1\n\ndata: 2\n\n')
  body.end()
  await collector.ended
  vi.unstubAllGlobals()
  expect(collector.data).toEqual(['1', '2'])
  expect(reported).toContain('Error: in the sink')
})
