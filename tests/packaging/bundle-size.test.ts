import { expect, it } from 'vitest'
import { bundle } from './bundle.ts'

/** Largest size in bytes, minified and gzipped. A figure that is missed is told in bench/README.md with its reason. */
const BUDGETS = [
  {
    what: 'a client on Connection with its defaults',
    code: `import { Connection } from '@holdfast/core'; globalThis.x = Connection`,
    max: 12_600,
  },
  {
    what: 'everything that core exports',
    code: `import * as core from '@holdfast/core'; globalThis.x = core`,
    max: 17_000,
  },
] as const

it.each(BUDGETS)('$what stays within $max bytes', async ({ code, max }) => {
  const { gzipBytes } = await bundle(code)
  expect(gzipBytes).toBeLessThanOrEqual(max)
})
