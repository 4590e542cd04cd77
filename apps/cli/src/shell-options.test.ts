import { expect, it } from 'vitest'
import { demandFitting, type ShellCommandOptions } from './shell-options.ts'

type Options = Omit<ShellCommandOptions, 'url'>

it.each<[Partial<Options>, string[], RegExp]>([
  [{ id: 'bad id !' }, [], /^--id: expected/],
  [{ id: 'x' }, ['true'], /^--id is for a shell/],
  [{ observe: true }, ['true'], /^--observe is for a shell/],
  [{ ifFree: true }, ['true'], /^--if-free is for a shell/],
  [{ observe: true, ifFree: true, id: 'x' }, [], /leave out --if-free/],
  [{ observe: true, id: 'x', cwd: '/' }, [], /leave out --cwd/],
  [{ observe: true, id: 'x', tty: true }, ['true'], /leave out a command/],
  [{ observe: true }, [], /holdfast shell ls/],
])('the shell option %j with %j is refused in a sentence', (options, command, words) => {
  expect(() => demandFitting({ detachKeys: 'ctrl-]', ...options }, command)).toThrow(words)
})

it.each<[Partial<Options>, string[]]>([
  [{}, []],
  [{ id: 'x', ifFree: true }, []],
  [{ id: 'x', observe: true }, []],
  [{ id: 'x', tty: true }, ['htop']],
  [{ cwd: '/', env: ['A=b'] }, ['make']],
])('the shell option %j with %j passes', (options, command) => {
  expect(() => demandFitting({ detachKeys: 'ctrl-]', ...options }, command)).not.toThrow()
})
