import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { proxyFor } from './proxy.ts'

beforeEach(() => {
  for (const name of ['HTTP_PROXY', 'HTTPS_PROXY', 'ALL_PROXY', 'NO_PROXY']) {
    vi.stubEnv(name, '')
    vi.stubEnv(name.toLowerCase(), '')
  }
})
afterEach(() => {
  vi.unstubAllEnvs()
})

const plain = new URL('ws://hub.test/')
const secure = new URL('wss://hub.test/')

test('the choice of a proxy takes HTTP_PROXY for ws: and HTTPS_PROXY for wss:', () => {
  vi.stubEnv('HTTP_PROXY', 'http://one.test:1')
  vi.stubEnv('HTTPS_PROXY', 'http://two.test:2')
  expect([proxyFor(plain, undefined), proxyFor(secure, undefined)]).toEqual(['http://one.test:1', 'http://two.test:2'])
})

test('the choice of a proxy goes directly where the environment names no proxy', () => {
  expect(proxyFor(plain, undefined)).toBeUndefined()
})

test('the choice of a proxy heeds NO_PROXY, by name, suffix and port', () => {
  vi.stubEnv('HTTP_PROXY', 'http://one.test:1')
  vi.stubEnv('NO_PROXY', 'hub.test, .internal.test other.test:81')
  expect(proxyFor(plain, undefined)).toBeUndefined()
  expect(proxyFor(new URL('ws://a.internal.test/'), undefined)).toBeUndefined()
  expect(proxyFor(new URL('ws://other.test:81/'), undefined)).toBeUndefined()
  expect(proxyFor(new URL('ws://other.test:82/'), undefined)).toBe('http://one.test:1')
})

test('the choice of a proxy puts the option above the environment', () => {
  vi.stubEnv('HTTP_PROXY', 'http://one.test:1')
  vi.stubEnv('NO_PROXY', '*')
  expect(proxyFor(plain, 'http://mine.test:3')).toBe('http://mine.test:3')
  vi.stubEnv('NO_PROXY', '')
  expect(proxyFor(plain, false)).toBeUndefined()
})
