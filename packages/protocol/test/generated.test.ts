import { join } from 'node:path'
import { expect, it } from 'vitest'
import { agreementOf } from '../generate/emit-agreement.ts'
import { checksOf } from '../generate/emit-checks.ts'
import { typesOf } from '../generate/emit-types.ts'
import { WIRES } from '../generate/wire.ts'

const src = join(import.meta.dirname, '../src')

/** `vitest run --project unit packages/protocol/test/generated.test.ts -u` makes all of them anew. */
it.each(WIRES)('the types and checks of the $name wire are those of its schemas', async (wire) => {
  await expect(typesOf(wire)).toMatchFileSnapshot(join(src, wire.name, 'generated/types.ts'))
  await expect(agreementOf(wire)).toMatchFileSnapshot(join(import.meta.dirname, 'generated', `${wire.name}-types.ts`))
  await expect(checksOf(wire)).toMatchFileSnapshot(join(src, wire.name, 'generated/checks.ts'))
})
