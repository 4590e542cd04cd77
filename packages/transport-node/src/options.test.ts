import { expect, test } from 'vitest'
import { nodeWebSocket } from './node-web-socket.ts'

const invalid = (option: string): unknown =>
  expect.objectContaining({ code: 'channel/invalid_option', details: { option } })

test.each([0, -1, 1.5, Number.POSITIVE_INFINITY, Number.NaN, 2 ** 31])(
  'the Node transport takes no closeTimeoutMs of %d',
  (closeTimeoutMs) => {
    expect(() => nodeWebSocket({ closeTimeoutMs })).toThrow(invalid('closeTimeoutMs'))
  },
)

test.each([0, Number.POSITIVE_INFINITY])('the Node transport takes no maxPayloadBytes of %d', (maxPayloadBytes) => {
  expect(() => nodeWebSocket({ maxPayloadBytes })).toThrow(invalid('maxPayloadBytes'))
})

test.each(['proxy.test:3128', 'socks5://proxy.test', ''])(
  'the Node transport takes no proxy "%s", and does not repeat it',
  (proxy) => {
    expect(() => nodeWebSocket({ proxy })).toThrow(invalid('proxy'))
  },
)
