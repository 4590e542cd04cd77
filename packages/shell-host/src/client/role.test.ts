import { expect, it } from 'vitest'
import { roleOf } from './role.ts'

const MAY = { write: true, takeover: true }

it('a client that may write is the writer of a shell without a writer, and one that may not watches', () => {
  expect(roleOf({ target: {}, permissions: MAY }, false)).toBe('writer')
  expect(roleOf({ target: { onConflict: 'fail' }, permissions: MAY }, false)).toBe('writer')
  expect(roleOf({ target: { observe: true }, permissions: MAY }, false)).toBe('observer')
  expect(roleOf({ target: {}, permissions: { write: false, takeover: true } }, false)).toBe('observer')
})

it('a new client takes a shell over from its writer only if it asks for that and may', () => {
  expect(roleOf({ target: {}, permissions: MAY }, true)).toBe('writer')
  expect(roleOf({ target: { onConflict: 'observe' }, permissions: MAY }, true)).toBe('observer')
  expect(roleOf({ target: { onConflict: 'fail' }, permissions: MAY }, true)).toBe('conflict')
  expect(roleOf({ target: {}, permissions: { write: true, takeover: false } }, true)).toBe('observer')
})
