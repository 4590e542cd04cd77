import { join } from 'node:path'
import { expect, it } from 'vitest'
import { bundle } from './bundle.ts'

/** Largest size in bytes, minified and gzipped. A figure that is missed is told in bench/README.md with its reason. */
const BUDGETS = [
  {
    what: 'a client on Connection with its defaults',
    code: `import { Connection } from '@holdfast/core'; globalThis.x = Connection`,
    max: 13_300,
  },
  {
    what: 'the same with the browser transport',
    code: `import { Connection } from '@holdfast/core'
           import { browserWebSocket } from '@holdfast/transport-browser'
           globalThis.x = [Connection, browserWebSocket]`,
    max: 14_800,
  },
  {
    what: 'everything that core exports',
    code: `import * as core from '@holdfast/core'; globalThis.x = core`,
    max: 17_400,
  },
  {
    what: 'the SSE transport with its parser',
    code: `import { eventStream } from '@holdfast/transport-sse'; globalThis.x = eventStream`,
    max: 3_600,
  },
  {
    what: 'the hub client with its schemas',
    code: `import { HubClient } from '@holdfast/hub'; globalThis.x = HubClient`,
    max: 24_000,
  },
  {
    what: 'the shell client with its framing and checks',
    code: `import { ShellSession } from '@holdfast/shell'; globalThis.x = ShellSession`,
    max: 23_500,
  },
] as const

it.each(BUDGETS)('$what stays within $max bytes', async ({ code, max }) => {
  const { gzipBytes } = await bundle(code)
  expect(gzipBytes).toBeLessThanOrEqual(max)
})

it('hub §9.15 the hub client is a quarter of the one that it replaces', async () => {
  const folder = join(import.meta.dirname, '../interop-hub')
  const clientOf = (from: string, name: string) =>
    bundle(`import { ${name} } from '${from}'; globalThis.x = ${name}`, 'neutral', folder)
  const published = await clientOf('@agentuity/core/coder', 'CoderHubWebSocketClient')
  const ours = await clientOf('@holdfast/hub', 'HubClient')
  expect(published.gzipBytes).toBeGreaterThan(100_000)
  expect(ours.gzipBytes).toBeLessThan(published.gzipBytes / 4)
})
