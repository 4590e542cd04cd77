import { expect, it } from 'vitest'
import { Troubles } from './troubles.ts'

let now = 0
const append = { operation: 'append', stream: 'a' } as const

it('an operation that failed counts as working when the same one succeeds, not another', () => {
  const troubles = new Troubles(() => now)
  troubles.failed({ ...append, reason: 'slow', isFull: false })
  troubles.worked({ operation: 'read', stream: 'a' })
  troubles.worked({ operation: 'append', stream: 'b' })
  expect(troubles.health()).toEqual({ ok: false, reason: 'slow', failing: { append: 'slow' } })
  troubles.worked(append)
  expect(troubles.health()).toEqual({ ok: true })
})

it('a full store is called by its name until something was stored, whatever its servers say next', () => {
  const troubles = new Troubles(() => now)
  troubles.failed({ ...append, reason: 'out of storage', isFull: true })
  troubles.failed({ ...append, reason: 'no leader', isFull: false })
  troubles.failed({ ...append, stream: 'b', reason: 'no leader', isFull: false })
  expect(troubles.health()).toMatchObject({ ok: false, reason: 'out of storage' })
})

it('a session that waits for others is reported, and only for as long as it does', () => {
  const troubles = new Troubles(() => now)
  troubles.stalled('s', 'others write')
  troubles.worked(append)
  expect(troubles.health()).toEqual({ ok: false, reason: 'others write', failing: { append: 'others write' } })
  troubles.stalled('s', undefined)
  expect(troubles.health()).toEqual({ ok: true })
})

it.each([
  ['before', 0],
  ['long before', 11_000],
  ['after', -1],
])('a stream without an answer is called a full store where another node learned of one %s', (_when, later) => {
  const troubles = new Troubles(() => now)
  if (later >= 0) troubles.full('out of storage')
  now += Math.max(later, 0)
  const why = later > 10_000 ? 'no leader' : 'out of storage'
  const known = troubles.failed({ ...append, reason: 'no leader', isFull: false })
  troubles.failed({ operation: 'read', stream: 'a', reason: 'no leader', isFull: false })
  if (later < 0) troubles.full('out of storage')
  else expect(known).toBe(why)
  expect(troubles.health()).toMatchObject({ ok: false, failing: { append: why, read: 'no leader' } })
  troubles.worked(append)
  expect(troubles.health().failing).toEqual({ read: 'no leader' })
})
