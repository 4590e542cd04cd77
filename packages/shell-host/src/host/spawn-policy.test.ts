import { expect, it } from 'vitest'
import { isLoginShell } from '../../test/login-shells.ts'

it.each<[string, readonly string[]]>([
  ['bash', []],
  ['bash', ['--norc', '--noprofile']],
  ['bash', ['--noprofile', '-e']],
  ['bash', ['--rcfile', '/dev/null', '--posix']],
  ['bash', ['-e']],
  ['dash', []],
  ['dash', ['-e']],
])('the shell %s with %j starts as a login shell when that is asked for, and only then', async (name, args) => {
  expect(await isLoginShell(name, args, true)).toBe(true)
  expect(await isLoginShell(name, args, false)).toBe(false)
})
