import { join } from 'node:path'
import { expect, it } from 'vitest'
import { checkClient, programClient } from '../src/index.ts'
import { others, PATIENT_MS } from './others.ts'
import { ourHubClient } from './our-hub-client.ts'

it('our client of the hub passes every row', async () => {
  expect(others(await checkClient({ wire: 'hub', start: ourHubClient, timeoutMs: PATIENT_MS }))).toEqual({})
}, 300_000)

/** It is a program that is started for each row. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

it.skipIf(!isLong)(
  'a client of the hub in plain JavaScript passes every row',
  async () => {
    const start = programClient(process.execPath, [join(import.meta.dirname, 'plain/hub-client.mjs')])
    expect(others(await checkClient({ wire: 'hub', start, timeoutMs: PATIENT_MS }))).toEqual({})
  },
  300_000,
)
