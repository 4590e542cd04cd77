import { basename, join } from 'node:path'
import { expect, it } from 'vitest'
import { agreementOf } from '../generate/emit-agreement.ts'
import { checksOf } from '../generate/emit-checks.ts'
import { jsonSchemaOf } from '../generate/emit-json-schema.ts'
import { pageOf } from '../generate/emit-page.ts'
import { typesOf } from '../generate/emit-types.ts'
import { RECORDS, WIRES } from '../generate/wire.ts'

const src = join(import.meta.dirname, '../src')
const packages = join(import.meta.dirname, '../..')

/** `vitest run --project unit packages/protocol/test/generated.test.ts -u` makes all of them anew. */
it.each(WIRES)('the types and checks of the $name wire are those of its schemas', async (wire) => {
  await expect(typesOf(wire)).toMatchFileSnapshot(join(src, wire.name, 'generated/types.ts'))
  await expect(agreementOf(wire, `../../src/${wire.name}`)).toMatchFileSnapshot(
    join(import.meta.dirname, 'generated', `${wire.name}-types.ts`),
  )
  await expect(checksOf(wire)).toMatchFileSnapshot(join(src, wire.name, 'generated/checks.ts'))
})

it.each(WIRES)('the JSON Schema of the $name wire is that of its schemas', async (wire) => {
  await expect(jsonSchemaOf(wire)).toMatchFileSnapshot(join(import.meta.dirname, '../json-schema', `${wire.name}.json`))
})

it.each(WIRES)('the page of the $name wire has what its schemas say', async (wire) => {
  await expect(pageOf(wire)).toMatchFileSnapshot(
    join(import.meta.dirname, '../../../docs/wire', `${wire.name}-messages.md`),
  )
})

it.each(RECORDS)('the types and checks of what $folder stores are those of its schemas', async (records) => {
  const { folder } = records
  await expect(typesOf(records)).toMatchFileSnapshot(join(packages, folder, 'src/generated/types.ts'))
  const agreement = agreementOf(records, `../../../${folder}`, `../../../${folder}/src/generated`)
  await expect(agreement).toMatchFileSnapshot(join(import.meta.dirname, 'generated', `${basename(folder)}-records.ts`))
  await expect(checksOf(records)).toMatchFileSnapshot(join(packages, folder, 'src/generated/checks.ts'))
})
