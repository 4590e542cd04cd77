import { expect, it } from 'vitest'
import { checkServer } from '../src/index.ts'
import { others, PATIENT_MS } from './others.ts'
import { startOurHub, TOKEN } from './our-hub.ts'
import { startOurShells } from './our-shells.ts'
import { startPlain } from './plain-program.ts'

it.concurrent('our hub passes every row', async () => {
  const hub = await startOurHub()
  try {
    expect(others(await checkServer({ wire: 'hub', url: hub.url, token: TOKEN, timeoutMs: PATIENT_MS }))).toEqual({})
  } finally {
    await hub.close()
  }
}, 300_000)

it.concurrent('a hub in plain JavaScript passes every row of what it has', async () => {
  const hub = await startPlain('hub-server.mjs', { TOKEN })
  try {
    expect(others(await checkServer({ wire: 'hub', url: hub.url, token: TOKEN, timeoutMs: PATIENT_MS }))).toEqual({
      'hub/question-again': 'the server has no RPC drivers',
      'hub/question-over': 'the server has no RPC drivers',
      'hub/stream-offer': 'the server has no event streams (HTTP 426)',
      'hub/stream-resume': 'the server has no event streams (HTTP 426)',
    })
  } finally {
    await hub.close()
  }
}, 300_000)

it.concurrent('our shells pass every row', async () => {
  const shells = await startOurShells()
  try {
    expect(others(await checkServer({ wire: 'shell', url: shells.url, token: TOKEN, timeoutMs: PATIENT_MS }))).toEqual(
      {},
    )
  } finally {
    await shells.close()
  }
}, 300_000)
