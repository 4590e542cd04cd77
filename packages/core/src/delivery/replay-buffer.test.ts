import { describe, expect, it } from 'vitest'
import { ReplayBuffer } from './replay-buffer.ts'

const bounds = { maxCount: 3, maxBytes: 10 }

describe('a replay buffer', () => {
  it('numbers what it keeps, from the given start', () => {
    const buffer = new ReplayBuffer<string>(bounds, 7)
    expect([buffer.add('a', 1), buffer.add('b', 1)]).toEqual([8, 9])
    expect(buffer).toMatchObject({ first: 8, last: 9, count: 2, bytes: 2 })
  })

  it('refuses what does not fit, by count or by bytes, and uses no number for it', () => {
    const buffer = new ReplayBuffer<string>(bounds)
    expect(buffer.add('big', 11)).toBeUndefined()
    for (const item of ['a', 'b', 'c']) buffer.add(item, 1)
    expect(buffer.add('d', 1)).toBeUndefined()
    buffer.ack(1)
    expect(buffer.add('d', 1)).toBe(4)
  })

  it('replays what comes after a number, and says when part of that is gone', () => {
    const buffer = new ReplayBuffer<string>(bounds)
    for (const item of ['a', 'b', 'c', 'd']) buffer.push(item, 1)
    expect(buffer.after(1)?.map(({ seq, item }) => `${seq}${item}`)).toEqual(['2b', '3c', '4d'])
    expect(buffer.after(4)).toEqual([])
    expect(buffer.after(0)).toBeUndefined()
    expect(buffer.after(5)).toBeUndefined()
  })

  it('pushes at the cost of the oldest, within both bounds', () => {
    const buffer = new ReplayBuffer<string>(bounds)
    buffer.push('a', 6)
    buffer.push('b', 6)
    expect(buffer).toMatchObject({ first: 2, last: 2, bytes: 6 })
    buffer.push('too big for all', 11)
    expect(buffer).toMatchObject({ first: 4, last: 3, count: 0, bytes: 0 })
  })

  it('frees what the other side has, and nothing twice', () => {
    const buffer = new ReplayBuffer<string>(bounds)
    for (const item of ['a', 'b', 'c']) buffer.add(item, 2)
    buffer.ack(2)
    buffer.ack(1)
    expect(buffer).toMatchObject({ first: 3, count: 1, bytes: 2 })
    buffer.ack(99)
    expect(buffer).toMatchObject({ first: 4, count: 0, bytes: 0 })
  })
})
