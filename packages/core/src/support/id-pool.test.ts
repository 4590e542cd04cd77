import { expect, it } from 'vitest'
import { IdPool } from './id-pool.ts'

it('a pool of ids gives numbers from 1 as text, and reuses a freed one as late as possible', () => {
  const ids = new IdPool(3)
  expect([ids.take(), ids.take()]).toEqual(['1', '2'])
  ids.free('1')
  expect([ids.take(), ids.take()]).toEqual(['3', '1'])
  expect(() => ids.take()).toThrow(expect.objectContaining({ code: 'delivery/overflow' }))
  ids.free('2')
  ids.free('17')
  expect(ids.take()).toBe('2')
})

it('an id is in use for as long as what it is for, whatever that comes to', async () => {
  const ids = new IdPool(1)
  let resolve = (_: string): void => {}
  const first = ids.during((id) => new Promise<string>((settle) => (resolve = (text) => settle(text + id))))
  await expect(ids.during(async (id) => id)).rejects.toMatchObject({ code: 'delivery/overflow' })
  resolve('id ')
  expect(await first).toBe('id 1')
  await expect(ids.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(await ids.during(async (id) => id)).toBe('1')
})
