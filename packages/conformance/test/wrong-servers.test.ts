import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkServer, serverRows } from '../src/index.ts'
import { type OurHub, startOurHub, TOKEN } from './our-hub.ts'
import { HUB_BREACHES } from './wrong/hub-breaches.ts'
import { type Breach, startMiddleman } from './wrong/middleman.ts'

/** The other rows of each are in `pnpm test:conformance`. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

const SNAPSHOT = join(import.meta.dirname, 'wrong/hub-breaches.txt')

/** A wrong server lets a row wait for this long; a right one for the default. */
const FAILS_MS = 3_000
const BUSY_MS = 20_000

describe('a hub that breaks one rule', () => {
  let hub: OurHub
  beforeAll(async () => {
    hub = await startOurHub()
  })
  afterAll(() => hub.close())

  async function check(breach: Breach, options: { only: readonly string[]; timeoutMs?: number }) {
    const { url, close } = await startMiddleman(hub.url, breach)
    try {
      return await checkServer({ wire: 'hub', url, token: TOKEN, ...options })
    } finally {
      await close()
    }
  }

  async function failure(id: string, breach: Breach, timeoutMs: number): Promise<string> {
    const [result] = await check(breach, { only: [id], timeoutMs })
    return `${id}: ${result?.outcome}\n  expected ${result?.expected}`
  }

  it('is there for every row', () => {
    expect(Object.keys(HUB_BREACHES).sort()).toEqual(
      serverRows('hub')
        .map(({ id }) => id)
        .sort(),
    )
  })

  it('fails the row of that rule, and is told what was expected', async () => {
    const known = await readFile(SNAPSHOT, 'utf8').catch(() => '')
    const failed = await Promise.all(
      Object.entries(HUB_BREACHES).map(async ([id, breach]) => {
        const text = await failure(id, breach, FAILS_MS)
        // On a busy machine it may be another wait that took too long.
        return known.includes(text) ? text : failure(id, breach, BUSY_MS)
      }),
    )
    await expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(SNAPSHOT)
  }, 300_000)

  it.skipIf(!isLong).each(Object.entries(HUB_BREACHES))('passes all other rows: %s', async (id, breach) => {
    const others = serverRows('hub').map((row) => row.id)
    const results = await check(breach, {
      only: others.filter((other) => other !== id && !breach.entails?.includes(other)),
    })
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })
})
