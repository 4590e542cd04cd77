import { describe, expect, it } from 'vitest'
import { EMPTY_EVENT_HASH, eventHashOf, formatPosition, parsePosition } from './position.ts'

describe('position', () => {
  it('survives its text form', () => {
    for (const position of [
      { epoch: 'abc123', n: 0, eventHash: EMPTY_EVENT_HASH },
      { epoch: 'z', n: 9_007_199_254_740_991, eventHash: eventHashOf('some id') },
    ]) {
      expect(parsePosition(formatPosition(position))).toEqual(position)
    }
  })

  it('is not read from anything else', () => {
    for (const text of [
      '',
      '1',
      'a.1',
      'a.-1.00000000',
      'a.01.00000000',
      'a.1.0000000',
      'A.1.00000000',
      'a.1.0000000g',
    ]) {
      expect(parsePosition(text)).toBeNull()
    }
    expect(parsePosition('a.9007199254740992.00000000')).toBeNull()
  })

  it('has hashes that differ for ids that differ', () => {
    const eventHashes = new Set(Array.from({ length: 10_000 }, (_, i) => eventHashOf(`event-${i}`)))
    expect(eventHashes.size).toBeGreaterThan(9_990)
    expect(eventHashOf('a')).not.toBe(eventHashOf('\u6100'))
    expect(eventHashOf('')).toMatch(/^[0-9a-f]{8}$/)
  })
})
