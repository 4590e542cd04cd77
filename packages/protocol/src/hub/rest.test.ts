import fc from 'fast-check'
import { expect, it } from 'vitest'
import { parseHubRest } from './rest.ts'
import { HUB_REST_ROUTES, type HubRestRoute, hubRestUrl, parseHubRestPath } from './rest-routes.ts'

const routes = Object.keys(HUB_REST_ROUTES).filter((name): name is HubRestRoute => name in HUB_REST_ROUTES)

it.each(routes)('a REST route of the hub finds %s again under both prefixes', (route) => {
  const sessionId = HUB_REST_ROUTES[route].path.includes('{id}') ? 'a/ü b' : undefined
  const { pathname } = new URL(hubRestUrl('wss://h/api/ws', { route, sessionId }))
  const target = sessionId === undefined ? { route } : { route, sessionId }
  expect(parseHubRestPath(pathname)).toEqual(target)
  expect(parseHubRestPath(pathname.replace('/api/hub', '/hub'))).toEqual(target)
})

it('a REST route of the hub leaves empty query values out', () => {
  expect(hubRestUrl('http://h', { route: 'list' }, { limit: 5, offset: undefined, search: '' })).toBe(
    'http://h/api/hub/sessions?limit=5',
  )
})

it.each([
  '/',
  '/hub',
  '/hub/',
  '/hub/session/',
  '/api/hub/session/a/b',
  '/hub/session//events',
  '/hub/session/%E0',
  '/x',
])('a REST route of the hub knows no resource at %s', (path) => {
  expect(parseHubRestPath(path)).toSatisfy((target) => target === undefined || path === '/hub/session/')
})

it('the REST reader never throws for a path or a body', () => {
  fc.assert(
    fc.property(fc.string(), fc.jsonValue(), (path, body) => {
      parseHubRestPath(`/hub/${path}`)
      for (const parse of Object.values(parseHubRest)) {
        const parsed = parse(body)
        if (!parsed.ok) expect(parsed.issue).toMatch(/^body[\x20-\x7e]{1,200}$/)
      }
    }),
  )
})

it.each([
  ['sessionCreated', { sessionId: 's', status: 'active', mode: 'tui', visibility: 'private' }],
  ['createSession', { task: 't', label: 'l', visibility: 'private', tags: ['a'], metadata: {}, repo: { url: 'u' } }],
  ['updateSession', { label: 'l' }],
  ['session', { sessionId: 's', label: '', status: 'x', mode: 'tui', visibility: 'private', createdAt: 'c' }],
  ['sessionList', { sessions: { websocket: [], sandbox: [] }, total: 0 }],
  ['lifecycle', { sessionId: 's' }],
  ['participantList', { sessionId: 's', participants: [{ id: 'p', role: 'lead' }] }],
  ['replay', { sessionId: 's', entriesSource: 'log', entries: [{ type: 'turn', timestamp: 1 }] }],
  ['eventHistory', { sessionId: 's', events: [{ id: 1, event: 'e', occurredAt: 'o' }], total: 1 }],
  ['httpError', { error: { code: 'c', message: 'm' } }],
] as const)('a REST route of the hub reads a body of kind %s', (kind, body) => {
  expect(parseHubRest[kind](body)).toEqual({ ok: true, message: body })
  expect(parseHubRest[kind](null)).toMatchObject({ ok: false, issue: 'body: expected object, got null' })
})
