import { expect, it } from 'vitest'
import type { ShellCommandOptions } from './shell-options.ts'
import { shellWish } from './shell-wish.ts'

const OPTIONS: ShellCommandOptions = { url: 'http://a', detachKeys: 'ctrl-]' }
const HERE = {
  ...{ TERM: 'xterm-kitty', COLORTERM: 'truecolor', LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' },
  ...{ SECRET: 'x', LANGUAGE: '', LC_ALL: 'a\nb', HOME: '/home/ada' },
}
const wish = (options: Partial<ShellCommandOptions>, program: readonly string[] = [], hasTerminal = true) =>
  shellWish({ ...OPTIONS, ...options }, program, { environment: HERE, hasTerminal })

it('what ssh takes along travels, and nothing else', () => {
  expect(wish({})).toEqual({
    env: { TERM: 'xterm-kitty', COLORTERM: 'truecolor', LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' },
  })
})

it('without a terminal nothing of it travels', () => {
  expect(wish({}, ['ls'], false).env).toEqual({ LANG: 'de_DE.UTF-8', LC_TIME: 'C', TZ: 'Asia/Tokyo' })
})

it('what is asked for wins', () => {
  const { env } = wish({ env: ['TERM=vt100', 'GREETING=a=b', 'EMPTY='] })
  expect(env).toMatchObject({ TERM: 'vt100', GREETING: 'a=b', EMPTY: '' })
})

it('a shell may have arguments, a folder and a name', () => {
  const { command, cwd, name } = wish({ shell: 'zsh -l', cwd: '/srv', name: 'The build' })
  expect([command, cwd, name]).toEqual([['zsh', '-l'], '/srv', 'The build'])
  expect(wish({ login: true })).toMatchObject({ login: true, command: undefined })
  expect(wish({ size: 'smallest' })).toMatchObject({ sizing: 'smallest' })
})

it.each([
  [{ shell: 'zsh' }, ['ls'], 'not both'],
  [{ login: true }, ['ls'], '--login'],
  [{ login: true, shell: 'zsh' }, [], '--login'],
  [{ shell: 'sh -c "x' }, [], '--shell'],
  [{ env: ['NAME'] }, [], 'NAME=VALUE'],
  [{ env: ['A-B=x'] }, [], 'NAME=VALUE'],
  [{ name: 'a\u001B[2Jb' }, [], '--name'],
])('%j with %j is refused in a sentence', (options, program, words) => {
  expect(() => wish(options, program)).toThrow(words)
})

it('a secret does not go into an address, and is not repeated', () => {
  expect(() => wish({ env: ['API_TOKEN=geheim'] })).toThrow(/^(?!.*geheim).*--env API_TOKEN/)
})
