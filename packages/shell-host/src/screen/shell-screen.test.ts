import { expect, it } from 'vitest'
import { BATCH_BYTES, BatchBuffers } from './batch-buffers.ts'
import { OutputBatch } from './shell-screen.ts'

const filled = (length: number, value: number): Uint8Array => new Uint8Array(length).fill(value)

it('a batch of output is what was added, cut where a batch ends', () => {
  const batch = new OutputBatch(new BatchBuffers())
  const all = Uint8Array.from({ length: BATCH_BYTES + 500 }, (_, at) => at % 251)
  const batches: Uint8Array[] = []
  for (let at = 0; at < all.length; ) {
    at += batch.add(all.subarray(at, at + 700))
    if (batch.isFull) batches.push(batch.take() ?? filled(0, 0))
  }
  batches.push(batch.take() ?? filled(0, 0))
  expect(batches.map(({ length }) => length)).toEqual([BATCH_BYTES, 500])
  expect(Buffer.concat(batches).equals(all)).toBe(true)
  expect(batch.take()).toBeUndefined()
})

it('a batch keeps what it was given when that is read into again', () => {
  const batch = new OutputBatch(new BatchBuffers())
  const chunk = filled(3, 1)
  batch.add(chunk)
  chunk.fill(9)
  expect([...(batch.take() ?? [])]).toEqual([1, 1, 1])
})

it('a batch with an echo in it takes a kibibyte, and a large one memory that came back', () => {
  const buffers = new BatchBuffers()
  const batch = new OutputBatch(buffers)
  batch.add(filled(1, 1))
  expect(batch.take()?.buffer.byteLength).toBe(1_024)
  const used = new ArrayBuffer(BATCH_BYTES)
  buffers.giveBack(used)
  batch.add(filled(1_000, 1))
  batch.add(filled(1_000, 2))
  const bytes = batch.take()
  expect(bytes?.buffer).toBe(used)
  expect([bytes?.length, bytes?.[999], bytes?.[1_000]]).toEqual([2_000, 1, 2])
})

it('four buffers of batches wait to be used again, and no small ones', () => {
  const buffers = new BatchBuffers()
  const given = Array.from({ length: 6 }, () => new ArrayBuffer(BATCH_BYTES))
  for (const buffer of [...given, new ArrayBuffer(8)]) buffers.giveBack(buffer)
  const taken = Array.from({ length: 6 }, () => buffers.take().buffer)
  expect(taken.filter((buffer) => given.includes(buffer))).toHaveLength(4)
  expect(taken.every(({ byteLength }) => byteLength === BATCH_BYTES)).toBe(true)
})
