import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checkServer, serverRows } from '../src/index.ts'
import { PATIENT_MS } from './others.ts'
import { startOurAcp } from './our-acp.ts'
import { type OurHub, startOurHub, TOKEN } from './our-hub.ts'
import { startOurShells } from './our-shells.ts'
import { ACP_BREACHES } from './wrong/acp-breaches.ts'
import { failureText } from './wrong/failure-text.ts'
import { HUB_BREACHES, type RowBreach } from './wrong/hub-breaches.ts'
import { startMiddleman } from './wrong/middleman.ts'
import { SHELL_BREACHES } from './wrong/shell-breaches.ts'

/** A few breaches of each wire are in all the checks; `pnpm test:conformance` has all of them, and the other rows of each. */
const isLong = process.env['HOLDFAST_LONG'] === '1'

/** A wrong server lets a row wait for this long; a right one for the default. */
const FAILS_MS = 3_000
const BUSY_MS = 20_000

const SUBJECTS = [
  {
    wire: 'hub',
    start: () => startOurHub(),
    breaches: HUB_BREACHES,
    few: ['hub/offer', 'hub/limits', 'hub/resumed', 'hub/reset-epoch', 'hub/stamps'],
    atOnce: 43,
  },
  {
    wire: 'shell',
    // Each row connects a few times, in one run of these tests some thousand.
    start: () => startOurShells({ upgradeBurst: 100_000 }),
    breaches: SHELL_BREACHES,
    few: ['shell/offer', 'shell/reattach', 'shell/observer'],
    atOnce: 5,
  },
  {
    wire: 'acp',
    start: startOurAcp,
    breaches: ACP_BREACHES,
    few: ['acp/offer', 'acp/frames', 'acp/resumed', 'acp/initialize-again', 'acp/http-batch'],
    atOnce: 20,
  },
] as const

/** Results in order; each shell is a program, so that not all are started together. */
async function someAtOnce<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<readonly R[]> {
  const results: R[] = []
  const left = [...items.entries()]
  const next = async (): Promise<void> => {
    for (let one = left.shift(); one !== undefined; one = left.shift()) results[one[0]] = await work(one[1])
  }
  await Promise.all(Array.from({ length: atOnce }, next))
  return results
}

describe.each(SUBJECTS)('a server of the wire $wire that breaks one rule', ({ wire, start, breaches, few, atOnce }) => {
  const snapshot = join(import.meta.dirname, `wrong/${wire}-breaches.txt`)
  const all: readonly (readonly [id: string, breach: RowBreach])[] = Object.entries(breaches)
  const checked = isLong ? all : all.filter(([id]) => few.some((one) => one === id))
  const ids = serverRows(wire).map(({ id }) => id)
  let server: OurHub
  beforeAll(async () => {
    server = await start()
  }, 120_000)
  // It waits for the programs of its shells to end.
  afterAll(() => server.close(), 120_000)

  async function check(breach: RowBreach, options: { only: readonly string[]; timeoutMs?: number }) {
    const { url, close } = await startMiddleman(server.url, breach)
    try {
      return await checkServer({ wire, url, token: TOKEN, ...options })
    } finally {
      await close()
    }
  }

  async function failure(id: string, breach: RowBreach, timeoutMs: number): Promise<string> {
    const [result] = await check(breach, { only: [id], timeoutMs })
    return failureText(id, result)
  }

  it('is there for every row', () => {
    expect(Object.keys(breaches).sort()).toEqual([...ids].sort())
  })

  it('fails the row of that rule, and gets what was expected', async () => {
    const known = await readFile(snapshot, 'utf8').catch(() => '')
    const failed = await someAtOnce(checked, atOnce, async ([id, breach]) => {
      const text = await failure(id, breach, FAILS_MS)
      // On a busy machine it may be another wait that took too long.
      return known.includes(text) ? text : failure(id, breach, BUSY_MS)
    })
    if (isLong) return expect(`${failed.join('\n')}\n`).toMatchFileSnapshot(snapshot)
    expect(failed).toHaveLength(few.length)
    for (const text of failed) expect(known).toContain(text)
  }, 300_000)

  it.skipIf(!isLong).concurrent.each(all)('passes all other rows: %s', async (id, breach) => {
    const only = ids.filter((other) => other !== id && !breach.entails?.includes(other))
    const results = await check(breach, { only, timeoutMs: PATIENT_MS })
    expect(results.filter(({ outcome }) => outcome === 'failed')).toEqual([])
  })
})
