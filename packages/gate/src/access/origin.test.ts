import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { Logger } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { isAllowedOrigin, OriginPolicy } from './origin.ts'
import { type TrustedProxies, trustedProxies } from './trusted-proxies.ts'

function request(headers: { readonly host?: string; readonly origin?: string }, localAddress = '127.0.0.1') {
  const socket = new Socket()
  Object.defineProperty(socket, 'localAddress', { value: localAddress })
  const message = new IncomingMessage(socket)
  Object.assign(message.headers, headers)
  return message
}

describe('the own host', () => {
  const rows: readonly (readonly [string, string, boolean])[] = [
    ['ex.am', 'https://ex.am', true],
    ['ex.am:443', 'https://ex.am', true],
    ['ex.am:80', 'http://ex.am', true],
    ['EX.AM', 'http://ex.am', true],
    ['[::1]:80', 'http://[::1]', true],
    ['ex.am', 'https://ex.am:443', true],
    ['ex.am:8443', 'https://ex.am:8443', true],
    ['ex.am:8443', 'https://ex.am', false],
    ['ex.am', 'https://ex.am:8443', false],
    ['ex.am', 'http://other.example', false],
    ['ex.am', 'null', false],
  ]
  it.each(rows)('%s and a page of %s: %s', (host, origin, isAllowed) => {
    expect(isAllowedOrigin(request({ host, origin }))).toBe(isAllowed)
  })
})

function policy(origins: readonly string[] = [], proxies?: TrustedProxies) {
  const lines: unknown[] = []
  const tell = (message: string, fields?: object): void => void lines.push([message, fields])
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell }
  const clock = new VirtualClock()
  return { lines, clock, policy: new OriginPolicy({ origins, proxies, clock, logger }) }
}

describe('a name on the loopback address, without a credential', () => {
  const own = ['localhost:4600', 'app.localhost', '127.0.0.1:4600', '127.8.9.1', '[::1]:4600', 'LOCALHOST']
  it.each(own)('%s is served', (host) => {
    expect(() => policy().policy.demandOwnName(request({ host }))).not.toThrow()
  })

  it.each(['evil.example:4600', 'localhost.evil.example', '127.0.0.1.evil.example', 'evillocalhost'])(
    '%s is refused',
    (host) => {
      for (const address of ['127.0.0.1', '::1', '::ffff:127.0.0.1']) {
        expect(() => policy().policy.demandOwnName(request({ host }, address))).toThrow(/not served/)
      }
    },
  )

  it('is refused whatever is forwarded, also where the peer is a trusted proxy', () => {
    const asked = request({ host: 'evil.example:4600', origin: 'http://evil.example:4600' })
    Object.defineProperty(asked.socket, 'remoteAddress', { value: '127.0.0.1' })
    Object.assign(asked.headers, { 'x-forwarded-host': 'localhost', 'x-forwarded-proto': 'http' })
    expect(() => policy([], trustedProxies(['loopback'])).policy.demandOwnName(asked)).toThrow(/not served/)
  })

  it('is served where its origin is allowed, or all are', () => {
    for (const origins of [['https://hub.example'], ['*']]) {
      expect(() => policy(origins).policy.demandOwnName(request({ host: 'hub.example' }))).not.toThrow()
    }
  })

  it('is served on an address that others reach', () => {
    expect(() => policy().policy.demandOwnName(request({ host: 'hub.example' }, '10.0.0.7'))).not.toThrow()
  })
})

it('the origin check logs a refused origin with the flag that allows it, once a minute', async () => {
  const { policy: origins, lines, clock } = policy()
  const ask = (origin: string) =>
    expect(() => origins.demand(request({ host: 'h', origin }))).toThrow(/origin is not allowed/)
  for (let times = 0; times < 100; times++) ask('https://app.example')
  expect(lines).toEqual([
    ['an origin was refused', { origin: 'https://app.example', allow: '--origin https://app.example' }],
  ])
  await clock.advance(60_000)
  ask('https://app.example')
  expect(lines).toHaveLength(2)
  ask('null')
  expect(lines[2]).toEqual(['an origin was refused', { origin: 'null' }])
  for (let index = 0; index < 1_000; index++) ask(`https://app${index}.example`)
  expect(lines.length).toBeLessThanOrEqual(61)
})
