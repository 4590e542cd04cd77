import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { RECORDS, typeName, WIRES } from '../generate/wire.ts'

const packages = join(import.meta.dirname, '../..')

/** What people wrote in a package, without what is made of it. */
function written(folder: string): readonly { readonly file: string; readonly text: string }[] {
  const src = join(packages, folder, 'src')
  return readdirSync(src, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts') && !file.includes('generated'))
    .map((file) => ({ file: `${folder}/src/${file}`, text: readFileSync(join(src, file), 'utf8') }))
}

const SOURCES = [
  { folder: 'protocol', wires: WIRES },
  ...RECORDS.map((records) => ({ folder: records.folder, wires: [records] })),
]

it.each(SOURCES)('each message, body and record of $folder has no type beside its schema', ({ folder, wires }) => {
  const messages = new Set(wires.flatMap((wire) => [...wire.schemas.keys()].map(typeName)))
  const types = written(folder).flatMap(({ text }) => [...text.matchAll(/^(?:export )?(?:interface|type) (\w+)/gm)])
  expect(types.map(([, name = '']) => name).filter((name) => messages.has(name))).toEqual([])
})

it.each(SOURCES)('the checks of $folder are made by the generator alone', ({ folder }) => {
  const combinators = /\b(?:object|kinds|kindOf|record|optional|oneOf|orNull|given|matching|integer|openTo)[<(]/
  const found = written(folder).filter(
    ({ file, text }) => !file.includes('schema') && text.includes('@holdfast/contract/shape') && combinators.test(text),
  )
  expect(found.map(({ file }) => file)).toEqual([])
})

it.each(SOURCES)(
  'the code checks messages, bodies and records of $folder by generated checks alone',
  ({ folder, wires }) => {
    const messages = new Set(wires.flatMap((wire) => [...wire.schemas.keys()].map(typeName)))
    const guards = written(folder).flatMap(({ file, text }) =>
      [...text.matchAll(/\bfunction (\w+)\(\w+: unknown\): \w+ is (\w+) {/g)].map(([, name, type = '']) => ({
        file,
        name,
        type,
      })),
    )
    expect(guards.filter(({ type }) => messages.has(type) && folder !== 'protocol')).toEqual([])
  },
)

it('a schema is declared once: no name is exported by two wires, or stored by two packages', () => {
  const names = [...WIRES, ...RECORDS].flatMap((wire) => [...wire.schemas.keys()])
  expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([])
})
