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
])('%s with %j begins as at a login when it is asked to, and only then', async (name, args) => {
  expect(await isLoginShell(name, args, true)).toBe(true)
  expect(await isLoginShell(name, args, false)).toBe(false)
})
