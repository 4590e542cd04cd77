import fc from 'fast-check'
import { expect, it } from 'vitest'
import { hubResumeOffer } from './generated/checks.ts'
import {
  formatHubPosition,
  hubMessageId,
  isGivenHubId,
  parseHubPosition,
  readHubNumber,
  readHubStamp,
} from './resume.ts'

it('the resume extension writes positions that it reads', () => {
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
  'the resume extension takes %j for no position',
  (text) => {
    expect(parseHubPosition(text)).toBeUndefined()
  },
)

it('the resume extension reads a stamp only where it is well formed', () => {
  expect(readHubStamp({ type: 'x', seq: 3, prev: 1, anchor: 'a' })).toEqual({ seq: 3, prev: 1, anchor: 'a' })
  expect(readHubStamp({ seq: 0 })).toEqual({ seq: 0 })
  for (const bad of [{}, { seq: '3' }, { seq: -1 }, { seq: 1.5 }, { seq: 1, prev: null }]) {
    expect(readHubStamp(bad)).toBeUndefined()
  }
})

it('the resume extension prefers the message id to the request id', () => {
  expect(hubMessageId({ mid: 'm', id: 'r' })).toBe('m')
  expect(hubMessageId({ id: 'r' })).toBe('r')
  expect(hubMessageId({})).toBeUndefined()
})

it('the resume extension reads numbers only where they are well formed', () => {
  expect(readHubNumber({ type: 'event', n: 3, done: 1 })).toEqual({ n: 3, done: 1 })
  for (const bad of [{}, { n: 3 }, { n: 0, done: 0 }, { n: 1, done: 1 }, { n: '3', done: 0 }, { n: 1.5, done: 0 }]) {
    expect(readHubNumber(bad)).toBeUndefined()
  }
})

it('the resume extension takes offers of both versions, and its other members', () => {
  const offer = { v: 1, epoch: 'e', seq: 0, resumed: false }
  expect(hubResumeOffer(offer)).toBeUndefined()
  const sender = { known: true, highest: 3, answersFrom: 2 }
  expect(hubResumeOffer({ ...offer, v: 2, sender, limits: { maxFrameBytes: 10, somethingElse: 'x' } })).toBeUndefined()
  expect(hubResumeOffer({ ...offer, v: 3 })).toBeDefined()
  expect(hubResumeOffer({ ...offer, v: 2, sender: { known: true } })).toBeDefined()
})

it('the resume extension distinguishes ids of clients from those of applications', () => {
  for (const id of ['1a2b3c4d.1', 'z.20']) expect(isGivenHubId(id)).toBe(true)
  for (const id of ['L-1', 'job.one', '1a2b3c4d5.1', '1a2b3c4d.', 'A.1', 'x 1a2b.1'])
    expect(isGivenHubId(id)).toBe(false)
})
