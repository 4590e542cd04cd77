import { oneAnswer } from '@holdfast/contract'
import { describe, expect, it } from 'vitest'
import type { Cause, RetryContext } from './client-protocol.ts'
import { defaultRetryPolicy } from './retry/retry-policy.ts'

const context = (repeat: boolean): RetryContext => ({
  failures: 0,
  wasOpen: true,
  openedBefore: false,
  retryFirst: false,
  refreshed: false,
  spent: {},
  word: undefined,
  exchange: oneAnswer(repeat),
})
const close = (clean: boolean, resumable?: boolean): Cause => {
  return { kind: 'close', phase: 'open', reason: '', clean, resumable }
}
const dial = (more: { status?: number; unsent?: boolean } = {}): Cause => ({
  kind: 'dial',
  error: new Error('x'),
  ...more,
})

describe('a dial that is one request with one answer', () => {
  it.each([false, true])('is complete when the answer ended cleanly, repeatable or not (%s)', (repeat) => {
    expect(defaultRetryPolicy(close(true), context(repeat))).toEqual({ act: 'complete' })
  })

  it.each<[string, Cause]>([
    ['the answer was cut', close(false)],
    ['nothing answered, and it may have arrived', dial()],
    ['a proxy lost the answer', dial({ status: 502 })],
    ['the server failed over it', dial({ status: 500 })],
    ['the answer took too long', { kind: 'deadline', phase: 'dial' }],
    ['the link fell silent', { kind: 'liveness', rule: 'read' }],
    ['the protocol gave up', { kind: 'protocol', error: new Error('x') }],
  ])('is not made again after %s, unless it is repeatable', (_what, cause) => {
    const decision = { act: 'stop', error: { code: 'connection/not_repeated' } }
    expect(defaultRetryPolicy(cause, context(false))).toMatchObject(decision)
    expect(defaultRetryPolicy(cause, context(true))).toMatchObject({ act: 'retry' })
  })

  it.each<[string, Cause]>([
    ['the answer was cut behind an id to go on from', close(false, true)],
    ['the request did not leave this side', dial({ unsent: true })],
    ['the server says that it is busy', dial({ status: 503 })],
    ['the server limits its rate', dial({ status: 429 })],
    ['the credentials could not be had', { kind: 'prepare', error: new Error('x') }],
    ['the preparation took too long', { kind: 'deadline', phase: 'prepare' }],
  ])('is made again after %s', (_what, cause) => {
    expect(defaultRetryPolicy(cause, context(false))).toMatchObject({ act: 'retry' })
  })
})
