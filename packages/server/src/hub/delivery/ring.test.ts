import { expect, it } from 'vitest'
import { liveHeap } from '../../../../log/test/live-heap.ts'
import { Delivery, Ring } from './delivery.ts'

const MIB = 1024 * 1024

/** A broadcast of about `bytes`, of which every text was made that clients get. */
function delivery(n: number, bytes: number): Delivery {
  const content = String.fromCharCode(97 + (n % 26)).repeat(bytes)
  const payload = { t: 'event', event: 'message', data: JSON.parse(JSON.stringify({ content })), category: 'message' }
  const made = new Delivery('s1', { n, id: `e${n}`, kind: 'event', at: n, payload })
  // As it is written to a socket: one flat text each.
  for (const text of [made.plain, made.stamped(n - 1, false)]) Buffer.from(text)
  return made
}

it.each([
  ['large events, fewer than its count', 300, 100_000],
  ['small events, many times its count', 20_000, 200],
])('a ring of 1 MiB holds at most 2 MiB of live heap: %s', (_what, count, bytes) => {
  const fill = (ring: Ring): void => {
    for (let n = 1; n <= count; n++) {
      const one = delivery(n, bytes)
      ring.push(one, one.size)
    }
  }
  // Once for what the runtime itself keeps: compiled code, shapes of objects.
  fill(new Ring(1_000, MIB))
  const ring = new Ring(1_000, MIB)
  const before = liveHeap()
  fill(ring)
  const held = liveHeap() - before
  expect(ring.get(count)?.n).toBe(count)
  expect(held).toBeLessThan(2 * MIB)
})

it('a ring gives what is in it by number, and nothing else', () => {
  const ring = new Ring(3, MIB)
  for (let n = 5; n <= 9; n++) ring.push(delivery(n, 10), 10)
  expect([4, 5, 6, 7, 8, 9, 10].map((n) => ring.get(n)?.n)).toEqual([
    undefined,
    undefined,
    undefined,
    7,
    8,
    9,
    undefined,
  ])
})

it('a hole in the numbers empties a ring: what is behind it is not continued', () => {
  const ring = new Ring(3, MIB)
  ring.push(delivery(1, 10), 10)
  ring.push(delivery(3, 10), 10)
  expect([1, 2, 3].map((n) => ring.get(n)?.n)).toEqual([undefined, undefined, 3])
})
