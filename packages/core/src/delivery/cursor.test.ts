import { describe, expect, it } from 'vitest'
import { Cursor } from './cursor.ts'

const at = (seq: number, epoch = 'a') => new Cursor({ epoch, seq })

describe('a cursor', () => {
  it('takes the next number, drops what it has seen, and reports every hole once', () => {
    const cursor = at(0)
    expect(cursor.take(1)).toEqual({ kind: 'next' })
    expect(cursor.take(1)).toEqual({ kind: 'duplicate' })
    expect(cursor.take(4)).toEqual({ kind: 'gap', gap: { from: 2, to: 3, reason: 'missing' } })
    expect(cursor.take(3)).toEqual({ kind: 'duplicate' })
    expect(cursor.take(5)).toEqual({ kind: 'next' })
    expect(cursor).toMatchObject({ duplicates: 2, gaps: 1, position: { epoch: 'a', seq: 5 } })
  })

  it('keeps the event hash of the last number only', () => {
    const cursor = at(0)
    cursor.take(1, { eventHash: 'x' })
    expect(cursor.position).toEqual({ epoch: 'a', seq: 1, eventHash: 'x' })
    cursor.take(2)
    expect(cursor.position?.eventHash).toBeUndefined()
  })

  it('follows a filtered stream by what was sent before', () => {
    const cursor = at(3)
    expect(cursor.take(9, { previous: 3 })).toEqual({ kind: 'next' })
    expect(cursor.take(20, { previous: 15 })).toMatchObject({ kind: 'gap' })
  })

  it('marks what a filter held back, forwards only', () => {
    const cursor = at(3)
    cursor.mark(8)
    cursor.mark(5)
    expect(cursor.position?.seq).toBe(8)
    expect(cursor.take(9)).toEqual({ kind: 'next' })
  })

  it('reports the hole that a new history or a jump leaves', () => {
    const cursor = new Cursor()
    expect(cursor.adopt({ epoch: 'a', seq: 4 })).toBeUndefined()
    expect(cursor.adopt({ epoch: 'a', seq: 4 })).toBeUndefined()
    expect(cursor.adopt({ epoch: 'a', seq: 7 })).toEqual({ from: 5, to: 7, reason: 'skipped' })
    expect(cursor.adopt({ epoch: 'b', seq: 2 })).toEqual({ from: 8, reason: 'epoch' })
    expect(cursor.take(3)).toEqual({ kind: 'next' })
  })

  it('cannot take a number before it has a position', () => {
    expect(() => new Cursor().take(1)).toThrow(RangeError)
  })
})
