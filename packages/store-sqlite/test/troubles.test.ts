import type { Clock } from '@holdfast/contract'
import { expect, it } from 'vitest'
import { columnsOf } from '../src/append-columns.ts'
import { Troubles } from '../src/troubles.ts'

const FULL = Object.assign(new Error('database or disk is full'), { errcode: 13 })
const READ_ONLY = Object.assign(new Error('attempt to write a readonly database'), { errcode: 8 })
const APPEND = { op: 'append', input: { session: 's', appends: columnsOf([], []), now: 0 } } as const

function troubles() {
  let now = 0
  const clock: Clock = { now: () => now, epoch: () => now, after: () => ({ cancel: () => {} }) }
  const all = new Troubles(clock)
  return {
    all,
    pass: (ms: number) => {
      now += ms
    },
    /** What an append that fails makes it tell. */
    tells: (error: Error) => {
      all.failed(APPEND, error)
      return all.news().warnings?.map(({ message }) => message) ?? []
    },
  }
}

it('a disk that has room for some and not for others is reported once a minute, and is in health as it is', () => {
  const { all, pass, tells } = troubles()
  expect(tells(FULL)).toEqual([expect.stringContaining('no space is left')])
  for (let times = 0; times < 20; times++) {
    pass(2_000)
    all.appended()
    expect(all.news().troubles).toEqual({ append: undefined, read: undefined, damaged: [] })
    expect(tells(FULL)).toEqual([])
    expect(all.cannotAppendNow).toBe(true)
  }
  pass(60_000)
  expect(tells(FULL)).toEqual([expect.stringContaining('no space is left')])
})

it('a trouble with another cause is reported at once', () => {
  const { pass, tells } = troubles()
  tells(FULL)
  pass(1_000)
  expect(tells(READ_ONLY)).toEqual([expect.stringContaining('read-only')])
  expect(tells(READ_ONLY)).toEqual([])
})
