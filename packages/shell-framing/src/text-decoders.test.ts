import fc from 'fast-check'
import { expect, it } from 'vitest'
import { TextDecoders } from './text-decoders.ts'

it('the text decoders gives the same text however the bytes are cut', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(fc.integer({ min: 1, max: 5 })), (text, steps) => {
      const bytes = new TextEncoder().encode(text)
      const decoders = new TextDecoders()
      let out = ''
      let at = 0
      for (let cut = 0; at < bytes.length; cut++) {
        const next = at + (steps[cut % Math.max(steps.length, 1)] ?? 3)
        out += decoders.decode(1, bytes.subarray(at, next))
        at = next
      }
      expect(out + decoders.flush(1)).toBe(new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes))
    }),
  )
})

/** Bytes that begin, continue and break characters. */
const byte = fc.oneof(
  fc.constantFrom(
    0x41,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf1,
    0xf4,
    0xf5,
    0xbb,
  ),
  fc.integer({ min: 0, max: 255 }),
)

it('the text decoders agree with a streaming decoder on bytes that are no UTF-8, and asked late or not at all', () => {
  const chunk = fc.tuple(fc.array(byte, { maxLength: 6 }), fc.boolean())
  fc.assert(
    fc.property(fc.array(chunk, { maxLength: 12 }), (chunks) => {
      const decoders = new TextDecoders()
      const judge = new TextDecoder('utf-8', { ignoreBOM: true })
      const late: (readonly [string, () => string])[] = []
      for (const [bytes, isAsked] of chunks) {
        const expected = judge.decode(Uint8Array.from(bytes), { stream: true })
        const text = decoders.textOf(1, Uint8Array.from(bytes))
        if (isAsked) late.push([expected, text])
      }
      for (const [expected, text] of late.reverse()) expect(text()).toBe(expected)
      expect(decoders.flush(1)).toBe(judge.decode())
    }),
    { numRuns: process.env['HOLDFAST_LONG'] === '1' ? 2_000 : 400 },
  )
})

it('the text decoders keeps the channels apart', () => {
  const decoders = new TextDecoders()
  const euro = new TextEncoder().encode('€')
  expect(decoders.decode(1, euro.subarray(0, 2))).toBe('')
  expect(decoders.decode(2, euro)).toBe('€')
  expect(decoders.decode(1, euro.subarray(2))).toBe('€')
})

it('the text decoders shows an unfinished character once the channel ends, and forgets it on reset', () => {
  const decoders = new TextDecoders()
  decoders.decode(1, new Uint8Array([0xe2, 0x82]))
  expect(decoders.flush(1)).toBe('\ufffd')
  decoders.decode(1, new Uint8Array([0xe2, 0x82]))
  decoders.reset()
  expect(decoders.decode(1, new Uint8Array([0x41]))).toBe('A')
})
