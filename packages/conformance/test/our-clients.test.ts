import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkClient, programClient } from '../src/index.ts'
import { others, PATIENT_MS } from './others.ts'
import { ourAcpClient } from './our-acp-client.ts'
import { ourHubClient } from './our-hub-client.ts'
import { ourShellClient } from './our-shell-client.ts'

it.concurrent.each([
  ['hub', ourHubClient],
  ['shell', ourShellClient],
  ['acp', ourAcpClient],
] as const)(
  'our client of the wire %s passes every row',
  async (wire, start) => {
    expect(others(await checkClient({ wire, start, timeoutMs: PATIENT_MS }))).toEqual({})
  },
  300_000,
)

/** It is a program that is started for each row. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

it.skipIf(!isLong).each(['hub', 'shell', 'acp'] as const)(
  'a client of the wire %s in plain JavaScript passes every row',
  async (wire) => {
    const start = programClient(process.execPath, [join(import.meta.dirname, `plain/${wire}-client.mjs`)])
    expect(others(await checkClient({ wire, start, timeoutMs: PATIENT_MS }))).toEqual({})
  },
  300_000,
)
