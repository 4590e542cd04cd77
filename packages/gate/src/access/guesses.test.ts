import { IncomingMessage } from 'node:http'
import { Socket } from 'node:net'
import type { HoldfastError, Logger } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { parseToken, tokenAuthenticate } from './auth.ts'
import { slowGuesses } from './guesses.ts'
import { trustedProxies } from './trusted-proxies.ts'

function from(address: string): IncomingMessage {
  const socket = new Socket()
  Object.defineProperty(socket, 'remoteAddress', { value: address })
  return new IncomingMessage(socket)
}

function setUp() {
  const clock = new VirtualClock()
  const lines: unknown[] = []
  const tell = (message: string, fields?: object): void => void lines.push([message, fields])
  const logger: Logger = { debug: tell, info: tell, warn: tell, error: tell }
  const authenticate = slowGuesses(tokenAuthenticate([parseToken('right=ann')]), { clock, logger })
  let answered = 0
  const refusals: HoldfastError[] = []
  const ask = (bearer: string | undefined, address = '10.0.0.1') => {
    const asked = Promise.resolve(authenticate({ bearer, request: from(address) }))
    asked.then(
      () => answered++,
      (error: HoldfastError) => refusals.push(error),
    )
    return asked
  }
  /** Lets everything happen that needs no time. */
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
  }
  return { clock, lines, ask, settle, refusals, answered: () => answered }
}

it('the guard against guessing answers a few different wrong tokens at once, and each further one after a second', async () => {
  const { clock, ask, settle, answered } = setUp()
  for (let index = 0; index < 15; index++) void ask(`wrong ${index}`)
  await settle()
  expect(answered()).toBe(10)
  await clock.advance(1_000)
  await settle()
  expect(answered()).toBe(15)
})

it('the guard against guessing never delays a right token, a request without a token, or another address', async () => {
  const { ask, settle, refusals } = setUp()
  for (let index = 0; index < 500; index++) void ask(`wrong ${index}`).catch(() => {})
  await settle()
  expect(await ask('right')).toMatchObject({ id: 'ann' })
  expect(await ask(undefined)).toBeUndefined()
  expect(await ask('wrong', '10.0.0.2')).toBeUndefined()
  expect(refusals.length).toBe(500 - 10 - 64)
})

it('the limit of guessed tokens takes the same wrong token again for no guess', async () => {
  const { ask, lines } = setUp()
  for (let index = 0; index < 1_000; index++) expect(await ask('expired')).toBeUndefined()
  expect(lines).toEqual([])
})

it('the limit of guessed tokens holds at most 64 refusals of an address back and answers more with server/rate_limited', async () => {
  const { clock, ask, settle, refusals, answered } = setUp()
  for (let index = 0; index < 200; index++) void ask(`wrong ${index}`).catch(() => {})
  await settle()
  expect(answered()).toBe(10)
  expect(refusals).toHaveLength(126)
  expect(refusals[0]).toMatchObject({ code: 'server/rate_limited', details: { waitMs: 1_000 } })
  await clock.advance(1_000)
  await settle()
  expect(answered()).toBe(74)
})

it('the limit of guessed tokens logs an address that guesses once a minute, and none of its tokens', async () => {
  const { clock, ask, settle, lines } = setUp()
  for (let second = 0; second < 120; second++) {
    for (let index = 0; index < 100; index++) void ask(`wrong ${second} ${index}`).catch(() => {})
    await clock.advance(1_000)
    await settle()
  }
  expect(lines).toHaveLength(2)
  expect(lines[0]).toEqual([
    'tokens are guessed: wrong ones from this address are slowed',
    { address: '10.0.0.1', slowed: 1 },
  ])
  expect(JSON.stringify(lines)).not.toContain('wrong 0')
})

it('the limit of guessed tokens counts the clients of a proxy apart, where it is trusted and in its own words', async () => {
  const ask = async (trusted: readonly string[]): Promise<number> => {
    const clock = new VirtualClock()
    const proxies = trustedProxies(trusted)
    const authenticate = slowGuesses(tokenAuthenticate([parseToken('right=ann')]), { clock, proxies })
    let answered = 0
    for (let index = 0; index < 30; index++) {
      const request = from('127.0.0.1')
      // The guesser's own word comes first, the proxy's last.
      request.headers['x-forwarded-for'] = `198.51.100.${index}, 203.0.113.${index % 2}`
      void Promise.resolve(authenticate({ bearer: `wrong ${index}`, request })).then(() => answered++)
    }
    for (let turn = 0; turn < 20; turn++) await Promise.resolve()
    await clock.advance(0)
    const atOnce = answered
    await clock.advance(1_000)
    return atOnce
  }
  expect(await ask([])).toBe(10)
  expect(await ask(['10.0.0.0/8'])).toBe(10)
  expect(await ask(['loopback'])).toBe(20)
})

it('the limit of guessed tokens counts an IPv6 network as one address', async () => {
  const { ask, settle, answered } = setUp()
  for (let index = 0; index < 15; index++) void ask(`wrong ${index}`, `2001:db8:0:1::${index}`)
  await settle()
  expect(answered()).toBe(10)
})

it('the limit of guessed tokens forgets after a while', async () => {
  const { clock, ask, settle, answered } = setUp()
  for (let index = 0; index < 10; index++) void ask(`wrong ${index}`)
  await clock.advance(60_000)
  for (let index = 10; index < 20; index++) void ask(`wrong ${index}`)
  await settle()
  expect(answered()).toBe(20)
})

it('refuses a bound that is no number, which would bound nothing', () => {
  const authenticate = tokenAuthenticate([parseToken('right=ann')])
  const made = (): unknown => slowGuesses(authenticate, { limits: { maxWaiting: Number.NaN } })
  expect(made).toThrow('limits.maxWaiting: expected a number of at least 0, got NaN')
})
