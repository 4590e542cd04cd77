import { expect, it } from 'vitest'
import { checkServer, serverRows } from '../src/index.ts'
import { others, PATIENT_MS } from './others.ts'
import { startOurAcp } from './our-acp.ts'
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

it.concurrent('our shells pass every row, and no shell of the rows is left', async () => {
  const shells = await startOurShells()
  try {
    expect(others(await checkServer({ wire: 'shell', url: shells.url, token: TOKEN, timeoutMs: PATIENT_MS }))).toEqual(
      {},
    )
    expect(shells.running()).toBe(0)
  } finally {
    await shells.close()
  }
}, 300_000)

it.concurrent('shells that take few upgrades at once are waited for', async () => {
  const shells = await startOurShells({ upgradeBurst: 1, upgradeEveryMs: 500 })
  try {
    expect(others(await checkServer({ wire: 'shell', url: shells.url, token: TOKEN, only: ['offer'] }))).toEqual({})
  } finally {
    await shells.close()
  }
}, 60_000)

it.concurrent('our endpoint of ACP passes every row', async () => {
  const acp = await startOurAcp()
  try {
    expect(others(await checkServer({ wire: 'acp', url: acp.url, token: TOKEN, timeoutMs: PATIENT_MS }))).toEqual({})
  } finally {
    await acp.close()
  }
}, 300_000)

it.concurrent('a server of ACP in plain JavaScript passes every row of what it has', async () => {
  const acp = await startPlain('acp-server.mjs', { TOKEN })
  try {
    const failed = others(await checkServer({ wire: 'acp', url: acp.url, token: TOKEN, timeoutMs: PATIENT_MS }))
    const overHttp = serverRows('acp').filter(({ section }) => section === 'acp.md, Over HTTP')
    const why = 'the server has no ACP over HTTP (HTTP 426)'
    expect(failed).toEqual(Object.fromEntries(overHttp.map(({ id }) => [id, why])))
  } finally {
    await acp.close()
  }
}, 300_000)
