import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { accessTable } from '../e2e/access/table.ts'

const file = join(import.meta.dirname, '../../docs/security.md')

/** The table is the one that the test of all endpoints runs through. `vitest run --project packaging -u` writes it anew. */
it('docs/security.md shows who gets what answer, as the endpoints are tested', async () => {
  const [before = '', rest = ''] = readFileSync(file, 'utf8').split('<!-- access -->')
  const [, after = ''] = rest.split('<!-- /access -->')
  expect(after).not.toBe('')
  await expect(`${before}<!-- access -->\n${accessTable()}\n<!-- /access -->${after}`).toMatchFileSnapshot(file)
})
