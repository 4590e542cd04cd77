import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { isAllowedOrigin } from './origin.ts'
import { trustedProxies } from './trusted-proxies.ts'

interface Asked {
  readonly peer?: string | undefined
  readonly for?: string
  readonly host?: string
  readonly origin?: string
  readonly forwardedHost?: string
  readonly forwardedProto?: string
}

function asked(parts: Asked): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: parts.peer })
  const message = new IncomingMessage(socket)
  const headers = {
    host: parts.host,
    origin: parts.origin,
    'x-forwarded-for': parts.for,
    'x-forwarded-host': parts.forwardedHost,
    'x-forwarded-proto': parts.forwardedProto,
  }
  for (const [name, value] of Object.entries(headers)) if (value !== undefined) message.headers[name] = value
  return message
}

describe('the address of a client', () => {
  const rows: readonly (readonly [
    trusted: string,
    peer: string | undefined,
    said: string,
    found: string | undefined,
  ])[] = [
    ['loopback', '127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['loopback', '::ffff:127.0.0.1', '203.0.113.9', '203.0.113.9'],
    ['loopback', '::1', '203.0.113.9', '203.0.113.9'],
    ['10.0.0.0/8', '10.1.2.3', '203.0.113.9', '203.0.113.9'],
    ['fd00::/8', 'fd12::7', '2001:db8::0:9', '2001:db8::9'],
    // What stands before it is anybody's word.
    ['loopback', '127.0.0.1', '127.0.0.1, 6.6.6.6, 203.0.113.9', '203.0.113.9'],
    // Further proxies that are trusted are passed over.
    ['loopback 10.0.0.0/8', '127.0.0.1', '6.6.6.6, 203.0.113.9, 10.0.0.4', '203.0.113.9'],
    ['10.0.0.0/8', '10.0.0.1', '10.0.0.7, 10.0.0.8', '10.0.0.7'],
    ['10.0.0.4', '10.0.0.4', '203.0.113.9:55010', '203.0.113.9'],
    ['10.0.0.4', '10.0.0.4', '[2001:db8::9]:55010', '2001:db8::9'],
    ['10.0.0.4', '10.0.0.4', '203.0.113.9, unknown', undefined],
    ['10.0.0.4', '10.0.0.4', '', undefined],
    // A Unix socket.
    ['unix', undefined, '203.0.113.9', '203.0.113.9'],
    ['loopback', undefined, '203.0.113.9', '203.0.113.9'],
    ['127.0.0.1', undefined, '203.0.113.9', undefined],
    // Everybody else.
    ['unix', '127.0.0.1', '203.0.113.9', undefined],
    ['loopback', '10.0.0.4', '203.0.113.9', undefined],
    ['10.0.0.0/8', '11.0.0.1', '203.0.113.9', undefined],
    ['', '127.0.0.1', '203.0.113.9', undefined],
  ]
  it.each(rows)('with %j trusted, from %s, forwarded for %j: %s', (trusted, peer, said, found) => {
    const proxies = trustedProxies(trusted.split(' ').filter((name) => name !== ''))
    expect(proxies.addressOf(asked({ peer, for: said }))).toBe(found)
  })
})

describe('a page behind a proxy', () => {
  const proxies = trustedProxies(['loopback'])
  const page = { origin: 'https://hub.example', host: 'localhost:4600' }

  it('is the own one where the proxy was asked for its host', () => {
    const here = { ...page, peer: '127.0.0.1', forwardedHost: 'hub.example', forwardedProto: 'https' }
    expect(isAllowedOrigin(asked(here), [], proxies)).toBe(true)
    expect(isAllowedOrigin(asked({ ...here, forwardedHost: 'hub.example:443' }), [], proxies)).toBe(true)
    expect(isAllowedOrigin(asked({ ...here, forwardedHost: 'evil.example, hub.example' }), [], proxies)).toBe(true)
    expect(isAllowedOrigin(asked({ ...here, forwardedHost: 'hub.example, other.example' }), [], proxies)).toBe(false)
    expect(isAllowedOrigin(asked({ ...here, origin: 'https://evil.example' }), [], proxies)).toBe(false)
  })

  it('is no longer the one of the address behind the proxy', () => {
    const own = { origin: 'http://localhost:4600', host: 'localhost:4600', forwardedHost: 'hub.example' }
    expect(isAllowedOrigin(asked({ ...own, peer: '127.0.0.1' }), [], proxies)).toBe(false)
  })

  it('that came without TLS is not the one that is served with it', () => {
    const plain = { ...page, origin: 'http://hub.example', peer: '127.0.0.1', forwardedHost: 'hub.example' }
    expect(isAllowedOrigin(asked({ ...plain, forwardedProto: 'https' }), [], proxies)).toBe(false)
    expect(isAllowedOrigin(asked({ ...plain, forwardedProto: 'http' }), [], proxies)).toBe(true)
    // TLS may end further out than the nearest proxy.
    expect(isAllowedOrigin(asked({ ...plain, ...page, forwardedProto: 'http' }), [], proxies)).toBe(true)
  })

  it('is judged by the host alone where the peer is not trusted', () => {
    const forged = { ...page, peer: '10.0.0.4', forwardedHost: 'hub.example' }
    expect(isAllowedOrigin(asked(forged), [], proxies)).toBe(false)
    expect(isAllowedOrigin(asked({ ...forged, peer: '127.0.0.1' }))).toBe(false)
    expect(isAllowedOrigin(asked({ ...forged, host: 'hub.example' }), [], proxies)).toBe(true)
  })
})

it.each(['', 'proxy.example', '10.0.0.0/33', '10.0.0.0/', 'fd00::/129', '10.0.0.0/8/8', '*', 'fe80::1%eth0'])(
  'the list of trusted proxies refuses %j as a proxy',
  (peer) => expect(() => trustedProxies([peer])).toThrow(expect.objectContaining({ code: 'server/bad_peer' })),
)
