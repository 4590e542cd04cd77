import { expect, it } from 'vitest'
import { Connection } from './connection.ts'

const transport = {
  name: 'none',
  traits: { binary: true, ping: false, pause: false, requestHeaders: false },
  liveness: 'none',
  open: () => {},
}

/** Has pings, and does not say that they are to be used: its dead links would go unnoticed. */
const unwatched = { ...transport, traits: { ...transport.traits, ping: true }, liveness: undefined }

it.each([
  ['transport', { transport: undefined }, 'a transport'],
  ['transport.liveness', { transport: unwatched }, 'how it notices a dead link: transportPing()'],
  ['transport.liveness', { transport: { ...transport, liveness: 'ping' } }, 'how it notices a dead link'],
  ['target', { target: '' }, 'a URL'],
  ['target', { target: { url: 5 } }, 'a URL'],
  ['credentials', { credentials: 5 }, 'a function'],
  ['protocol', { protocol: {} }, 'a protocol with a codec'],
  ['onMessage', { onMessage: 5 }, 'a function'],
  ['onMesage', { onMesage: () => {} }, 'one of transport, target'],
  ['retry', { retry: 5 }, 'an object'],
  ['retry.jitter', { retry: { jitter: 5 } }, 'a number from 0 to 1'],
  ['retry.capMs', { retry: { capMs: -1 } }, 'a number of at least 0'],
  ['retry.onExhausted', { retry: { onExhausted: 'explode' } }, "'suspend' or 'close'"],
  ['retry.limits', { retry: { limits: 'x' } }, 'a list of { max, perMs }'],
  ['retry.limits', { retry: { limits: [{ max: 0, perMs: 1 }] } }, 'a list of { max, perMs }'],
  ['retry.tries', { retry: { tries: 3 } }, 'one of baseMs'],
  ['retry.preset', { retry: { preset: 'bold' } }, "'eager' or 'fleet'"],
  ['retry.stages', { retry: { stages: [{ untilMs: 1 }] } }, 'a list of { untilMs, capMs }'],
  ['retry.retryFirst', { retry: { retryFirst: 1 } }, 'true or false'],
  ['deadlines.dialMs', { deadlines: { dialMs: 'soon' } }, 'a number of at least 0'],
  ['outbox.maxCount', { outbox: { maxCount: 0 } }, 'a number of at least 1'],
  ['stableAfterMs', { stableAfterMs: Number.NaN }, 'a number of at least 0'],
  ['signals', { signals: 5 }, 'wake signals'],
  [
    'signals',
    { signals: { online: false, visible: true, subscribe: () => {} } },
    'wake signals with nearness: NEARNESS',
  ],
  ['signal', { signal: 5 }, 'an AbortSignal'],
  ['clock', { clock: {} }, 'a clock'],
  ['random', { random: 5 }, 'a function'],
  ['logger', { logger: 'loud' }, 'a logger'],
])('a refused option %s is named, with what was given and what is allowed', (option, given, allowed) => {
  const options = { transport, target: 'ws://host/', ...given }
  const make = (): unknown => Reflect.construct(Connection, [options])
  expect(make).toThrow(expect.objectContaining({ code: 'connection/invalid_option', details: { option } }))
  expect(make).toThrow(`Option ${option}: expected ${allowed}`)
})

it('the options of a connection take undefined for "not given", and infinity where it is asked for', () => {
  const retry = { maxAttempts: Number.POSITIVE_INFINITY, capMs: undefined }
  const make = (): unknown =>
    Reflect.construct(Connection, [{ transport, target: 'ws://host/', retry, clock: undefined }])
  expect(make).not.toThrow()
})
