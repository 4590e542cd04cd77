import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkClient, clientRows } from '../src/index.ts'
import { PATIENT_MS } from './others.ts'
import { ourHubClient } from './our-hub-client.ts'
import { HUB_CLIENT_BREACHES, wrongClient } from './wrong/hub-client-breaches.ts'

/** These are in all the checks; `pnpm test:conformance` has all breaches, and the other rows of each. */
const FEW = ['asks', 'credential', 'instance', 'after-offer', 'not-offered'].map((row) => `hub-client/${row}`)
const isLong = process.env['HOLDFAST_LONG'] === '1'

const SNAPSHOT = join(import.meta.dirname, 'wrong/hub-client-breaches.txt')

/** What differs from client to client. */
const GENERATED_ID = /"[0-9a-z]{1,8}\./g

/** A wrong client lets a row wait for this long; a right one for the default. */
const FAILS_MS = 3_000
const BUSY_MS = 20_000

describe('a client of the hub that breaks one rule', () => {
  it('is there for every row', () => {
    const ids = clientRows('hub').map(({ id }) => id)
    expect(Object.keys(HUB_CLIENT_BREACHES).sort()).toEqual(ids.sort())
  })

  it('fails the row of that rule, and gets what was expected', async () => {
    const known = await readFile(SNAPSHOT, 'utf8').catch(() => '')
    const failed = await Promise.all(
      (isLong ? Object.keys(HUB_CLIENT_BREACHES) : FEW).map(async (id) => {
        const text = await failure(id, FAILS_MS)
        // On a busy machine it may be another wait that took too long.
        return known.includes(text) ? text : failure(id, BUSY_MS)
      }),
    )
    if (isLong) return expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(SNAPSHOT)
    for (const text of failed) expect(known).toContain(text)
  }, 300_000)

  async function failure(id: string, timeoutMs: number): Promise<string> {
    const start = wrongClient(ourHubClient, HUB_CLIENT_BREACHES[id] ?? {})
    const [result] = await checkClient({ wire: 'hub', start, only: [id], timeoutMs })
    return `${id}: ${result?.outcome}\n  expected ${result?.expected?.slice(0, 120).replace(GENERATED_ID, '"ID.')}`
  }

  it.skipIf(!isLong).each(Object.entries(HUB_CLIENT_BREACHES))('passes all other rows: %s', async (id, breach) => {
    const only = clientRows('hub')
      .map((row) => row.id)
      .filter((other) => other !== id)
    const results = await checkClient({
      wire: 'hub',
      start: wrongClient(ourHubClient, breach),
      only,
      timeoutMs: PATIENT_MS,
    })
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })
})
