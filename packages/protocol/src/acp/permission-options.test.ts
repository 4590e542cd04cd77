import { expect, it } from 'vitest'
import { permissionOptionsOf } from './permission-options.ts'

it('options of a permission question are read, and what is none is left out', () => {
  const options = [{ optionId: 'a', name: 'Allow', kind: 'allow_once' }, { name: 'none' }, 7, { optionId: 'b' }]
  expect(permissionOptionsOf(options)).toEqual([
    { optionId: 'a', name: 'Allow', kind: 'allow_once' },
    { optionId: 'b', name: 'b', kind: '' },
  ])
  expect(permissionOptionsOf('options')).toEqual([])
})
