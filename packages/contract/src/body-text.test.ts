import { expect, it } from 'vitest'
import { bodyText, type ReadableBody } from './body-text.ts'

/** A body in these pieces, and whether it was cancelled. */
function bodyOf(...pieces: readonly Uint8Array[]): ReadableBody & { readonly isCancelled: boolean } {
  const rest = [...pieces]
  return {
    isCancelled: false,
    getReader() {
      return {
        read: async () => ({ done: rest.length === 0, value: rest.shift() }),
        cancel: async () => {
          Object.assign(this, { isCancelled: true })
          throw new Error('the connection is gone')
        },
      }
    },
  }
}

const euro = new TextEncoder().encode('€')

it('a character that two pieces of a body share is read whole', async () => {
  const body = bodyOf(euro.subarray(0, 1), euro.subarray(1))
  expect(await bodyText(body, 3)).toBe('€')
  expect(body.isCancelled).toBe(false)
})

it.each([
  ['bytes', 5, Infinity],
  ['characters', Infinity, 1],
])('a body with more %s than its bound is no text, and is cancelled', async (_what, maxBytes, maxChars) => {
  const body = bodyOf(euro, euro, euro)
  expect(await bodyText(body, maxBytes, maxChars)).toBeUndefined()
  expect(body.isCancelled).toBe(true)
})

it('a body whose end is missing has a mark in its place', async () => {
  expect(await bodyText(bodyOf(euro.subarray(0, 2)), 9)).toBe('\uFFFD')
})

it('a body that breaks rejects with its own error', async () => {
  const broken = new Error('cut')
  const read = (): Promise<never> => Promise.reject(broken)
  await expect(bodyText({ getReader: () => ({ read, cancel: read }) }, 9)).rejects.toBe(broken)
})
