import { expect, it } from 'vitest'
import { readinessOf, works } from './readiness.ts'

const full = { ok: false, reason: 'no space', failing: { append: 'no space' } }

it('a store that works is ready for everybody', () => {
  expect(readinessOf({ ok: true }, 'all')).toEqual({ status: 200, body: { status: 'ready' } })
})

it('a store that cannot write is not ready, says why, and is ready for those who only read', () => {
  const { reason, failing } = full
  expect(readinessOf(full, 'all')).toEqual({ status: 503, body: { status: 'degraded', reason, failing } })
  expect(readinessOf(full, 'read')).toEqual({ status: 200, body: { status: 'ready', reason, failing } })
  expect([works(full, 'append'), works(full, 'read')]).toEqual([false, true])
})

it('a store that cannot read is not ready', () => {
  const damaged = { ok: false, reason: 'a page', failing: { read: 'a page' }, damaged: ['b'] }
  expect(readinessOf(damaged, 'read')).toMatchObject({ status: 503, body: { damagedSessions: 1 } })
  expect(works(damaged, 'append')).toBe(true)
})

it('a store that does not distinguish reads from appends does neither while it is not well', () => {
  const away = { ok: false, reason: 'no connection' }
  expect(readinessOf(away, 'read')).toMatchObject({ status: 503 })
  expect([works(away, 'append'), works(away, 'read'), works(undefined, 'read')]).toEqual([false, false, false])
})

it('a damaged record of one session does not take the others away', () => {
  const answer = { status: 200, body: { status: 'ready', damagedSessions: 1 } }
  expect(readinessOf({ ok: true, damaged: ['b'] }, 'all')).toEqual(answer)
})
