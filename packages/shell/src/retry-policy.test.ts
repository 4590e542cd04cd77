import { type Cause, CredentialsRefused } from '@holdfast/core'
import { expect, it } from 'vitest'
import { shellRetryPolicy } from './retry-policy.ts'

const context = {
  failures: 0,
  wasOpen: true,
  openedBefore: false,
  retryFirst: false,
  refreshed: false,
  spent: {},
  word: undefined,
}
const closed = (code?: number, reason = ''): Cause => ({ kind: 'close', phase: 'open', code, reason, clean: true })
const refused = (status?: number, retryAfterMs?: number): Cause => ({
  kind: 'dial',
  error: undefined,
  status,
  retryAfterMs,
})
const decision = (cause: Cause, refreshed = false) => {
  const judged = shellRetryPolicy(cause, { ...context, refreshed })
  return judged.act === 'stop' ? judged.error.code : judged
}

it.each([
  [1000, 'shell/closed'],
  [1003, 'shell/refused'],
  [4000, 'shell/kicked'],
  [4003, 'shell/forbidden'],
  [4004, 'shell/not_found'],
  [4008, 'shell/too_slow'],
  [4010, 'shell/expired'],
])('the shell’s retry policy stops after close %i', (code, error) => {
  expect(decision(closed(code))).toBe(error)
})

it('the shell’s retry policy retries every other close, 1009 only once, and spreads when the server leaves', () => {
  for (const code of [undefined, 1002, 1005, 1006, 1011, 3000, 4001, 4401, 4999]) {
    expect(decision(closed(code))).toEqual({ act: 'retry' })
  }
  expect(decision(closed(1009))).toEqual({ act: 'retry', budget: 'close 1009', max: 1 })
  expect(decision(closed(1012, '{"spreadMs":7000}'))).toEqual({ act: 'drain', reconnectWindowMs: 7_000 })
  expect(decision(closed(1001))).toMatchObject({ act: 'drain' })
})

it('the shell’s retry policy stops at the statuses that do not change by themselves', () => {
  expect([400, 403, 404, 409, 410, 418].map((status) => decision(refused(status)))).toEqual([
    'shell/refused',
    'shell/forbidden',
    'shell/not_found',
    'shell/conflict',
    'shell/expired',
    'shell/refused',
  ])
})

it('the shell’s retry policy asks for new credentials once', () => {
  expect(decision(refused(401))).toMatchObject({ act: 'refresh' })
  expect(decision(refused(401), true)).toBe('shell/unauthorized')
  expect(decision({ kind: 'prepare', error: new CredentialsRefused() })).toBe('shell/unauthorized')
  expect(decision({ kind: 'prepare', error: new Error('no network') })).toEqual({ act: 'retry' })
})

it('the shell’s retry policy retries what may pass, not before the server says so', () => {
  expect(decision(refused(429, 4_000))).toEqual({ act: 'retry', floorMs: 4_000 })
  expect(decision(refused(503, 1_000))).toEqual({ act: 'retry', floorMs: 1_000 })
  expect(decision(refused(502))).toEqual({ act: 'retry' })
  expect(decision(refused())).toEqual({ act: 'retry' })
  expect(decision({ kind: 'liveness', rule: 'write' })).toEqual({ act: 'retry' })
  expect(decision({ kind: 'deadline', phase: 'handshake' })).toEqual({ act: 'retry' })
})
