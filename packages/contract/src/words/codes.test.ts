import { expect, it } from 'vitest'
import * as codes from './codes.ts'
import * as sentences from './sentences.ts'

const asSentences: typeof codes = sentences
const asCodes: typeof sentences = codes

it('errors have the same words as sentences and as codes, of the same types', () => {
  expect(Object.keys(asCodes).sort()).toEqual(Object.keys(asSentences).sort())
  expect([asSentences.SENTENCES, asCodes.SENTENCES]).toEqual([true, false])
})

it('an error in codes has its code, what is known beside it, and a link', () => {
  expect(codes.messageOf('area/reason', 'retry.jitter')).toMatch(
    /^area\/reason \(retry\.jitter\): https:\/\/\S+\/errors\.md$/,
  )
  expect(codes.messageOf('area/reason', false)).toMatch(/^area\/reason: https:\/\/\S+$/)
  expect(codes.messageOf('area/reason', '')).toBe(codes.messageOf('area/reason', false))
})

it('an error in sentences has its sentence alone', () => {
  expect(sentences.messageOf('area/reason', 'What happened.')).toBe('What happened.')
})
