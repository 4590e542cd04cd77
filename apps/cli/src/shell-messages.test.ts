import { OpenError, peerWord } from '@holdfast/contract'
import { ShellSessionError } from '@holdfast/shell'
import { expect, it } from 'vitest'
import { endingWords, exitCodeOf, refusalOfShell } from './shell-messages.ts'

const OPTIONS = { url: 'http://a', token: 't', detachKeys: 'ctrl-]' }

function refused(status: number, message?: string): OpenError {
  const body = message === undefined ? undefined : JSON.stringify({ error: { code: 'shell/x', message } })
  return new OpenError(`answered with ${status}`, { status, body, word: peerWord(body) })
}

it('a server that answered is not reported as one that could not be reached', () => {
  const cause = refused(503, 'This server runs 100 shells already.')
  const full = refusalOfShell(new ShellSessionError('shell/unreachable', 'It was not attached.', { cause }), OPTIONS)
  expect([full.message, full.exitCode]).toEqual([
    'http://a answers: This server runs 100 shells already. Try again in a while.',
    8,
  ])
  const silent = refusalOfShell(new ShellSessionError('shell/unreachable', 'It was not attached.'), OPTIONS)
  expect([silent.message, silent.exitCode]).toEqual([expect.stringContaining('could not be reached'), 7])
})

it("a refusal of the server is shown in the server's words", () => {
  const cause = refused(403, 'The variable "LD_PRELOAD" may not be set by a client.')
  const told = refusalOfShell(new ShellSessionError('shell/forbidden', 'HTTP 403', { cause }), OPTIONS)
  expect([told.message, told.exitCode]).toEqual([expect.stringContaining('LD_PRELOAD'), 4])
  const silent = refusalOfShell(new ShellSessionError('shell/forbidden', 'HTTP 403', { cause: refused(403) }), OPTIONS)
  expect([silent.message, silent.exitCode]).toEqual([expect.stringContaining('http://a answers 403'), 4])
})

it('255 is a connection that was lost, and nothing else', () => {
  const lost = (code: 'shell/unreachable' | 'shell/forbidden' | 'shell/not_found') =>
    exitCodeOf({ kind: 'lost', reason: code, error: new ShellSessionError(code, 'x') })
  expect([lost('shell/unreachable'), lost('shell/forbidden'), lost('shell/not_found')]).toEqual([255, 4, 5])
  expect(exitCodeOf({ kind: 'exited', code: null })).toBe(126)
  expect(exitCodeOf({ kind: 'exited', code: 255 })).toBe(255)
})

it('a program that could not be run is reported, one that failed by itself is not', () => {
  const words = (message: string) => endingWords({ kind: 'exited', code: 127, message }, 'one', OPTIONS)
  expect(words('nosuch is not an executable program.')).toBe('holdfast: nosuch is not an executable program.')
  expect(words('NonZeroExitCode')).toBeUndefined()
})
