import { OpenError, type Transport, type WebSocketChannel } from '@holdfast/contract'
import { VirtualClock } from '@holdfast/testkit'
import { beforeEach, describe, expect, it } from 'vitest'
import { BROWSER_TRAITS } from './channel.ts'
import { type ClassifyDialsOptions, classifyDials, type ProbeFetch } from './classify-dials.ts'

let clock: VirtualClock
let outcome: Error | WebSocketChannel
let asked: string[]

beforeEach(() => {
  clock = new VirtualClock()
  outcome = new OpenError('Could not open.')
  asked = []
})

const inner: Transport = {
  name: 'inner',
  traits: BROWSER_TRAITS,
  liveness: 'none',
  open: () => (outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome)),
}

function answering(status: number, headers: Readonly<Record<string, string>> = {}): ProbeFetch {
  return (url) => {
    asked.push(url)
    return Promise.resolve({ status, headers: new Headers(headers) })
  }
}

function classified(options: ClassifyDialsOptions) {
  const transport = classifyDials(inner, { clock, everyFailures: 1, online: () => true, ...options })
  return (signal: AbortSignal = new AbortController().signal) =>
    transport.open({ url: 'wss://host/x' }, { signal }).catch((error: unknown) => error)
}

const details = (found: object): unknown => expect.objectContaining({ code: 'channel/open_failed', details: found })

describe('a failed dial', () => {
  it.each([401, 403, 503])('reports the status %i of a probe', async (status) => {
    expect(await classified({ fetch: answering(status) })()).toEqual(
      details({ finding: 'refused', status, retryAfterMs: undefined }),
    )
    expect(asked).toEqual(['https://host/x'])
  })

  it.each([
    [{ 'retry-after': '7' }, 7000],
    [{ 'retry-after': 'Thu, 01 Jan 2026 00:00:10 GMT', date: 'Thu, 01 Jan 2026 00:00:00 GMT' }, 10_000],
    [{ 'retry-after': 'soon' }, undefined],
  ])('reports how long a 429 with %o asks to wait', async (headers, retryAfterMs) => {
    expect(await classified({ fetch: answering(429, headers) })()).toMatchObject({ details: { retryAfterMs } })
  })

  it.each([0, 200, 404, 426])('counts as blocked where HTTP answers %i, and does not pass that on', async (status) => {
    expect(await classified({ fetch: answering(status) })()).toEqual(details({ finding: 'blocked' }))
  })

  it('is offline where the runtime says so, without a probe', async () => {
    expect(await classified({ fetch: answering(200), online: () => false })()).toEqual(details({ finding: 'offline' }))
    expect(asked).toEqual([])
  })

  it('is unreachable where the probe fails or takes too long', async () => {
    const failing = classified({ fetch: () => Promise.reject(new TypeError('fetch failed')) })
    expect(await failing()).toEqual(details({ finding: 'unreachable' }))
    const hanging = classified({ fetch: () => new Promise(() => {}), timeoutMs: 300 })()
    await clock.advance(300)
    expect(await hanging).toEqual(details({ finding: 'unreachable' }))
    expect(clock.pendingTimers()).toEqual([])
  })

  it('is probed only at every second failure in a row, by default', async () => {
    const open = classified({ fetch: answering(503), everyFailures: undefined })
    const statuses: unknown[] = []
    for (let dial = 0; dial < 5; dial++) {
      const error = await open()
      statuses.push(error instanceof OpenError ? error.details.status : error)
      if (dial === 1) {
        // Opened: the count starts anew.
        outcome = { traits: BROWSER_TRAITS } as WebSocketChannel
        await open()
        outcome = new OpenError('Could not open.')
      }
    }
    expect(statuses).toEqual([undefined, 503, undefined, 503, undefined])
  })

  it('is not probed where the status is known, or the error is of another kind', async () => {
    const open = classified({ fetch: answering(503) })
    outcome = new OpenError('Refused.', { status: 404 })
    expect(await open()).toBe(outcome)
    outcome = new Error('other')
    expect(await open()).toBe(outcome)
    outcome = new OpenError('Not selected.', {}, undefined, 'channel/protocol_not_selected')
    expect(await open()).toBe(outcome)
    outcome = new OpenError('Busy.', { status: 503, headers: {} })
    expect(await open()).toBe(outcome)
    expect(asked).toEqual([])
  })

  it('is probed for how long to wait where the runtime reports a 429 without its headers', async () => {
    outcome = new OpenError('Busy.', { status: 429 })
    const found = { finding: 'refused', status: 429, retryAfterMs: 7000 }
    expect(await classified({ fetch: answering(429, { 'retry-after': '7' }) })()).toEqual(details(found))
    expect(await classified({ fetch: answering(426) })()).toBe(outcome)
  })

  it.each([
    ['offline', { online: () => false }, 'This device has no network.'],
    ['unreachable', { fetch: () => Promise.reject(new TypeError()) }, 'The server does not answer.'],
    ['blocked', { fetch: answering(404) }, /^The server answers, but no WebSocket opens: /],
    ['refused', { fetch: answering(403) }, 'The server refused with status 403.'],
  ] as const)('says in a sentence without addresses that it is %s', async (_finding, options, sentence) => {
    outcome = new OpenError('Could not open a WebSocket to 127.0.0.1:4718.')
    const error = await classified(options)()
    expect(error).toMatchObject({ message: expect.stringMatching(sentence), cause: outcome })
  })

  it('is what the server says of it in its own words, whatever the status of the answer', async () => {
    const word = { code: 'shell/not_found', message: 'There is no such shell.' }
    const fetch: ProbeFetch = () => Promise.resolve({ status: 404, headers: new Headers(), word })
    const error = await classified({ fetch })()
    expect(error).toEqual(details({ finding: 'refused', status: 404, retryAfterMs: undefined, word }))
    expect(error).toMatchObject({ message: 'There is no such shell.' })
  })

  it('rejects with the reason of its signal when aborted during the probe', async () => {
    const controller = new AbortController()
    const opening = classified({ fetch: () => new Promise(() => {}) })(controller.signal)
    await clock.advance(10)
    controller.abort('enough')
    expect(await opening).toBe('enough')
    expect(clock.pendingTimers()).toEqual([])
  })

  it('asks the configured URL, with the configured options', async () => {
    let given: unknown
    const fetch: ProbeFetch = (url, init) => {
      given = [url, init['credentials'], init['cache']]
      return Promise.reject(new Error())
    }
    await classified({ fetch, url: () => 'https://host/health', init: { credentials: 'include' } })()
    expect(given).toEqual(['https://host/health', 'include', 'no-store'])
  })
})

it('the classifier of dials refuses options that are not above zero', () => {
  expect(() => classifyDials(inner, { timeoutMs: 0 })).toThrow(
    expect.objectContaining({ code: 'channel/invalid_option' }),
  )
})
