import { readFileSync } from 'node:fs'
import { OpenError } from '@holdfast/core'
import { expect, it } from 'vitest'
import { EXIT, EXIT_HELP } from '../exit-codes.ts'
import { evidenceIn, isMistake, REFUSALS, refusalIn, refusalOf } from './refusals.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const ENDPOINT = { url: 'http://hub.example', token: 't' }

/** Rows of a table: exit code and what it means, without the marks of code. */
function rowsOf(text: string, row: RegExp): readonly (readonly [number, string])[] {
  return [...text.matchAll(row)].map(([, code, meaning = '']) => [Number(code), meaning.replaceAll('`', '').trim()])
}

it('the README and --help have every exit code, in the same words', () => {
  const help = rowsOf(EXIT_HELP, /^ {2}(\d+) +(.+)$/gm)
  expect(rowsOf(README, /^\| (\d+) \| ([^|]+) \|$/gm)).toEqual(help)
  expect(help.map(([code]) => code)).toEqual(Object.values(EXIT))
})

it('every kind of refusal has an exit code of its own, except that a token is missing, wrong or not enough', () => {
  const codes = Object.values(REFUSALS).map(({ exitCode }) => exitCode)
  expect(codes.filter((code) => code === EXIT.refused)).toHaveLength(3)
  const others = codes.filter((code) => code !== EXIT.refused)
  expect(new Set(others).size).toBe(others.length)
})

it.each([
  [{ status: 404, body: '<h1>nginx</h1>' }, EXIT.notGateway, 'is not a gateway (HTTP 404)'],
  [{ status: 502, body: '' }, EXIT.unreachable, 'The gateway behind http://hub.example does not answer (502)'],
  [{ status: 307, redirectHost: 'other.example' }, EXIT.notGateway, 'redirects to other.example'],
  [{ status: 429, said: 'Too many wrong tokens from one address.' }, EXIT.full, 'Try again in a while.'],
  [{ systemCode: 'CERT_HAS_EXPIRED' }, EXIT.untrusted, 'has expired'],
  [{ systemCode: 'HPE_INVALID_CONSTANT' }, EXIT.notGateway, 'does not speak HTTP'],
  [{ systemCode: 'ENOTFOUND' }, EXIT.unreachable, 'the name is not known'],
  [{ isLate: true }, EXIT.unreachable, 'did not answer in time'],
  [{ closeCode: 4409, said: 'The session has a lead.' }, EXIT.taken, 'The session has a lead. Try: '],
  [{ closeCode: 4408, said: 'It drains' }, EXIT.full, 'answers: It drains. Try again'],
] as const)('a refusal that shows %j ends with exit code %i and its cause', (evidence, exitCode, words) => {
  const refusal = refusalOf(evidence, ENDPOINT, { next: 'ls' })
  expect([refusal.exitCode, refusal.message]).toEqual([exitCode, expect.stringContaining(words)])
})

it('a sentence of the gateway is shown without what could drive the terminal', () => {
  expect(refusalOf({ closeCode: 4404, said: 'No\u001B[2Jthing' }, ENDPOINT).message).toBe('Nothing.')
})

it('evidence is found below whatever an error was wrapped in, several addresses included', () => {
  const opened = new OpenError('refused', { syscallCode: 'ECONNREFUSED' })
  expect(evidenceIn(new Error('outer', { cause: opened })).systemCode).toBe('ECONNREFUSED')
  const both = Object.assign(new AggregateError([Object.assign(new Error('a'), { code: 'ECONNRESET' })]), {})
  expect(evidenceIn(new TypeError('fetch failed', { cause: both })).systemCode).toBe('ECONNRESET')
  expect(refusalIn(new DOMException('late', 'TimeoutError'), ENDPOINT).message).toContain('did not answer in time')
})

it('a first connection ends at once only for a refusal that waiting cannot cure', () => {
  const mistakes = [{ status: 200 }, { systemCode: 'EPROTO' }, { systemCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' }]
  const weather = [{ status: 503, said: 'full' }, { systemCode: 'ECONNREFUSED' }, { status: 502 }, { isLate: true }]
  expect(mistakes.map((shown) => isMistake(shown, ENDPOINT))).toEqual([true, true, true])
  expect(weather.map((shown) => isMistake(shown, ENDPOINT))).toEqual([false, false, false, false])
})
