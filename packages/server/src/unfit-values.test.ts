import { knownIn, type Shape } from '@holdfast/contract/shape'
import { expect, it } from 'vitest'
import { grantRecordKinds } from './generated/checks.ts'
import { fittingPart, unfitLogger } from './unfit-values.ts'

it('a record of a kind that is not known is skipped, a damaged one is reported', () => {
  const issues: string[] = []
  const read = (payload: unknown) =>
    knownIn(grantRecordKinds, payload, (issue, n) => void issues.push(`event ${n}: record${issue}`), 7)
  expect([read(null), read([]), read({ t: 'later' }), read({ t: 7 })]).toEqual(Array(4).fill(undefined))
  expect(issues).toEqual([])
  expect(read({ t: 'revoked', id: 'g' })).toEqual({ t: 'revoked', id: 'g' })
  expect(read({ t: 'revoked', id: null })).toBeUndefined()
  expect(read({ t: 'grant', grant: { id: 'g' } })).toBeUndefined()
  expect(issues).toEqual([
    'event 7: record(revoked).id: expected string, got null',
    'event 7: record(grant).grant.by: expected string, got undefined',
  ])
})

it('a stored part with a missing member is dropped, and nothing else', () => {
  const isText = (value: unknown): boolean => typeof value === 'string'
  const shape: Shape<{ readonly name?: string; readonly parts: readonly { readonly id: string }[] }> = (value) => {
    const { name, parts }: { readonly name?: unknown; readonly parts?: unknown } = Object(value)
    if (name !== undefined && !isText(name)) return '.name: expected string, got number'
    if (!Array.isArray(parts)) return '.parts: expected array, got undefined'
    const at = parts.findIndex((part) => !isText(Object(part).id))
    return at === -1 ? undefined : `.parts[${at}].id: expected string, got undefined`
  }
  const stored = { name: 7, parts: [{ id: 'a' }, {}, { id: 'b' }] }
  expect(fittingPart(shape, stored)).toEqual({ parts: [{ id: 'a' }, { id: 'b' }] })
  expect(stored.parts).toHaveLength(3)
  expect(fittingPart(shape, { name: 'x' })).toBeUndefined()
  expect(fittingPart(shape, null)).toBeUndefined()
})

it('only the first ones of a session are logged', () => {
  const lines: unknown[] = []
  const note = (_message: string, fields?: object): void => void lines.push(fields)
  const unfit = unfitLogger({ debug: note, info: note, warn: note, error: note }, 's')
  for (let i = 0; i < 50; i++) unfit(`issue ${i}`, i)
  expect(lines).toHaveLength(10)
  expect(lines[0]).toEqual({ session: 's', where: 'event 0', issue: 'issue 0' })
})
