import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { HUB_API_ERRORS, HubApi, HubApiError, type HubApiOptions, type HubFetchInit } from '../src/index.ts'

interface Sent extends HubFetchInit {
  readonly url: string
}

/** An API whose answers the test gives, one for each request. */
function api(answers: readonly (Response | Error | 'never')[], options: Partial<HubApiOptions> = {}) {
  const sent: Sent[] = []
  const clock = new VirtualClock()
  const hub = new HubApi({
    url: 'wss://user:pass@hub.example/base/api/ws',
    token: 'secret-key',
    clock,
    fetch: async (url, init) => {
      const answer = answers[sent.length]
      sent.push({ url, ...init })
      if (answer instanceof Error) throw answer
      if (answer !== 'never' && answer !== undefined) return answer
      return new Promise((_, reject) => init.signal.addEventListener('abort', () => reject(new Error('aborted'))))
    },
    ...options,
  })
  return { hub, sent, clock }
}

const json = (body: unknown, status = 200, headers: Record<string, string> = {}): Response =>
  new Response(JSON.stringify(body), { status, headers })
const refusal = (status: number, code: string, headers: Record<string, string> = {}): Response =>
  json({ error: { code, message: 'as told' } }, status, headers)
const session = {
  sessionId: 's 1',
  label: 'one',
  status: 'active',
  mode: 'tui',
  visibility: 'private',
  createdAt: '2026-01-01T00:00:00.000Z',
}
const caught = (promise: Promise<unknown>): Promise<unknown> => promise.catch((error: unknown) => error)

describe('a request of HubApi', () => {
  it('goes to the resource, with the key in a header alone', async () => {
    const { hub, sent } = api([json(session)], { url: 'wss://hub.example/base/api/ws', orgId: 'org' })
    expect(await hub.getSession('s 1')).toEqual(session)
    expect(sent).toMatchObject([{ method: 'GET', url: 'https://hub.example/base/api/hub/session/s%201' }])
    expect(sent[0]?.headers).toEqual({
      accept: 'application/json',
      authorization: 'Bearer secret-key',
      'x-agentuity-orgid': 'org',
    })
    expect(sent[0]).toMatchObject({ redirect: 'manual', cache: 'no-store' })
  })

  it('carries its body as JSON', async () => {
    const created = { sessionId: 's1', status: 'active', mode: 'tui', visibility: 'private' }
    const { hub, sent } = api([json(created, 201)])
    expect(await hub.createSession({ label: 'one', tags: ['a'] })).toEqual(created)
    expect(sent[0]).toMatchObject({ method: 'POST', body: '{"label":"one","tags":["a"]}' })
  })

  it('asks for a fresh key once where the hub refused one that is a function', async () => {
    const reasons: unknown[] = []
    const token = ({ reason }: { readonly reason: unknown }) => {
      reasons.push(reason)
      return `key-${reasons.length}`
    }
    const { hub, sent } = api([refusal(401, 'hub/unauthorized'), json(session)], { token })
    expect(await hub.getSession('s1')).toEqual(session)
    expect(reasons).toEqual(['initial', 'refused'])
    expect(sent.map(({ headers }) => headers['authorization'])).toEqual(['Bearer key-1', 'Bearer key-2'])
  })

  it('is sent once where a refused key is a text', async () => {
    const { hub, sent } = api([refusal(401, 'hub/unauthorized')])
    expect(await caught(hub.getSession('s1'))).toMatchObject({ code: 'api/unauthorized' })
    expect(sent).toHaveLength(1)
  })
})

describe('an error of HubApi', () => {
  it.each([
    [400, 'api/bad_request'],
    [401, 'api/unauthorized'],
    [403, 'api/forbidden'],
    [404, 'api/not_found'],
    [409, 'api/conflict'],
    [413, 'api/too_large'],
    [418, 'api/refused'],
    [429, 'api/rate_limited'],
    [500, 'api/unavailable'],
    [503, 'api/unavailable'],
  ])('reports HTTP %i as %s, with what the hub said', async (status, code) => {
    const { hub } = api([refusal(status, 'hub/own_code', { 'retry-after': '7' })])
    const error = await caught(hub.getSession('s1'))
    expect(error).toBeInstanceOf(HubApiError)
    expect(error).toMatchObject({
      code,
      message: 'GET session failed: as told',
      details: { status, serverCode: 'hub/own_code', serverMessage: 'as told', retryAfterMs: 7_000, sessionId: 's1' },
    })
    expect(HUB_API_ERRORS).toHaveProperty([code])
  })

  it('names status alone where something in between answered', async () => {
    const { hub } = api([new Response('<html>', { status: 502 })])
    expect(await caught(hub.listSessions())).toMatchObject({ code: 'api/unavailable', message: /HTTP 502/ })
  })

  it('comes for a redirect, which is not followed', async () => {
    const { hub, sent } = api([new Response(null, { status: 302, headers: { location: 'https://elsewhere' } })])
    expect(await caught(hub.getSession('s1'))).toMatchObject({ code: 'api/redirected' })
    expect(sent).toHaveLength(1)
  })

  it('comes where no server answers, and holds neither key nor URL', async () => {
    const { hub } = api([new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED 127.0.0.1:9') })])
    const error = await caught(hub.getSession('s1'))
    expect(error).toMatchObject({ code: 'api/unreachable', message: /ECONNREFUSED/ })
    const told = error instanceof HubApiError ? `${error.message} ${JSON.stringify(error.details)}` : ''
    expect(told).not.toMatch(/secret-key|user:pass|hub\.example/)
  })

  it('comes after the time for an answer', async () => {
    const { hub, clock } = api(['never'], { timeoutMs: 500 })
    const error = clock.passing(caught(hub.getSession('s1')))
    expect(await error).toMatchObject({ code: 'api/timeout' })
    const key = api([], { timeoutMs: 500, token: () => new Promise(() => {}) })
    expect(await key.clock.passing(caught(key.hub.getSession('s1')))).toMatchObject({ code: 'api/timeout' })
  })

  it.each(['not JSON', '{"sessionId":7}', ''])('comes for the answer %j, which is no session', async (body) => {
    const { hub } = api([new Response(body)])
    expect(await caught(hub.getSession('s1'))).toMatchObject({ code: 'api/invalid_response' })
  })

  it('comes for an answer that is too large', async () => {
    const { hub } = api([json({ ...session, label: 'x'.repeat(2_000) })], { maxResponseBytes: 1_000 })
    expect(await caught(hub.getSession('s1'))).toMatchObject({ code: 'api/too_large' })
  })

  it('is the reason of the signal where the caller gave up', async () => {
    const reason = new Error('enough')
    const { hub } = api(['never', 'never'])
    expect(await caught(hub.getSession('s1', { signal: AbortSignal.abort(reason) }))).toBe(reason)
    const later = new AbortController()
    const asked = caught(hub.getSession('s1', { signal: later.signal }))
    later.abort(reason)
    expect(await asked).toBe(reason)
  })

  it.each([
    ['an empty id', () => api([]).hub.getSession('')],
    ['a URL without scheme', async () => new HubApi({ url: 'hub.example' })],
    ['no time', async () => new HubApi({ url: 'https://hub', timeoutMs: 0 })],
  ])('rejects %s before anything is sent', async (_what, call) => {
    expect(await caught(call())).toMatchObject({ code: 'api/invalid_option' })
  })
})

describe('sessions() of HubApi', () => {
  it('goes on from page to page', async () => {
    const page = (ids: readonly string[], next?: string): Response =>
      json({
        sessions: { websocket: ids.map((sessionId) => ({ ...session, sessionId })), sandbox: [] },
        total: ids.length,
        next,
      })
    const { hub, sent } = api([page(['a', 'b'], 'c1'), page(['c'])])
    const ids: string[] = []
    for await (const { sessionId } of hub.sessions({ status: 'active', limit: 2 })) ids.push(sessionId)
    expect(ids).toEqual(['a', 'b', 'c'])
    expect(sent.map(({ url }) => new URL(url).search)).toEqual([
      '?status=active&limit=2',
      '?status=active&limit=2&cursor=c1',
    ])
  })
})
