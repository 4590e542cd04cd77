import { seededRandom } from '@holdfast/testkit'
import { describe, expect, it } from 'vitest'
import { addresses } from './addresses.ts'

const [A, B, C] = ['wss://a/', 'wss://b/', 'wss://c/']

describe('several addresses', () => {
  it('are tried in the given order, one an attempt, and an outage begins with the one that worked', () => {
    const target = addresses([A, B, C])
    expect([1, 2, 3, 4, 5].map((attempt) => target({ attempt }))).toEqual([A, B, C, A, B])
    expect([1, 1, 2].map((attempt) => target({ attempt }))).toEqual([B, B, C])
  })

  it('are shuffled once where that was asked for, and each is tried before one is tried again', () => {
    const firsts = new Set<string>()
    for (let seed = 0; seed < 50; seed += 1) {
      const target = addresses([A, B, C], { order: 'random', random: seededRandom(seed) })
      const round = [1, 2, 3].map((attempt) => target({ attempt }))
      expect(new Set(round)).toEqual(new Set([A, B, C]))
      expect(target({ attempt: 4 })).toBe(round[0])
      firsts.add(round[0] ?? '')
    }
    expect(firsts.size).toBe(3)
  })

  it('of a server that leaves are left for the next at once', () => {
    const target = addresses([A, B])
    target({ attempt: 1 })
    target.skip()
    expect([1, 1].map((attempt) => target({ attempt }))).toEqual([B, B])
  })

  it('that the server names are tried behind the given ones, in place of earlier ones', () => {
    const target = addresses([A, B])
    expect(target({ attempt: 1 })).toBe(A)
    expect(target.learn(['wss://x/', B, 'wss://y/'])).toBe(2)
    expect([2, 3, 4, 5].map((attempt) => target({ attempt }))).toEqual([B, 'wss://x/', 'wss://y/', A])
    expect(target.learn(['wss://z/'])).toBe(1)
    expect(target.list).toEqual([A, B, 'wss://z/'])
    expect([1, 2, 3].map((attempt) => target({ attempt }))).toEqual([A, B, 'wss://z/'])
  })

  it('keep the one in use, also when the server no longer names it', () => {
    const target = addresses([A])
    target.learn(['wss://x/'])
    expect([1, 2].map((attempt) => target({ attempt }))).toEqual([A, 'wss://x/'])
    target.learn(['wss://y/'])
    expect([1, 2, 3].map((attempt) => target({ attempt }))).toEqual(['wss://x/', A, 'wss://y/'])
  })

  it('less safe than the one in use are not taken from the server, and no more than a hundred are', () => {
    expect(addresses([A]).learn(['ws://x/', 'http://x/', 'https://x/'])).toBe(1)
    expect(addresses(['ws://a/']).learn(['ws://x/'])).toBe(1)
    expect(addresses([A]).learn(Array.from({ length: 500 }, (_, n) => `wss://x${n}/`))).toBe(100)
  })

  it('may be targets with subprotocols', () => {
    const target = addresses([{ url: A, protocols: ['v1'] }, { url: B }])
    expect(target({ attempt: 1 })).toEqual({ url: A, protocols: ['v1'] })
  })

  it('are at least one', () => {
    expect(() => addresses([])).toThrow(expect.objectContaining({ code: 'connection/invalid_option' }))
  })
})
