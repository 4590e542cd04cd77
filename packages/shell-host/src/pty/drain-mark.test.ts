import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DrainMark } from './drain-mark.ts'

const MARK = Buffer.from('11213')

it('the drain mark gives back everything before the mark and nothing after it, however the stream is cut', () => {
  const text = fc
    .string({ unit: fc.constantFrom('1', '2', '3', 'x'), maxLength: 40 })
    .filter((s) => !s.includes('11213'))
  fc.assert(
    fc.property(text, text, fc.integer({ min: 1, max: 7 }), (before, after, step) => {
      const stream = Buffer.from(before + MARK.toString() + after)
      const expected = stream.subarray(0, stream.indexOf(MARK)).toString()
      const drain = new DrainMark(MARK)
      let out = ''
      for (let at = 0; at < stream.length; at += step) {
        const { before: piece, found } = drain.feed(stream.subarray(at, at + step))
        out += Buffer.from(piece).toString()
        if (found) break
      }
      expect(out).toBe(expected)
    }),
  )
})

it('the drain mark gives up what it held back in vain', () => {
  const drain = new DrainMark(MARK)
  expect(Buffer.from(drain.feed(Buffer.from('x112')).before).toString()).toBe('x')
  expect(Buffer.from(drain.rest()).toString()).toBe('112')
})
