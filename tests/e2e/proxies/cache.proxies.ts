import { Agent, createServer, request } from 'node:http'
import { HubObserver } from '@holdfast/hub'
import { memoryLog } from '@holdfast/log'
import { createHub, parseToken, tokenAuthenticate } from '@holdfast/server'
import { createStreams } from '@holdfast/streams'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { expect, it, onTestFinished } from 'vitest'
import { proxyPrograms } from '../../../scripts/proxy-programs.ts'
import { type Cache, startCache } from './cache.ts'

const missing = 'missing' in proxyPrograms().nginx
const READERS = 1_000

/** A gateway's hub and streams behind the cache, and what it was asked. */
async function behindCache(everywhere = false) {
  const log = memoryLog()
  const authenticate = tokenAuthenticate(['ann=ann:control', 'bob=bob:control'].map(parseToken))
  const hub = createHub({ log, authenticate })
  const streams = createStreams({ log, authenticate, sessions: hub.streamSource })
  const asked: { readonly url: string; readonly at: number }[] = []
  const server = createServer((_request, response) => response.writeHead(404).end())
  hub.attach(server)
  streams.attach(server)
  server.prependListener('request', ({ url = '' }) => asked.push({ url, at: performance.now() }))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  const cache: Cache = await startCache(port, everywhere)
  onTestFinished(async () => {
    await cache.stop()
    await streams.close()
    await hub.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await log.close()
  })
  const link = async (request: object, token = 'ann'): Promise<string> => {
    const headers = { authorization: `Bearer ${token}` }
    const body = JSON.stringify(request)
    const answer = await fetch(`http://127.0.0.1:${port}/streams/read-links`, { method: 'POST', headers, body })
    const { path }: { path?: unknown } = Object(await answer.json())
    return String(path)
  }
  return { hub, log, cache, asked, link, origin: `http://127.0.0.1:${port}` }
}

interface Got {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
}

const agent = new Agent({ keepAlive: true, maxSockets: READERS })

function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Got> {
  return new Promise((resolve, reject) => {
    const asking = request(url, { agent, headers }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text })
      })
    })
    asking.on('error', reject).end()
  })
}

/** Follows a link as any client of the protocol does, until it has seen so many messages. */
async function follow(url: string, count: number, from: string): Promise<readonly number[]> {
  const seen: number[] = []
  let offset = from
  let cursor = ''
  while (seen.length < count) {
    const { status, headers, text } = await get(`${url}?${cursor}live=long-poll&offset=${offset}`)
    if (status !== 200 && status !== 204) throw new Error(`expected a page, got ${status}`)
    if (status === 200) seen.push(...JSON.parse(text).map(({ seq }: { readonly seq: number }) => seq))
    offset = String(headers['stream-next-offset'])
    cursor = `cursor=${String(headers['stream-cursor'])}&`
  }
  return seen
}

it.skipIf(missing)(
  'a thousand readers cost the gateway one read per page and second, and each is told everything once',
  async () => {
    const { hub, cache, asked, link } = await behindCache()
    const session = await hub.createSession('s', { owner: 'ann' })
    for (let n = 1; n <= 1_100; n++) await session.publish('task_start', { n })
    const path = await link({ session: 's' })
    const pages = async (): Promise<string> => {
      let offset = '-1'
      for (;;) {
        const { headers } = await get(`${cache.url}${path}?offset=${offset}`)
        offset = String(headers['stream-next-offset'])
        if (headers['stream-up-to-date'] === 'true') return offset
      }
    }
    const ends = await Promise.all(Array.from({ length: READERS }, pages))
    const tail = ends[0] ?? ''
    const events = 5
    const reading = Promise.all(ends.map((end) => follow(`${cache.url}${path}`, events, end)))
    for (let n = 1; n <= events; n++) {
      await new Promise((resolve) => setTimeout(resolve, 1_000))
      await session.publish('task_complete', { n })
    }
    const seen = await reading
    expect(new Set(ends)).toEqual(new Set([tail]))
    for (const one of seen) expect(one).toEqual([1_101, 1_102, 1_103, 1_104, 1_105])
    const byPage = new Map<string, number[]>()
    for (const { url, at } of asked) if (url.startsWith(path)) byPage.set(url, [...(byPage.get(url) ?? []), at])
    for (const [url, times] of byPage) {
      const seconds = 1 + ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000
      expect(times.length, url.slice(path.length)).toBeLessThanOrEqual(Math.ceil(seconds))
    }
    session.close()
  },
)

it.skipIf(missing)(
  'nothing of one link comes out of the cache for another, for none, or for who has no credential',
  async () => {
    const { hub, log, cache, link } = await behindCache(true)
    for (const name of ['one', 'two']) {
      const session = await hub.createSession(name, { owner: 'ann', reach: 'private' })
      for (let n = 1; n <= 600; n++) await session.publish(`${name}_start`, { n })
      session.close()
    }
    const [one, two] = [await link({ session: 'one' }), await link({ session: 'two' })]
    const ann = { authorization: 'Bearer ann' }
    const first = await get(`${cache.url}${one}?offset=-1`)
    const offset = String(first.headers['stream-next-offset'])
    const queries = ['?offset=-1', `?offset=${offset}`, '/state', `?live=long-poll&offset=${offset}`]
    for (const query of queries) {
      for (let times = 0; times < 3; times++) {
        expect((await get(`${cache.url}${one}${query}`)).text).not.toContain('two_start')
        const other = await get(`${cache.url}${two}${query}`)
        expect(other.text, query).not.toContain('one_start')
        for (const wrong of [one.slice(0, -1), `${one}x`, '/streams/links/x', '/streams/links/']) {
          expect((await get(`${cache.url}${wrong}${query}`)).status, query).toBe(404)
        }
      }
    }
    // What needs a credential is asked for with one first, so that a cache that keeps it would have it.
    await fetch(`${cache.url}/streams/data`, {
      method: 'PUT',
      headers: { ...ann, 'content-type': 'text/plain', 'stream-access': 'private' },
      body: 'secret',
    })
    for (const query of [
      '/streams/sessions/one?offset=-1',
      '/streams/sessions/one/state',
      '/streams/data?offset=-1',
      '/api/hub/session/one',
    ]) {
      expect((await get(`${cache.url}${query}`, ann)).status, query).toBe(200)
      expect((await get(`${cache.url}${query}`)).status, query).toBe(401)
      expect((await get(`${cache.url}${query}`, { authorization: 'Bearer bob' })).status, query).toBe(404)
    }
    expect((await get(`${cache.url}${one}?live=sse&offset=now`)).status).toBe(403)
    // A link that ends: what may change is asked for again within a second, and refused.
    await log.removeSession('two')
    await expect.poll(() => get(`${cache.url}${two}/state`).then(({ status }) => status), { timeout: 10_000 }).toBe(404)
  },
)

it.skipIf(missing)('a query in other letters keeps nothing where others look', async () => {
  const { hub, cache, link } = await behindCache()
  const session = await hub.createSession('s', { owner: 'ann' })
  for (let n = 1; n <= 600; n++) await session.publish('task_start', { n })
  const url = `${cache.url}${await link({ session: 's' })}`
  const firstOf = async (query: string): Promise<unknown> => {
    const { text } = await get(`${url}${query}`)
    const [first]: readonly { readonly seq?: unknown }[] = JSON.parse(text)
    return first?.seq
  }
  const { headers } = await get(`${url}?offset=-1&first=1`)
  const offset = String(headers['stream-next-offset'])
  for (const name of ['OFFSET', 'Offset', '%6fffset', 'offset=now&offset']) {
    for (let times = 0; times < 2; times++) {
      expect((await get(`${url}?${name}=${offset}`)).status, name).toBe(400)
    }
  }
  expect(await firstOf(`?offset=${offset}`)).toBe(501)
  expect(await firstOf('')).toBe(1)
  session.close()
})

it.skipIf(missing)('an observer follows a session through the cache, exactly, without a credential', async () => {
  const { hub, cache, link, origin } = await behindCache()
  const session = await hub.createSession('s', { owner: 'ann' })
  for (let n = 1; n <= 700; n++) await session.publish('task_start', { n })
  const stream = `${cache.url}${await link({ session: 's' })}`
  const seen: number[] = []
  const observer = new HubObserver({
    url: origin,
    sessionId: 's',
    after: `${session.epoch}.0.`,
    transport: durableStream({ stream }),
  })
  observer.on('message', ({ data }) => {
    if (data.type === 'broadcast') seen.push(Number(Reflect.get(data, 'seq')))
  })
  await observer.connect()
  for (let n = 701; n <= 720; n++) await session.publish('task_start', { n })
  await expect.poll(() => seen.length, { timeout: 20_000 }).toBe(720)
  expect(seen).toEqual(Array.from({ length: 720 }, (_, i) => i + 1))
  await observer.close()
  session.close()
})
