import { observeHub } from '@holdfast/hub'
import { durableStream } from '@holdfast/transport-sse/durable-stream'
import { describe, expect, it } from 'vitest'
import { JSON_TYPE, served } from './support.ts'

/** A session with so many events of its own. */
async function sessionWith(hub: Awaited<ReturnType<typeof served>>['hub'], count: number, info = {}) {
  const session = await hub.createSession(undefined, info)
  for (let n = 1; n <= count; n++) await session.publish('task_start', { n })
  return session
}

describe('a session as a stream', () => {
  it('has what observers get, as JSON with their numbers, at offsets that are its positions', async () => {
    const { hub, ask } = await served()
    const session = await sessionWith(hub, 3)
    const path = `/streams/sessions/${session.id}`
    const all = await ask(`GET ${path}`, { token: 'olga' })
    expect(all.headers.get('cache-control')).toBe('private, no-store')
    expect(all.json).toMatchObject(
      [1, 2, 3].map((n) => ({ type: 'broadcast', event: 'task_start', data: { n }, seq: n })),
    )
    const offset = all.headers.get('stream-next-offset') ?? ''
    const [epoch, digits, eventHash] = offset.split('.')
    expect([epoch, Number(digits)]).toEqual([session.epoch, 3])
    const later = await sessionEvents(ask, path, offset, () => session.publish('task_complete', { n: 4 }))
    expect(later).toMatchObject([{ event: 'task_complete', seq: 4 }])
    const other = `${epoch}.${digits}.${eventHash === '00000001' ? '00000002' : '00000001'}`
    expect((await ask(`GET ${path}?offset=${other}`)).status).toBe(410)
    expect((await ask(`GET ${path}?offset=${epoch}.0000000000000099.00000001`)).status).toBe(410)
    session.close()
  })

  it('is only read, and by those who may find the session', async () => {
    const { hub, ask } = await served()
    const session = await sessionWith(hub, 1, { owner: 'ann', reach: 'private' })
    const path = `/streams/sessions/${session.id}`
    for (const method of ['PUT', 'POST', 'DELETE']) expect((await ask(`${method} ${path}`)).status).toBe(405)
    expect((await ask(`GET ${path}`)).status).toBe(200)
    for (const token of ['bob', 'olga']) {
      for (const what of [`GET ${path}`, `HEAD ${path}`, `GET ${path}/state`]) {
        expect((await ask(what, { token })).status).toBe(404)
      }
    }
    expect((await ask(`GET ${path}`, { token: '' })).status).toBe(401)
    expect((await ask('GET /streams/sessions/tracker')).status).toBe(404)
    session.close()
  })

  it('is never what else the log has: streams, links and what servers keep for themselves', async () => {
    const { ask } = await served()
    await ask('PUT /streams/mine', { headers: JSON_TYPE, body: '[1]' })
    expect((await ask(`GET /streams/sessions/${encodeURIComponent('stream:mine')}`)).status).toBe(404)
    expect((await ask(`GET /api/hub/session/${encodeURIComponent('stream:mine')}/replay`)).status).toBe(404)
  })
})

describe('an observer over a stream', () => {
  it('gets the state, then every event once and in order', async () => {
    const { url, hub } = await served({ longPollMs: 300 })
    const session = await sessionWith(hub, 700)
    const { id: sessionId } = session
    const observed = observeHub({ url, sessionId, token: 'olga', transport: durableStream() })
    const seen: unknown[] = []
    const told: string[] = []
    const publish = async (): Promise<void> => {
      for (let n = 701; n <= 900; n++) await session.publish('task_start', { n })
    }
    let published: Promise<void> | undefined
    for await (const item of observed) {
      if (!('data' in item)) continue
      if (item.event === 'broadcast') seen.push(Reflect.get(Object(Reflect.get(item.data, 'data')), 'n'))
      else told.push(item.event)
      if (item.event === 'hydration') published ??= publish()
      if (seen.at(-1) === 900) break
    }
    await published
    expect(told.slice(0, 2)).toEqual(['snapshot', 'hydration'])
    expect(seen).toEqual(Array.from({ length: 200 }, (_, i) => 701 + i))
    session.close()
  })

  it('goes on from a position, through everything that was missed, and knows a position that is lost', async () => {
    const { url, hub } = await served({ longPollMs: 300 })
    const session = await sessionWith(hub, 1_200)
    const { id: sessionId } = session
    const after = `${session.epoch}.10.`
    const seen: number[] = []
    const observed = observeHub({ url, sessionId, token: 'olga', after, transport: durableStream() })
    for await (const item of observed) {
      if ('data' in item && item.event === 'broadcast') seen.push(Number(Reflect.get(item.data, 'seq')))
      if (seen.at(-1) === 1_200) break
    }
    expect(seen).toEqual(Array.from({ length: 1_190 }, (_, i) => 11 + i))
    const lost = observeHub({ url, sessionId, token: 'olga', after: 'another.5.00000000', transport: durableStream() })
    const reasons: unknown[] = []
    for await (const item of lost) {
      if ('reason' in item) reasons.push(item.reason)
      if ('data' in item && item.event === 'hydration') break
    }
    expect(reasons).toEqual(['epoch'])
    session.close()
  })

  it('says what is wrong: no right to read, and a filter that a stream cannot have', async () => {
    const { url, hub } = await served()
    const { id: sessionId } = await sessionWith(hub, 1)
    const watch = async (options: object): Promise<unknown> => {
      const observed = observeHub({ url, sessionId, transport: durableStream(), ...options })
      return observed.next().catch((error: unknown) => error)
    }
    expect(await watch({ token: 'wrong' })).toMatchObject({ code: 'hub/auth_failed' })
    expect(String(await watch({ token: 'olga', subscribe: ['task_*'] }))).toMatch(/subscribe/)
  })
})

/** What a waiting reader is given once something happens. */
async function sessionEvents(
  ask: Awaited<ReturnType<typeof served>>['ask'],
  path: string,
  offset: string,
  happen: () => Promise<unknown>,
): Promise<unknown> {
  const waiting = ask(`GET ${path}?offset=${offset}&live=long-poll`)
  await happen()
  return (await waiting).json
}
