import fc from 'fast-check'
import { expect, it } from 'vitest'
import { RingBuffer } from './ring-buffer.ts'

function content(ring: RingBuffer, from: number = ring.start): Uint8Array {
  const bytes = new Uint8Array(ring.end - from)
  expect(ring.copy(from, bytes)).toBe(bytes.length)
  return bytes
}

it('the ring buffer keeps the newest bytes at their absolute offsets, however they come', () => {
  const pieces = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 30 })
  fc.assert(
    fc.property(pieces, fc.integer({ min: 1, max: 500 }), fc.boolean(), (chunks, capacity, compact) => {
      const ring = new RingBuffer(capacity)
      for (const chunk of chunks) ring.append(chunk)
      if (compact) ring.compact()
      const all = Buffer.concat(chunks)
      expect(ring.end).toBe(all.length)
      expect(ring.start).toBe(Math.max(0, all.length - capacity))
      expect(Buffer.from(content(ring))).toEqual(all.subarray(ring.start))
    }),
  )
})

it('the ring buffer grows on demand and never beyond its capacity', () => {
  const ring = new RingBuffer(262_144)
  expect(ring.allocatedBytes).toBe(16_384)
  for (let index = 0; index < 100; index++) ring.append(new Uint8Array(65_536).fill(index))
  expect(ring.allocatedBytes).toBe(262_144)
  expect(content(ring, ring.end - 1)).toEqual(new Uint8Array([99]))
})

it('the ring buffer replays exactly what is missing while it is there', () => {
  const ring = new RingBuffer(100)
  ring.append(Buffer.from('abc\ndef'))
  expect([0, 5, 7, 99].map((offset) => ring.replayFrom(offset))).toEqual([0, 5, 7, 7])
})

it('the ring buffer begins a cut replay after a newline, else at a whole character', () => {
  const ring = new RingBuffer(10)
  ring.append(Buffer.from('0123456789abc\ndefghi'))
  expect(Buffer.from(content(ring, ring.replayFrom(0))).toString()).toBe('defghi')
  const dense = new RingBuffer(10)
  dense.append(Buffer.from('€€€€€€'))
  expect(Buffer.from(content(dense, dense.replayFrom(0))).toString()).toBe('€€€')
})
