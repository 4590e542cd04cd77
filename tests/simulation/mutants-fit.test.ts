import { expect, it } from 'vitest'
import { mutated } from './src/load-simulation.ts'
import { MUTANTS } from './src/mutants.ts'

/** The long form runs them all; this one notices at once that a refactoring has moved what one of them breaks. */
it.each(Object.entries(MUTANTS))(
  'the broken engine %s changes one place of the engine as it is',
  async (name, { to }) => {
    expect((await mutated(name)).contents).toContain(to)
  },
)
