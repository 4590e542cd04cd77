import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { checkClient, clientRows } from '../src/index.ts'
import { PATIENT_MS } from './others.ts'
import { ourAcpClient } from './our-acp-client.ts'
import { ourHubClient } from './our-hub-client.ts'
import { ourShellClient } from './our-shell-client.ts'
import { ACP_CLIENT_BREACHES } from './wrong/acp-client-breaches.ts'
import { failureText } from './wrong/failure-text.ts'
import { HUB_CLIENT_BREACHES } from './wrong/hub-client-breaches.ts'
import { SHELL_CLIENT_BREACHES } from './wrong/shell-client-breaches.ts'
import { wrongClient } from './wrong/wrong-client.ts'

/** A few breaches of each wire are in all the checks; `pnpm test:conformance` has all of them, and the other rows of each. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

/** A wrong client lets a row wait for this long; a right one for the default. */
const FAILS_MS = 3_000
const BUSY_MS = 20_000

const SUBJECTS = [
  {
    wire: 'hub',
    client: ourHubClient,
    breaches: HUB_CLIENT_BREACHES,
    few: ['asks', 'credential', 'instance', 'after-offer', 'not-offered'],
  },
  {
    wire: 'shell',
    client: ourShellClient,
    breaches: SHELL_CLIENT_BREACHES,
    few: ['credential', 'returns', 'instance', 'kicked'],
  },
  {
    wire: 'acp',
    client: ourAcpClient,
    breaches: ACP_CLIENT_BREACHES,
    few: ['asks', 'credential', 'client', 'after', 'position-made'],
  },
] as const

describe.each(SUBJECTS)('a client of the wire $wire that breaks one rule', ({ wire, client, breaches, few }) => {
  const snapshot = join(import.meta.dirname, `wrong/${wire}-client-breaches.txt`)
  const ids = clientRows(wire).map(({ id }) => id)
  const checked = isLong ? ids : few.map((row) => `${wire}-client/${row}`)

  it('is there for every row', () => {
    expect(Object.keys(breaches).sort()).toEqual([...ids].sort())
  })

  it('fails the row of that rule, and gets what was expected', async () => {
    const known = await readFile(snapshot, 'utf8').catch(() => '')
    const failed = await Promise.all(
      checked.map(async (id) => {
        const text = await failure(id, FAILS_MS)
        // On a busy machine it may be another wait that took too long.
        return known.includes(text) ? text : failure(id, BUSY_MS)
      }),
    )
    if (isLong) return expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(snapshot)
    for (const text of failed) expect(known).toContain(text)
  }, 300_000)

  async function failure(id: string, timeoutMs: number): Promise<string> {
    const start = wrongClient(client, breaches[id] ?? {})
    const [result] = await checkClient({ wire, start, only: [id], timeoutMs })
    return failureText(id, result)
  }

  it.skipIf(!isLong).concurrent.each(ids)('passes all other rows: %s', async (id) => {
    const only = ids.filter((other) => other !== id)
    const start = wrongClient(client, breaches[id] ?? {})
    const results = await checkClient({ wire, start, only, timeoutMs: PATIENT_MS })
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })
})
