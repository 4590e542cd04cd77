import { describe, expect, it } from 'vitest'
import { anchorOf, EMPTY_ANCHOR, formatPosition, parsePosition } from './position.ts'

describe('position', () => {
  it('survives its text form', () => {
    for (const position of [
      { epoch: 'abc123', n: 0, anchor: EMPTY_ANCHOR },
      { epoch: 'z', n: 9_007_199_254_740_991, anchor: anchorOf('some id') },
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

  it('has anchors that differ for ids that differ', () => {
    const anchors = new Set(Array.from({ length: 10_000 }, (_, i) => anchorOf(`event-${i}`)))
    expect(anchors.size).toBeGreaterThan(9_990)
    expect(anchorOf('a')).not.toBe(anchorOf('\u6100'))
    expect(anchorOf('')).toMatch(/^[0-9a-f]{8}$/)
  })
})
