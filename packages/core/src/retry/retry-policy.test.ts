import { HoldfastError, OpenError, type OpenErrorCode } from '@holdfast/contract'
import { describe, expect, it } from 'vitest'
import type { Cause } from '../client-protocol.ts'
import { CredentialsRefused } from '../errors.ts'
import { defaultRetryPolicy, retryPolicyBy } from './retry-policy.ts'

const close = (code?: number, reason = ''): Cause => ({ kind: 'close', phase: 'open', code, reason, clean: true })
const dial = (status?: number, retryAfterMs?: number): Cause => ({
  kind: 'dial',
  error: new Error('x'),
  status,
  retryAfterMs,
})

describe('the default retry policy', () => {
  it.each([
    [undefined, { act: 'retry' }],
    [1000, { act: 'retry' }],
    [1001, { act: 'drain' }],
    [1011, { act: 'retry' }],
    [1012, { act: 'drain' }],
    [1013, { act: 'retry', floorMs: 5_000 }],
    [1014, { act: 'retry' }],
    [3000, { act: 'refresh' }],
    [4000, { act: 'retry' }],
  ])('close code %s', (code, decision) => {
    expect(defaultRetryPolicy(close(code))).toMatchObject(decision)
  })

  it.each([1002, 1003, 1007, 1009, 1010])('retries the protocol error %i once', (code) => {
    expect(defaultRetryPolicy(close(code))).toEqual({ act: 'retry', budget: 'protocol', max: 1 })
  })

  it.each(['channel/message_too_large', 'channel/event_too_large'])(
    'takes a peer that sends too much at every connect three times, then ends with %s',
    (code) => {
      const error = new HoldfastError(code, 'too large')
      const cause: Cause = { kind: 'close', phase: 'open', reason: '', clean: false, error }
      const context = {
        failures: 0,
        wasOpen: true,
        openedBefore: true,
        retryFirst: false,
        refreshed: false,
        word: undefined,
      }
      for (const tooLarge of [0, 1]) {
        expect(defaultRetryPolicy(cause, { ...context, spent: { tooLarge } })).toEqual({
          act: 'retry',
          budget: 'tooLarge',
        })
      }
      expect(defaultRetryPolicy(cause, { ...context, spent: { tooLarge: 2 } })).toEqual({ act: 'stop', error })
    },
  )

  it.each([1008, 3003])('stops for good at %i, and keeps code and reason', (code) => {
    expect(defaultRetryPolicy(close(code, 'why'))).toMatchObject({
      act: 'stop',
      error: { code: 'connection/refused', details: { closeCode: code, closeReason: 'why' } },
    })
  })

  it('takes the spread from the reason of a leaving server', () => {
    expect(defaultRetryPolicy(close(1012, '{"spreadMs":7000}'))).toEqual({ act: 'drain', reconnectWindowMs: 7_000 })
    expect(defaultRetryPolicy(close(1012, 'bye'))).toEqual({ act: 'drain', reconnectWindowMs: undefined })
  })

  it.each([408, 425, 429, 500, 502, 503, 504, undefined])('retries a dial refused with %s', (status) => {
    expect(defaultRetryPolicy(dial(status))).toMatchObject({ act: 'retry' })
  })

  it('stops at a dial that the runtime cannot make', () => {
    const error = new HoldfastError('channel/unsupported', 'No request headers here.')
    expect(defaultRetryPolicy({ kind: 'dial', error })).toEqual({ act: 'stop', error })
  })

  it('takes Retry-After as a floor', () => {
    expect(defaultRetryPolicy(dial(503, 9_000))).toEqual({ act: 'retry', floorMs: 9_000 })
  })

  describe('once the connection was open', () => {
    const openedBefore = {
      failures: 0,
      wasOpen: false,
      openedBefore: true,
      retryFirst: false,
      refreshed: false,
      spent: {},
      word: undefined,
    }
    const coded = (code: OpenErrorCode): Cause => ({ kind: 'dial', error: new OpenError('x', {}, undefined, code) })

    it.each([200, 204, 302, 400, 403, 404, 426])('takes an answer of %i for the weather', (status) => {
      expect(defaultRetryPolicy(dial(status), openedBefore)).toMatchObject({
        act: 'weather',
        error: { details: { status } },
      })
    })

    it('keeps Retry-After', () => {
      expect(defaultRetryPolicy(dial(404, 9_000), openedBefore)).toMatchObject({ act: 'weather', floorMs: 9_000 })
    })

    it("believes the peer's own word, and 410", () => {
      const word = { code: 'hub/not_found', message: 'no such session' }
      expect(defaultRetryPolicy(dial(404), { ...openedBefore, word })).toMatchObject({
        act: 'stop',
        error: { details: { status: 404, serverCode: 'hub/not_found' } },
      })
      expect(defaultRetryPolicy(dial(410), openedBefore)).toMatchObject({ act: 'stop' })
    })

    it('asks for other credentials once, and believes the second refusal', () => {
      expect(defaultRetryPolicy(dial(401), openedBefore)).toMatchObject({ act: 'refresh' })
      expect(defaultRetryPolicy(dial(401), { ...openedBefore, refreshed: true })).toMatchObject({ act: 'park' })
    })

    it.each(['channel/untrusted_certificate', 'channel/redirected', 'channel/invalid_header'] as const)(
      'takes %s for the weather',
      (code) => {
        expect(defaultRetryPolicy(coded(code), openedBefore)).toMatchObject({ act: 'weather', error: { code } })
      },
    )

    it('grants the same before the first connection where the app wants it, but not to what this side does wrong', () => {
      const retryFirst = { ...openedBefore, openedBefore: false, retryFirst: true }
      expect(defaultRetryPolicy(dial(404), retryFirst)).toMatchObject({ act: 'weather' })
      expect(defaultRetryPolicy(coded('channel/untrusted_certificate'), retryFirst)).toMatchObject({ act: 'weather' })
      expect(defaultRetryPolicy(coded('channel/invalid_url'), retryFirst)).toMatchObject({ act: 'stop' })
    })
  })

  it.each([
    'channel/invalid_url',
    'channel/invalid_protocols',
    'channel/invalid_header',
    'channel/redirected',
    'channel/untrusted_certificate',
    'channel/protocol_not_selected',
  ] as const)('stops at %s, which is the same the next time', (code) => {
    const error = new OpenError('what, and what to do', {}, undefined, code)
    expect(defaultRetryPolicy({ kind: 'dial', error })).toEqual({ act: 'stop', error })
  })

  it.each([200, 204, 400, 403, 404, 410, 426])('stops at status %i and keeps it', (status) => {
    expect(defaultRetryPolicy(dial(status))).toMatchObject({ act: 'stop', error: { details: { status } } })
  })

  it('asks for other credentials at 401', () => {
    expect(defaultRetryPolicy(dial(401))).toMatchObject({
      act: 'refresh',
      error: { code: 'connection/credentials_refused' },
    })
  })

  it('parks when the app or the handshake says that credentials are refused, and retries any other failure', () => {
    for (const kind of ['prepare', 'handshake'] as const) {
      expect(defaultRetryPolicy({ kind, error: new CredentialsRefused() })).toMatchObject({ act: 'park' })
      expect(defaultRetryPolicy({ kind, error: new Error('offline') })).toEqual({ act: 'retry' })
    }
  })

  it('retries a dead link, a deadline and a protocol that gives up', () => {
    expect(defaultRetryPolicy({ kind: 'liveness', rule: 'read' })).toEqual({ act: 'retry' })
    expect(defaultRetryPolicy({ kind: 'deadline', phase: 'dial' })).toEqual({ act: 'retry' })
    expect(defaultRetryPolicy({ kind: 'protocol', error: 1 })).toEqual({ act: 'retry' })
  })
})

const CONTEXT = {
  failures: 0,
  wasOpen: false,
  openedBefore: false,
  retryFirst: false,
  refreshed: false,
  spent: {},
  word: undefined,
}

describe('credentials that are always the same', () => {
  const policy = retryPolicyBy({ refreshable: false, whenRefused: 'stop' })
  const after = { ...CONTEXT, openedBefore: true, wasOpen: true }

  it('are refused for good by a close of the peer, also where it was open before', () => {
    expect(policy(close(3000), after)).toMatchObject({ act: 'stop' })
  })

  it('may be refused by something on the way where an HTTP status says so without a word', () => {
    expect(policy(dial(401), after)).toMatchObject({ act: 'weather' })
  })
})
