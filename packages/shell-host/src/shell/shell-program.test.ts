import { expect, it } from 'vitest'
import { InputQueue } from './shell-program.ts'

it('the input queue writes in order, one piece at a time, and reports to each sender what was taken', () => {
  const writes: { bytes: string; written: () => void }[] = []
  let ended = false
  const process = {
    write: (bytes: Uint8Array, written: () => void) =>
      void writes.push({ bytes: Buffer.from(bytes).toString(), written }),
    endInput: () => {
      ended = true
    },
  }
  const queue = new InputQueue(process, 1000)
  const taken: string[] = []
  queue.push(Buffer.from('ab'), (count) => taken.push(`first ${count}`))
  queue.push(Buffer.from('c'), (count) => taken.push(`second ${count}`))
  queue.end()
  expect(writes.map(({ bytes }) => bytes)).toEqual(['ab'])
  writes[0]?.written()
  expect(taken).toEqual(['first 2'])
  expect(ended).toBe(false)
  writes[1]?.written()
  expect(taken).toEqual(['first 2', 'second 1'])
  expect(ended).toBe(true)
})

it('the input queue is full at its bound, whether by large pieces or by many small ones, and reports when there is room', () => {
  const written: (() => void)[] = []
  const process = { write: (_bytes: Uint8Array, done: () => void) => void written.push(done), endInput: () => {} }
  const queue = new InputQueue(process, 10_000)
  let pushed = 0
  for (; !queue.isFull; pushed++) queue.push(new Uint8Array(1), () => {})
  expect(pushed).toBeLessThan(200)
  let room = false
  queue.whenRoom(() => {
    room = true
  })
  for (let index = 0; index < pushed && !room; index++) written[index]?.()
  expect(room).toBe(true)
})

it('the input queue takes a flood of single bytes without deep recursion', () => {
  let bytes = 0
  const held: (() => void)[] = []
  const process = {
    write: (piece: Uint8Array, written: () => void) => {
      bytes += piece.length
      if (bytes === 1) held.push(written)
      else written()
    },
    endInput: () => {},
  }
  const queue = new InputQueue(process, 100_000_000)
  for (let index = 0; index < 10_000; index++) queue.push(new Uint8Array(1), () => {})
  held[0]?.()
  expect(bytes).toBe(10_000)
})
