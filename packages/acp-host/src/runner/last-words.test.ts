import { expect, it } from 'vitest'
import { lastWords, redacted } from './last-words.ts'

it.each([
  ['Authorization: Bearer abcdefghijkl', 'abcdefghijkl'],
  ['OPENAI_API_KEY=sk-abcdefghijklmnop', 'abcdefghijklmnop'],
  ['"token": "0123456789"', '0123456789'],
  ['https://ann:geheim@host/path', 'geheim'],
  ['eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc', 'eyJzdWIi'],
])('the last output of an agent, %s, is shown without its secret', (text, secret) => {
  expect(redacted(text)).not.toContain(secret)
  expect(redacted(text)).toContain('***')
})

it('the last output of an agent is shown where the operator allows it', () => {
  const config = { name: 'a', command: ['a'], folders: ['/'] }
  const end = { code: 3, signal: null, stderr: 'no model\n' }
  expect(lastWords(config, end, 12_400, undefined)).toBe('exited 3 after 12 s')
  expect(lastWords({ ...config, showsStderr: true }, end, 12_400, undefined)).toBe(
    'exited 3 after 12 s, last words: no model',
  )
  expect(lastWords(config, { ...end, code: null, signal: 'SIGKILL' }, 0, 'It wrote rubbish.')).toBe(
    'It wrote rubbish. It ended by SIGKILL after 0 s',
  )
})
