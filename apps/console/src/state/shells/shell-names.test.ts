import { expect, it } from 'vitest'
import { shellName, shellNames } from './shell-names.ts'

it.each([
  [{ program: '/bin/bash -l' }, 'bash'],
  [{ program: 'sleep 1000' }, 'sleep 1000'],
  [{ program: '/usr/bin/vim', title: 'notes.md' }, 'vim · notes.md'],
  [{ program: '/bin/bash', title: 'x', name: 'Notes' }, 'Notes'],
  [{ program: '' }, 'id-1'],
])('a shell of %o is called %s', (shell, name) => {
  expect(shellName({ shellId: 'id-1', ...shell })).toBe(name)
})

it('two shells that are called alike are distinguished by the beginning of their ids', () => {
  const shells = [
    { shellId: 'abcdef', program: '/bin/bash' },
    { shellId: 'fedcba', program: '/bin/bash' },
    { shellId: 'other', program: '/bin/sh' },
  ]
  expect([...shellNames(shells).values()]).toEqual(['bash (abcd)', 'bash (fedc)', 'sh'])
})
