import { OpenError } from '@holdfast/contract'
import { expect, it } from 'vitest'
import type { Cause } from '../client-protocol.ts'
import * as codes from './codes.ts'
import * as sentences from './sentences.ts'

const refused: Cause = { kind: 'dial', error: new OpenError('a secret', { syscallCode: 'ECONNREFUSED' }) }

const asSentences: typeof codes = sentences
const asCodes: typeof sentences = codes

it('states have the same words as sentences and as codes, of the same types', () => {
  expect(Object.keys(asCodes).sort()).toEqual(Object.keys(asSentences).sort())
})

it.each<[Cause, string]>([
  [refused, 'dial channel/open_failed'],
  [{ kind: 'close', code: 1006, reason: 'a secret', clean: false, phase: 'open' }, 'close 1006'],
  [{ kind: 'deadline', phase: 'dial' }, 'deadline dial'],
  [{ kind: 'liveness', rule: 'probe' }, 'liveness probe'],
  [{ kind: 'local', reason: 'drain' }, 'local drain'],
  [{ kind: 'dial', status: 401, error: undefined }, 'dial 401'],
  [{ kind: 'prepare', error: new TypeError('a secret') }, 'prepare TypeError'],
])('the cause %j is told by its kind and one code', (cause, words) => {
  expect(codes.describeCause(cause)).toBe(words)
})
