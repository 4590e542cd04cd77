import { describe, expect, it } from 'vitest'
import { JSON_TYPE, type Served, served } from './support.ts'

async function linkTo(
  { ask }: Served,
  body: object,
  token = 'ann',
): Promise<{ readonly id: string; readonly path: string }> {
  const { status, json } = await ask('POST /streams/read-links', { token, body: JSON.stringify(body) })
  expect(status).toBe(201)
  const { id, path }: { id?: unknown; path?: unknown } = Object(json)
  return { id: String(id), path: String(path) }
}

const cachingOf = ({ headers }: { readonly headers: Headers }): string | null => headers.get('cache-control')

describe('a link for reading', () => {
  it('lets anyone read one session, and says what caches may keep', async () => {
    const server = await served({ longPollMs: 50 })
    const { hub, ask } = server
    const session = await hub.createSession(undefined, { owner: 'ann' })
    for (let n = 1; n <= 501; n++) await session.publish('task_start', { n })
    const { path } = await linkTo(server, { session: session.id, expiresInMs: 60_000 })
    expect(path).toMatch(/^\/streams\/links\/[\w-]{43}$/)
    const anyone = { token: '', headers: { origin: 'https://elsewhere.example' } }
    const full = await ask(`GET ${path}?offset=-1`, anyone)
    expect(full.headers.get('access-control-allow-origin')).toBe('*')
    expect(cachingOf(full)).toMatch(/^public, max-age=5\d, immutable$/)
    const end = await ask(`GET ${path}?offset=${full.headers.get('stream-next-offset')}`, anyone)
    expect([cachingOf(end), end.json]).toMatchObject(['public, max-age=1', [{ seq: 501 }]])
    expect(cachingOf(await ask(`GET ${path}/state`, anyone))).toBe('public, max-age=1')
    const tail = end.headers.get('stream-next-offset')
    const empty = await ask(`GET ${path}?offset=${tail}&live=long-poll`, anyone)
    expect([empty.status, cachingOf(empty)]).toEqual([204, 'public, max-age=1'])
    for (const what of [`HEAD ${path}`, `GET ${path}?offset=now`]) {
      expect(cachingOf(await ask(what, anyone))).toBe('private, no-store')
    }
    session.close()
  })

  it('is nothing to guess, opens nothing else, and writes nothing', async () => {
    const server = await served()
    const { hub, ask, log } = server
    const [mine, other] = [await hub.createSession(undefined, { owner: 'ann' }), await hub.createSession()]
    const { id, path } = await linkTo(server, { session: mine.id })
    const secret = path.slice('/streams/links/'.length)
    for (const wrong of [secret.slice(1), `${secret}x`, id, other.id, `${secret}/../${other.id}`]) {
      const answer = await ask(`GET /streams/links/${wrong}`, { token: '' })
      expect([answer.status, cachingOf(answer)], wrong).toEqual([404, 'no-store'])
    }
    for (const method of ['POST', 'PUT', 'DELETE']) expect((await ask(`${method} ${path}`)).status).toBe(405)
    const stored = JSON.stringify(await log.findSession(`stream-link:${id}`))
    expect(stored).not.toContain(secret)
    mine.close()
    other.close()
  })

  it('ends waits at its end, and sends nothing to waiting readers when it is revoked', async () => {
    const server = await served({ longPollMs: 60_000 })
    const { hub, ask, streams } = server
    const anyone = { token: '' }
    const session = await hub.createSession(undefined, { owner: 'ann' })
    await session.publish('task_start', { n: 1 })
    const short = await linkTo(server, { session: session.id, expiresInMs: 1_000 })
    const tail = (await ask(`HEAD ${short.path}`, anyone)).headers.get('stream-next-offset')
    expect((await ask(`GET ${short.path}?live=long-poll&offset=${tail}`, anyone)).status).toBe(404)
    expect((await ask(`GET ${short.path}?offset=${tail}`, anyone)).status).toBe(404)
    const revoked = await linkTo(server, { session: session.id })
    const [polled, streamed] = ['long-poll', 'sse'].map((live) =>
      ask(`GET ${revoked.path}?live=${live}&offset=${tail}`, anyone),
    )
    await expect.poll(() => streams.readers).toBe(2)
    await ask(`DELETE /streams/read-links/${revoked.id}`)
    await session.publish('task_start', { word: 'not for them' })
    expect((await polled)?.status).toBe(404)
    expect((await streamed)?.text).not.toContain('not for them')
    session.close()
  })

  it('takes a query only as every cache reads it, and others of its own', async () => {
    const server = await served()
    const { hub, ask } = server
    const session = await hub.createSession(undefined, { owner: 'ann' })
    const { path } = await linkTo(server, { session: session.id })
    const twice = ['offset=-1&offset=-1', 'offset=-1&Offset=now', 'cursor=1&cursor=2&live=long-poll&offset=now']
    for (const query of [...twice, 'OFFSET=-1', '%6fffset=-1', '+offset=-1', 'offset=-1&LIVE=long-poll']) {
      const answer = await ask(`GET ${path}?${query}`, { token: '' })
      expect([answer.status, cachingOf(answer)], query).toEqual([400, 'no-store'])
    }
    expect((await ask(`GET ${path}/state?After=1`, { token: '' })).status).toBe(400)
    expect((await ask(`GET ${path}?offset=-1&utm_source=mail&X=1&X=2`, { token: '' })).status).toBe(200)
    session.close()
  })

  it('ends at its end, when it is revoked, and with the session that it was made for', async () => {
    const server = await served()
    const { hub, ask, log, later } = server
    const session = await hub.createSession('s1', { owner: 'ann' })
    const short = await linkTo(server, { session: 's1', expiresInMs: 1_000 })
    const revoked = await linkTo(server, { session: 's1' })
    const outlived = await linkTo(server, { session: 's1' })
    const read = async ({ path }: { path: string }): Promise<number> => (await ask(`GET ${path}`, { token: '' })).status
    expect(await Promise.all([short, revoked, outlived].map(read))).toEqual([200, 200, 200])
    later(1_001)
    expect(await Promise.all([short, revoked, outlived].map(read))).toEqual([404, 200, 200])
    expect((await ask(`DELETE /streams/read-links/${revoked.id}`, { token: 'bob' })).status).toBe(404)
    expect((await ask(`DELETE /streams/read-links/${revoked.id}`)).status).toBe(200)
    expect(await read(revoked)).toBe(404)
    session.close()
    await log.removeSession('s1')
    await log.createSession('s1')
    expect(await read(outlived)).toBe(404)
    const { json } = await ask('GET /streams/read-links')
    expect(json).toMatchObject({ links: [{ id: outlived.id, session: 's1' }] })
    expect(JSON.stringify(json)).not.toContain('links/')
  })

  it('is made by who may open the session further, and holds as long as that one may read it', async () => {
    const server = await served()
    const { hub, ask, log } = server
    await hub.createSession('owned', { owner: 'ann' })
    await hub.createSession('open')
    const make = async (body: object, token: string): Promise<number> =>
      (await ask('POST /streams/read-links', { token, body: JSON.stringify(body) })).status
    expect(await make({ session: 'owned' }, 'bob')).toBe(403)
    expect(await make({ session: 'owned' }, 'olga')).toBe(403)
    expect(await make({ session: 'owned' }, 'root')).toBe(201)
    expect(await make({ session: 'none' }, 'ann')).toBe(404)
    for (const body of [{}, { session: 'open', stream: 'x' }, { session: 'open', expiresInMs: 1 }, { session: 3 }]) {
      expect(await make(body, 'ann'), JSON.stringify(body)).toBe(400)
    }
    const { path } = await linkTo(server, { session: 'open' }, 'bob')
    await log.updateSession('open', { owner: 'ann', reach: 'private' })
    expect((await ask(`GET ${path}`, { token: '' })).status).toBe(404)
  })
})

describe("a stream of one's own", () => {
  it('is found and written by whom its maker said, and removed by its maker alone', async () => {
    const { ask } = await served()
    const put = (name: string, access: string): Promise<unknown> =>
      ask(`PUT /streams/${name}`, { headers: { ...JSON_TYPE, 'stream-access': access }, body: '[1]' })
    await put('mine', 'private')
    await put('ours', 'open')
    await put('news', 'public')
    const status = async (line: string, token: string): Promise<number> =>
      (await ask(line, { token, ...(line.startsWith('POST') ? { headers: JSON_TYPE, body: '2' } : {}) })).status
    expect(await Promise.all(['mine', 'ours', 'news'].map((name) => status(`GET /streams/${name}`, '')))).toEqual([
      401, 401, 200,
    ])
    expect(await Promise.all(['mine', 'ours', 'news'].map((name) => status(`GET /streams/${name}`, 'olga')))).toEqual([
      404, 200, 200,
    ])
    expect(await Promise.all(['mine', 'ours', 'news'].map((name) => status(`POST /streams/${name}`, 'bob')))).toEqual([
      404, 204, 204,
    ])
    expect(await Promise.all(['mine', 'ours', 'news'].map((name) => status(`POST /streams/${name}`, 'olga')))).toEqual([
      403, 403, 403,
    ])
    expect(await Promise.all(['mine', 'ours', 'news'].map((name) => status(`DELETE /streams/${name}`, 'bob')))).toEqual(
      [404, 403, 403],
    )
    expect(await status('DELETE /streams/mine', 'root')).toBe(204)
    expect((await ask('PUT /streams/x', { headers: { 'stream-access': 'all' } })).status).toBe(400)
  })

  it('is kept by caches where it is public, and its first page for a second: another one may have its name', async () => {
    const { ask } = await served()
    const headers = { 'content-type': 'text/plain', 'stream-access': 'public' }
    await ask('PUT /streams/news', { headers, body: 'x'.repeat(1_200_000) })
    await ask('POST /streams/news', { headers, body: 'y' })
    const start = await ask('GET /streams/news?offset=-1', { token: '' })
    expect(cachingOf(start)).toBe('public, max-age=1')
    const [epoch] = start.headers.get('stream-next-offset')?.split('.') ?? []
    const same = await ask(`GET /streams/news?offset=${epoch}.0000000000000000.00000000`, { token: '' })
    expect([cachingOf(same), same.text === start.text]).toEqual(['public, max-age=86400, immutable', true])
    await ask('POST /streams/news', { headers: { ...headers, 'stream-closed': 'true' }, body: 'z' })
    const rest = await ask(`GET /streams/news?offset=${start.headers.get('stream-next-offset')}`, { token: '' })
    expect([rest.text, cachingOf(rest)]).toEqual(['yz', 'public, max-age=86400, immutable'])
  })

  it('takes numbers as they are written, and text of any kind', async () => {
    const { ask } = await served()
    const messages = '{"n":12345678901234567890.10},"\\u0000\\ud800, [",{"a":[1,[2]]}'
    await ask('PUT /streams/numbers', { headers: JSON_TYPE, body: `[${messages}]` })
    expect((await ask('GET /streams/numbers')).text).toBe(`[${messages}]`)
  })

  it('says what is wrong with a request, and loses nothing', async () => {
    const { ask } = await served({ maxBodyBytes: 1_000 })
    await ask('PUT /streams/s', { headers: JSON_TYPE })
    const wrong = async (init: object, line = 'POST /streams/s'): Promise<unknown> => {
      const { status, json } = await ask(line, init)
      return [status, Reflect.get(Object(Reflect.get(Object(json), 'error')), 'message')]
    }
    expect(await wrong({ headers: JSON_TYPE, body: '{' })).toEqual([
      400,
      'body: expected JSON, as the Content-Type says',
    ])
    expect(await wrong({ headers: JSON_TYPE, body: 'x'.repeat(1_001) })).toEqual([413, 'The body may have 1000 bytes.'])
    const producer = { 'producer-id': 'p', 'producer-epoch': '0', 'producer-seq': '3' }
    expect(await wrong({ headers: { ...JSON_TYPE, ...producer }, body: '1' })).toEqual([
      409,
      'Producer-Seq: expected 0, got 3',
    ])
    expect(await wrong({}, 'GET /streams/s?offset=7')).toEqual([
      400,
      'offset: expected one that this server gave, -1 or now',
    ])
    expect((await ask('GET /streams/s')).json).toEqual([])
  })
})
