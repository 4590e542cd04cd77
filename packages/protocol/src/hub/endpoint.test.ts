import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  HUB_PARAMETER_LIMITS,
  hubEventStreamUrl,
  hubHttpBase,
  hubWebSocketUrl,
  parseHubConnectionParameters,
} from './endpoint.ts'

describe('the WebSocket URL', () => {
  it.each([
    ['http://h', 'ws://h/api/ws'],
    ['https://h:1/', 'wss://h:1/api/ws'],
    ['https://h/base//', 'wss://h/base/api/ws'],
    ['wss://h/api/ws', 'wss://h/api/ws'],
    ['https://h/api/ws/', 'wss://h/api/ws'],
    ['https://h/api/ws/v2?a=1#f', 'wss://h/api/ws/v2?a=1'],
  ])('of %s is %s', (base, url) => {
    expect(hubWebSocketUrl(base)).toBe(url)
  })

  it('leaves out what is empty', () => {
    expect(hubWebSocketUrl('http://h', { sessionId: '', role: 'observer', subscribe: [], label: undefined })).toBe(
      'ws://h/api/ws?role=observer',
    )
  })

  it('says what the server reads', () => {
    const name = fc.string({ minLength: 1 })
    const parameters = fc.record(
      {
        sessionId: name,
        agent: name,
        parent: name,
        task: name,
        label: name,
        orgId: name,
        userId: name,
        driverInstanceId: name,
        driverVersion: name,
        coordJobId: name,
        coordRole: name,
        apiKey: name,
        after: name,
        role: fc.constantFrom('lead', 'observer', 'controller'),
        origin: fc.constantFrom('web', 'desktop', 'tui', 'sdk'),
        driverMode: fc.constant('rpc'),
        resume: fc.constant(true),
        auth: fc.constant('none'),
        subscribe: fc.array(fc.stringMatching(/^[a-z_]+\*?$/), { minLength: 1 }),
      } as const,
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(parameters, (parameters) => {
        const url = new URL(hubWebSocketUrl('https://h', parameters))
        expect(parseHubConnectionParameters(url.search)).toEqual({ ok: true, message: parameters })
      }),
    )
  })
})

it('a second version and its instance are asked for only together with resume', () => {
  const instance = 'abcdefgh-_12'
  const both = parseHubConnectionParameters(
    new URL(hubWebSocketUrl('https://h', { resume: true, v: 2, instance, fresh: true })).search,
  )
  expect(both).toEqual({ ok: true, message: { resume: true, v: 2, instance, fresh: true } })
  const first = new URL(hubWebSocketUrl('https://h', { v: 2, instance })).search
  expect(parseHubConnectionParameters(first)).toEqual({ ok: true, message: {} })
  expect(parseHubConnectionParameters('?v=2&instance=abcdefgh')).toEqual({ ok: true, message: {} })
  expect(parseHubConnectionParameters('?resume=1&v=2&instance=a+b')).toEqual({
    ok: true,
    message: { resume: true, v: 2 },
  })
})

describe('the parameters of a request', () => {
  it.each([
    ['role=king', 'role: expected lead|observer|controller, got another value'],
    ['origin=moon', 'origin: expected web|desktop|tui|sdk, got another value'],
    ['driverMode=x', 'driverMode: expected rpc, got another value'],
    [`sessionId=${'x'.repeat(2000)}`, `sessionId: at most ${HUB_PARAMETER_LIMITS.name} characters, got 2000`],
  ])('%s are refused with the reason', (query, issue) => {
    expect(parseHubConnectionParameters(query)).toMatchObject({ ok: false, issue })
  })

  it('are never more than a close frame can say', () => {
    fc.assert(
      fc.property(fc.constantFrom('role', 'task', 'after', 'label'), fc.string(), (name, value) => {
        const query = new URLSearchParams({ [name]: value.repeat(70_000) })
        const parsed = parseHubConnectionParameters(query)
        if (!parsed.ok) expect(parsed.issue.length).toBeLessThanOrEqual(123)
      }),
    )
  })

  it('that are empty or unknown are not there', () => {
    expect(parseHubConnectionParameters('?role=&sessionId=&x=1&subscribe=,,&resume=2')).toEqual({
      ok: true,
      message: {},
    })
  })
})

it('the address of the event stream is found beside any base', () => {
  expect(hubEventStreamUrl('wss://h/x/api/ws', 's/1', { subscribe: ['a', 'b'], orgId: 'o' })).toBe(
    'https://h/x/api/hub/session/s%2F1/events?subscribe=a%2Cb&org_id=o',
  )
  expect(hubEventStreamUrl('http://h/', 's', { resume: true, after: 'e.1.a' })).toBe(
    'http://h/api/hub/session/s/events?resume=1&after=e.1.a',
  )
  expect(hubHttpBase('ws://h:4600/api/ws?x=1')).toBe('http://h:4600')
})
