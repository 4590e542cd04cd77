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
