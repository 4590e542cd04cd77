import * as published from '@agentuity/core/coder'
import * as ours from '@holdfast/hub/compat'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { compare, exportsOf, missing, rowsOf, table, unexpected } from './src/compare.ts'
import { type Coder, isCoder } from './src/hub-module.ts'
import { restProbes } from './src/hub-rest-probes.ts'
import { socketProbes } from './src/hub-socket-probes.ts'
import { streamProbes } from './src/hub-stream-probes.ts'
import { surfaceProbes } from './src/hub-surface-probes.ts'
import { GlobalWebSocket } from './src/servers.ts'

const before = Reflect.get(globalThis, 'WebSocket')
beforeAll(() => void Reflect.set(globalThis, 'WebSocket', GlobalWebSocket))
afterAll(() => void Reflect.set(globalThis, 'WebSocket', before))

const coder = (module: object): Coder => {
  if (isCoder(module)) return module
  throw new Error('expected a module of the hub client')
}

it('programs of the published hub client behave as docs/migrating.md says with the compat entry', async () => {
  const probes = [...surfaceProbes, ...socketProbes, ...streamProbes, ...restProbes]
  const differences = [
    ...(await compare(probes, coder(published), coder(ours))),
    ...missing(exportsOf(published), exportsOf(ours)),
  ]
  console.info(table(probes.length, differences))
  expect(unexpected(rowsOf('Hub'), differences)).toEqual([])
})
