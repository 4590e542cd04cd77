import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { expect, it } from 'vitest'
import { ReconnectingEventSource } from '../src/node/index.ts'

/** An HTTP server that gives the answers that are set, one after the other, and the last one for ever. */
async function serverOf(...answers: ((response: ServerResponse, request: IncomingMessage, body: string) => void)[]) {
  const requests: { readonly method: string; readonly headers: IncomingMessage['headers']; readonly body: string }[] =
    []
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const piece of request) body += String(piece)
    requests.push({ method: request.method ?? '', headers: request.headers, body })
    const answer = answers[Math.min(requests.length, answers.length) - 1]
    answer?.(response, request, body)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    url: `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}/events`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const HEAD = { 'content-type': 'text/event-stream' }
/** A stream that says this, and continues or ends. */
const says =
  (text: string, ends: 'open' | 'end' | 'cut' = 'open') =>
  (response: ServerResponse): void => {
    response.writeHead(200, HEAD)
    response.write(`retry: 10\n${text}`)
    if (ends === 'end') response.end()
    if (ends === 'cut') response.flushHeaders()
    if (ends === 'cut') setImmediate(() => response.destroy())
  }
const answers = (status: number) => (response: ServerResponse) => void response.writeHead(status).end()

/** The events of a source, in short, as they are dispatched. */
function eventsOf(source: ReconnectingEventSource): string[] {
  const events: string[] = []
  source.onopen = () => events.push(`open ${source.readyState}`)
  source.onmessage = ({ data, lastEventId }) => events.push(`${data} ${lastEventId}`)
  source.onerror = () => events.push(`error ${source.readyState}`)
  source.addEventListener('complete', () => events.push(`complete ${source.readyState}`))
  source.addEventListener('named', ({ data, origin }) =>
    events.push(`named ${data} ${origin === new URL(source.url).origin}`),
  )
  return events
}

it('a ReconnectingEventSource fires events as an EventSource does, and goes on behind the last id', async () => {
  await using server = await serverOf(
    says('id: 7\ndata: one\n\nevent: named\ndata: two\n\n', 'end'),
    says('data: three\n\n'),
  )
  const source = new ReconnectingEventSource(server.url)
  const events = eventsOf(source)
  expect([source.readyState, source.url, source.withCredentials]).toEqual([0, server.url, false])
  await expect.poll(() => events.at(-1)).toBe('three 7')
  expect(events).toEqual(['open 1', 'one 7', 'named two true', 'error 0', 'open 1', 'three 7'])
  expect(server.requests[1]?.headers['last-event-id']).toBe('7')
  expect(source.lastEventId).toBe('7')
  source.close()
  expect([source.readyState, events.length]).toEqual([2, 6])
})

it('a ReconnectingEventSource sends headers, asked for before every dial, and goes on from an id of before', async () => {
  await using server = await serverOf(says('data: a\n\n', 'end'), says('data: b\n\n'))
  let n = 0
  const headers = async () => {
    n += 1
    return { authorization: `Bearer ${n}` }
  }
  const source = new ReconnectingEventSource(server.url, { headers, lastEventId: 'earlier' })
  const events = eventsOf(source)
  await expect.poll(() => events.at(-1)).toBe('b earlier')
  source.close()
  expect(server.requests.map(({ headers: sent }) => [sent.authorization, sent['last-event-id']])).toEqual([
    ['Bearer 1', 'earlier'],
    ['Bearer 2', 'earlier'],
  ])
})

it('a ReconnectingEventSource posts once, and is complete when the answer is', async () => {
  await using server = await serverOf(says('data: answer\n\n', 'end'))
  const source = new ReconnectingEventSource(server.url, { method: 'POST', body: 'question' })
  const events = eventsOf(source)
  await expect.poll(() => events.at(-1)).toBe('complete 2')
  expect(events).toEqual(['open 1', 'answer ', 'complete 2'])
  expect(server.requests.map(({ method, body }) => [method, body])).toEqual([['POST', 'question']])
})

it('a ReconnectingEventSource does not post again what was cut without an id, and says so', async () => {
  await using server = await serverOf(says('data: half\n\n', 'cut'))
  const source = new ReconnectingEventSource(server.url, { method: 'POST', body: 'question' })
  const events = eventsOf(source)
  let code: unknown
  source.addEventListener('error', ({ error }) => {
    code = Reflect.get(Object(error), 'code')
  })
  await expect.poll(() => events.at(-1)).toBe('error 2')
  expect([code, server.requests.length]).toEqual(['connection/not_repeated', 1])
})

it('a ReconnectingEventSource comes back after a server that is away, where an EventSource gives up', async () => {
  await using server = await serverOf(answers(503), answers(500), says('data: back\n\n'))
  const source = new ReconnectingEventSource(server.url, { retry: { baseMs: 1, firstMs: 1 } })
  const events = eventsOf(source)
  await expect.poll(() => events.at(-1), { timeout: 20_000 }).toBe('back ')
  source.close()
  expect(events).toEqual(['error 0', 'error 0', 'open 1', 'back '])
})

it.each([
  ['a 204: nothing more comes', answers(204), 'complete 2'],
  ['a 404', answers(404), 'error 2'],
  [
    'a page',
    (response: ServerResponse) => void response.writeHead(200, { 'content-type': 'text/html' }).end(),
    'error 2',
  ],
])('a ReconnectingEventSource ends at %s', async (_what, answer, last) => {
  await using server = await serverOf(answer)
  const source = new ReconnectingEventSource(server.url)
  const events = eventsOf(source)
  await expect.poll(() => events).toEqual([last])
  expect([source.readyState, server.requests.length]).toEqual([2, 1])
})

it('a ReconnectingEventSource refuses what is no URL, and has the constants', () => {
  expect(() => new ReconnectingEventSource('http://')).toThrow(expect.objectContaining({ name: 'SyntaxError' }))
  const names = ['CONNECTING', 'OPEN', 'CLOSED'] as const
  const bare = Reflect.construct(EventTarget, [], ReconnectingEventSource)
  expect(names.map((name) => [ReconnectingEventSource[name], Reflect.get(bare, name)])).toEqual(
    [0, 1, 2].map((n) => [n, n]),
  )
})
