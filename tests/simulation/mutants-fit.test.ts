import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { MUTANTS } from './src/mutants.ts'

const PACKAGES = fileURLToPath(new URL('../../packages/', import.meta.url))

/** The long form runs them all; this one notices at once that a refactoring has moved what one of them breaks. */
it.each(Object.entries(MUTANTS))('the broken engine %s changes one place of the engine as it is', (_name, mutant) => {
  const source = readFileSync(`${PACKAGES}${mutant.package ?? 'core'}/src/${mutant.file}`, 'utf8')
  expect(source.split(mutant.from)).toHaveLength(2)
})
