import * as ours from '@holdfast/shell/compat'
import * as published from 'bedrock-agentcore/runtime'
import { expect, it } from 'vitest'
import { compare, exportsOf, missing, rowsOf, table, unexpected } from './src/compare.ts'
import { isRuntime, type Runtime } from './src/shell-module.ts'
import { sessionProbes } from './src/shell-session-probes.ts'
import { surfaceProbes } from './src/shell-surface-probes.ts'

const runtime = (module: object): Runtime => {
  if (isRuntime(module)) return module
  throw new Error('expected a module of the shell client')
}

it('programs of the published shell client behave as docs/migrating.md says with the compat entry', async () => {
  const probes = [...surfaceProbes, ...sessionProbes]
  const differences = [
    ...(await compare(probes, runtime(published), runtime(ours))),
    ...missing(exportsOf(published), exportsOf(ours)),
  ]
  console.info(table(probes.length, differences))
  expect(unexpected(rowsOf('Shell'), differences)).toEqual([])
})
