import fc from 'fast-check'
import { expect, it } from 'vitest'
import { formatHubPosition, hubMessageId, parseHubPosition, readHubStamp } from './resume.ts'

it('writes positions that it reads', () => {
  const position = fc.record(
    {
      epoch: fc.stringMatching(/^[\w-]{1,64}$/),
      seq: fc.maxSafeNat(),
      anchor: fc.stringMatching(/^[\w-]{1,64}$/),
    },
    { requiredKeys: ['epoch', 'seq'] },
  )
  fc.assert(
    fc.property(position, (p) => {
      expect(parseHubPosition(formatHubPosition(p))).toEqual(p)
    }),
  )
})

it.each(['', 'e', 'e.1', 'e.-1.a', 'e.01.a', 'e.1.5.a', '.1.a', 'e.9007199254740993.a', 'e.1.a.b', 'e.1.a\n', 'ü.1.a'])(
  'takes %j for no position',
  (text) => {
    expect(parseHubPosition(text)).toBeUndefined()
  },
)

it('reads a stamp only where it is well formed', () => {
  expect(readHubStamp({ type: 'x', seq: 3, prev: 1, anchor: 'a' })).toEqual({ seq: 3, prev: 1, anchor: 'a' })
  expect(readHubStamp({ seq: 0 })).toEqual({ seq: 0 })
  for (const bad of [{}, { seq: '3' }, { seq: -1 }, { seq: 1.5 }, { seq: 1, prev: null }]) {
    expect(readHubStamp(bad)).toBeUndefined()
  }
})

it('prefers the message id to the request id', () => {
  expect(hubMessageId({ mid: 'm', id: 'r' })).toBe('m')
  expect(hubMessageId({ id: 'r' })).toBe('r')
  expect(hubMessageId({})).toBeUndefined()
})
