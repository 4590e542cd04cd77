import { describe, expect, it } from 'vitest'
import { eventHashOf } from './event-hash.ts'

describe('an event hash', () => {
  it('has hashes that differ for ids that differ', () => {
    const eventHashes = new Set(Array.from({ length: 10_000 }, (_, i) => eventHashOf(`event-${i}`)))
    expect(eventHashes.size).toBeGreaterThan(9_990)
    expect(eventHashOf('a')).not.toBe(eventHashOf('\u6100'))
    expect(eventHashOf('')).toMatch(/^[0-9a-f]{8}$/)
  })
})
