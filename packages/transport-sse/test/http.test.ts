import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { inspect } from 'node:util'
import { VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { eventStream } from '../src/index.ts'
import { Collector, open } from './fixture.ts'

let server: Server
let url: string
let pending: Set<ServerResponse>
let handle: (request: IncomingMessage, response: ServerResponse) => void

beforeEach(async () => {
  pending = new Set()
  server = createServer((request, response) => {
    pending.add(response)
    response.on('close', () => pending.delete(response))
    handle(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  url = `http://127.0.0.1:${address !== null && typeof address === 'object' ? address.port : 0}/events`
})

afterEach(async () => {
  server.closeAllConnections()
  server.close()
  await once(server, 'close')
})

function refuseWith(status: number, headers: Record<string, string> = {}, body = ''): Promise<unknown> {
  handle = (_request, response) => response.writeHead(status, headers).end(body)
  return eventStream()
    .open({ url }, { signal: new AbortController().signal })
    .catch((error: unknown) => error)
}

const EVENT_STREAM = { 'content-type': 'text/event-stream; charset=utf-8' }

/** No request is left on the server. Idle connections are the pool's of the runtime's `fetch`. */
async function noRequests(): Promise<void> {
  while (pending.size > 0) await new Promise((resolve) => setImmediate(resolve))
}

it('an event stream over HTTP receives events from a real server, and reports its clean end', async () => {
  handle = (request, response) => {
    response.writeHead(200, EVENT_STREAM)
    response.write(`event: hello\nid: 1\ndata: ${request.headers['x-role']}\n\n`)
    response.end('retry: 250\ndata: bye\n\n')
  }
  const { channel, collector } = await open({}, { url, headers: { 'X-Role': 'observer' } })
  channel.start(collector)
  expect(await collector.ended).toEqual({ reason: '', clean: true, retryMs: 250 })
  expect(collector.events).toEqual([
    { event: 'hello', data: 'observer', id: '1' },
    { event: 'message', data: 'bye', id: '1' },
  ])
})

it('an event stream over HTTP reports a socket that breaks as unclean', async () => {
  let answer: ServerResponse | undefined
  handle = (_request, response) => {
    answer = response
    response.writeHead(200, EVENT_STREAM)
    response.write('data: 1\n\nid: 9\ndata: torn')
  }
  const { channel, collector } = await open({}, { url })
  collector.onFrame = () => answer?.destroy()
  channel.start(collector)
  expect(await collector.ended).toMatchObject({ clean: false, cause: { code: 'channel/connection_lost' } })
  expect(collector.events).toEqual([{ event: 'message', data: '1', id: '' }])
})

it.each(['close', 'terminate'] as const)('an event stream over HTTP leaves no request after %s', async (how) => {
  handle = (_request, response) => response.writeHead(200, EVENT_STREAM).write('data: 1\n\n')
  const { channel, collector } = await open({}, { url })
  collector.onFrame = () => channel[how]()
  channel.start(collector)
  expect(await collector.ended).toEqual({ reason: '', clean: how === 'close' })
  await noRequests()
})

it('an event stream over HTTP leaves no request when it is closed before start', async () => {
  handle = (_request, response) => response.writeHead(200, EVENT_STREAM).write('data: 1\n\n')
  const { channel } = await open({}, { url })
  channel.close()
  await noRequests()
})

it('an event stream over HTTP rejects with the reason of its signal, before and during the request, and leaves nothing behind', async () => {
  const reason = new Error('enough')
  await expect(eventStream().open({ url }, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  const aborting = new AbortController()
  handle = () => aborting.abort(reason)
  await expect(eventStream().open({ url }, { signal: aborting.signal })).rejects.toBe(reason)
  await noRequests()
})

it('an event stream over HTTP is not touched by the signal once it is open', async () => {
  handle = (_request, response) => {
    response.writeHead(200, EVENT_STREAM)
    response.flushHeaders()
    setImmediate(() => response.end('data: 1\n\n'))
  }
  const aborting = new AbortController()
  const channel = await eventStream().open({ url }, { signal: aborting.signal })
  aborting.abort()
  const collector = new Collector()
  channel.start(collector)
  expect(await collector.ended).toMatchObject({ clean: true })
  expect(collector.data).toEqual(['1'])
})

it('an event stream over HTTP reports a 401 with its status and headers, without its secrets', async () => {
  const error = await refuseWith(401, { 'set-cookie': 's=secret', 'x-reason': 'expired' }, 'token expired')
  expect(error).toMatchObject({
    code: 'channel/open_failed',
    details: { status: 401, retryAfterMs: undefined, headers: { 'x-reason': 'expired' } },
  })
  expect(JSON.stringify(error)).not.toContain('s=secret')
  await noRequests()
})

it('an event stream over HTTP reports the Retry-After of a 429 and a 503, in seconds or as a date', async () => {
  expect(await refuseWith(429, { 'retry-after': '7' })).toMatchObject({ details: { status: 429, retryAfterMs: 7_000 } })
  const date = { date: 'Tue, 15 Nov 1994 08:12:00 GMT', 'retry-after': 'Tue, 15 Nov 1994 08:12:31 GMT' }
  expect(await refuseWith(503, date)).toMatchObject({ details: { status: 503, retryAfterMs: 31_000 } })
  expect(await refuseWith(429, { 'retry-after': 'soon' })).toMatchObject({ details: { retryAfterMs: undefined } })
})

it.each([204, 206, 400, 403, 404, 408, 500])('an event stream over HTTP reports a %i', async (status) => {
  expect(await refuseWith(status, EVENT_STREAM)).toMatchObject({ code: 'channel/open_failed', details: { status } })
  await noRequests()
})

it.each(['text/html', 'text/event-streams', 'application/json'])(
  'an event stream over HTTP refuses content-type %s',
  async (type) => {
    const error = await refuseWith(200, { 'content-type': type }, '<p>a login page</p>')
    expect(error).toMatchObject({ code: 'channel/open_failed', details: { status: 200 } })
    expect(String(error)).toContain(`got 200 ${type}`)
  },
)

it('an event stream over HTTP reports what the server said of its refusal: the first 4 KiB, or what comes within a second', async () => {
  const said = '{"error":{"code":"hub/not_found","message":"There is no such session."}}'
  expect(await refuseWith(404, { 'content-type': 'application/json' }, said)).toMatchObject({ details: { body: said } })
  expect(await refuseWith(404, {}, 'x'.repeat(9_000))).toMatchObject({ details: { body: 'x'.repeat(4_096) } })
  handle = (_request, response) => void response.writeHead(403).write('not now')
  const clock = new VirtualClock()
  const opening = eventStream({ clock })
    .open({ url }, { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve))
  await clock.advance(1_000)
  expect(await opening).toMatchObject({ details: { status: 403 } })
  await noRequests()
})

it('an event stream over HTTP is given up in the middle of a refusal', async () => {
  const reason = new Error('enough')
  const aborting = new AbortController()
  handle = (_request, response) => {
    response.writeHead(403).write('not now')
    setImmediate(() => aborting.abort(reason))
  }
  await expect(eventStream().open({ url }, { signal: aborting.signal })).rejects.toBe(reason)
  await noRequests()
})

it('an event stream over HTTP gives up the body of a refusal', async () => {
  handle = (_request, response) => {
    response.writeHead(500)
    response.write('x'.repeat(1_000_000))
  }
  const error = await eventStream()
    .open({ url }, { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ details: { status: 500 } })
  await noRequests()
})

it('an event stream over HTTP reports the code of a server that is not there', async () => {
  const error = await eventStream()
    .open({ url: 'http://127.0.0.1:1/' }, { signal: new AbortController().signal })
    .catch((reason: unknown) => reason)
  expect(error).toMatchObject({ code: 'channel/open_failed' })
  const gone = createServer().listen(0, '127.0.0.1')
  await once(gone, 'listening')
  const address = gone.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  gone.close()
  await once(gone, 'close')
  await expect(
    eventStream().open({ url: `http://127.0.0.1:${port}/` }, { signal: new AbortController().signal }),
  ).rejects.toMatchObject({ details: { syscallCode: 'ECONNREFUSED' } })
})

it.each([301, 302, 303, 307, 308])(
  'an event stream over HTTP does not carry credentials along a %i',
  async (status) => {
    let asked = 0
    handle = (_request, response) => {
      asked += 1
      response.writeHead(status, { location: 'http://user:s3cret@elsewhere.test:81/?key=s3cret' }).end()
    }
    const opening = open({}, { url, headers: { authorization: 'Bearer t' } })
    await expect(opening).rejects.toMatchObject({
      code: 'channel/redirected',
      message: expect.stringContaining('elsewhere.test:81'),
      details: { status, redirectHost: 'elsewhere.test:81' },
    })
    expect(await opening.catch((error: unknown) => inspect(error))).not.toContain('s3cret')
    expect(asked).toBe(1)
  },
)

it('an event stream over HTTP follows a redirect that takes nothing along', async () => {
  handle = (request, response) => {
    if (request.url === '/events') response.writeHead(307, { location: '/moved' }).end()
    else response.writeHead(200, EVENT_STREAM).end('data: x\n\n')
  }
  const { channel, collector } = await open({}, { url, headers: { 'Last-Event-ID': '7' } })
  channel.start(collector)
  await collector.ended
  expect(collector.data).toEqual(['x'])
})

it('an event stream over HTTP makes the server wait while paused', async () => {
  let written = 0
  let blocked: (() => void) | undefined
  handle = (_request, response) => {
    response.writeHead(200, EVENT_STREAM)
    const event = `data: ${'x'.repeat(10_000)}\n\n`
    const write = (): void => {
      while (written < 5_000) {
        written += 1
        if (!response.write(event)) {
          response.once('drain', write)
          blocked?.()
          return
        }
      }
      response.end()
    }
    write()
  }
  const { channel, collector } = await open({}, { url })
  collector.onFrame = () => {
    if (collector.events.length === 1) channel.pause()
  }
  channel.start(collector)
  // 50 MB are on offer; the server is stopped by buffers of a few MB.
  let last = -1
  while (written !== last) {
    last = written
    await new Promise<void>((resolve) => {
      blocked = resolve
      setTimeout(resolve, 100)
    })
  }
  expect(collector.events).toHaveLength(1)
  expect(written).toBeLessThan(4_000)
  channel.resume()
  await collector.ended
  expect(collector.events).toHaveLength(5_000)
})
