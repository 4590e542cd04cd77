import { expect, it } from 'vitest'
import { checkServer, type RowResult } from '../src/index.ts'
import { startOurHub, TOKEN } from './our-hub.ts'
import { startPlain } from './plain-program.ts'

/** Outcomes by row, of those that did not pass. */
function others(results: readonly RowResult[]): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(
    results
      .filter(({ outcome }) => outcome !== 'passed')
      .map(({ id, outcome, why, expected, seen }) => [id, why ?? `${outcome}: expected ${expected}, saw ${seen}`]),
  )
}

it('our hub passes every row', async () => {
  const hub = await startOurHub()
  try {
    expect(others(await checkServer({ wire: 'hub', url: hub.url, token: TOKEN }))).toEqual({})
  } finally {
    await hub.close()
  }
})

it('a hub in plain JavaScript passes every row of what it has', async () => {
  const hub = await startPlain('hub-server.mjs', { TOKEN })
  try {
    expect(others(await checkServer({ wire: 'hub', url: hub.url, token: TOKEN }))).toEqual({
      'hub/question-again': 'the server has no RPC drivers',
      'hub/question-over': 'the server has no RPC drivers',
      'hub/stream-offer': 'the server has no event streams (HTTP 426)',
      'hub/stream-resume': 'the server has no event streams (HTTP 426)',
    })
  } finally {
    await hub.close()
  }
})
