import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { typeName, WIRES } from '../generate/wire.ts'

const src = join(import.meta.dirname, '../src')
/** What people wrote, without what is made of it. */
const written = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('generated'))
  .map((file) => ({ file, text: readFileSync(join(src, file), 'utf8') }))

it('no message has a type written beside its schema', () => {
  const messages = new Set(WIRES.flatMap((wire) => [...wire.schemas.keys()].map(typeName)))
  const types = written.flatMap(({ text }) => [...text.matchAll(/^(?:export )?(?:interface|type) (\w+)/gm)])
  expect(types.map(([, name = '']) => name).filter((name) => messages.has(name))).toEqual([])
})

it('nobody but the generator puts a check together', () => {
  const combinators = /\b(?:object|kinds|kindOf|record|optional|oneOf|literal|orNull|given|matching|integer|openTo)[<(]/
  const found = written.filter(
    ({ file, text }) =>
      file !== 'shape.ts' && !file.includes('schema') && text.includes('shape.ts') && combinators.test(text),
  )
  expect(found.map(({ file }) => file)).toEqual([])
})

it('a schema is declared once: no name is exported by two wires', () => {
  const names = WIRES.flatMap((wire) => [...wire.schemas.keys()])
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})
