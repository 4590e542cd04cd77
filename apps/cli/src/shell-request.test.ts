import { expect, it } from 'vitest'
import type { ShellCommandOptions } from './shell-options.ts'
import { shellRequest } from './shell-request.ts'

const OPTIONS: ShellCommandOptions = { url: 'http://a', detachKeys: 'ctrl-]' }
const HERE = {
  ...{ TERM: 'xterm-kitty', COLORTERM: 'truecolor', LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' },
  ...{ SECRET: 'x', LANGUAGE: '', LC_ALL: 'a\nb', HOME: '/home/ada' },
}
const request = (options: Partial<ShellCommandOptions>, program: readonly string[] = [], hasTerminal = true) =>
  shellRequest({ ...OPTIONS, ...options }, program, { environment: HERE, hasTerminal })

it('a request for a shell passes on what ssh passes on, and nothing else', () => {
  expect(request({})).toEqual({
    env: { TERM: 'xterm-kitty', COLORTERM: 'truecolor', LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' },
  })
})

it('a request for a shell without a terminal passes on nothing of the environment', () => {
  expect(request({}, ['ls'], false).env).toEqual({ LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' })
})

it('a request for a shell prefers explicit options to the environment', () => {
  const { env } = request({ env: ['TERM=vt100', 'GREETING=a=b', 'EMPTY='] })
  expect(env).toMatchObject({ TERM: 'vt100', GREETING: 'a=b', EMPTY: '' })
})

it('a shell may have arguments, a folder and a name', () => {
  const { command, cwd, name } = request({ shell: 'zsh -l', cwd: '/srv', name: 'The build' })
  expect([command, cwd, name]).toEqual([['zsh', '-l'], '/srv', 'The build'])
  expect(request({ login: true })).toMatchObject({ login: true, command: undefined })
  expect(request({ size: 'smallest' })).toMatchObject({ sizing: 'smallest' })
})

it.each([
  [{ shell: 'zsh' }, ['ls'], 'not both'],
  [{ login: true }, ['ls'], '--login'],
  [{ login: true, shell: 'zsh' }, [], '--login'],
  [{ shell: 'sh -c "x' }, [], '--shell'],
  [{ env: ['NAME'] }, [], 'NAME=VALUE'],
  [{ env: ['A-B=x'] }, [], 'NAME=VALUE'],
  [{ name: 'a\u001B[2Jb' }, [], '--name'],
])('the shell option %j with %j is refused in a sentence', (options, program, words) => {
  expect(() => request(options, program)).toThrow(words)
})

it('a secret does not go into an address, and is not repeated', () => {
  expect(() => request({ env: ['API_TOKEN=geheim'] })).toThrow(/^(?!.*geheim).*--env API_TOKEN/)
})
