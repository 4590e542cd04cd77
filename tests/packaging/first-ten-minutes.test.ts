import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

interface Thing {
  readonly what: string
  readonly tests: Readonly<Record<string, readonly string[]>>
}

const folder = join(import.meta.dirname, '../e2e')

it('every thing of the first ten minutes names tests that there are', async () => {
  const { THINGS }: { readonly THINGS: readonly Thing[] } = await import(join(folder, 'first-ten-minutes.mjs'))
  const named = THINGS.flatMap(({ tests }) => Object.entries(tests))
  const missing = named.flatMap(([file, names]) => {
    const source = readFileSync(join(folder, file), 'utf8')
    return names.filter((name) => !source.includes(`it('${name}'`)).map((name) => `${file}: ${name}`)
  })
  expect(missing).toEqual([])
  expect(named.length).toBeGreaterThan(THINGS.length)
})
