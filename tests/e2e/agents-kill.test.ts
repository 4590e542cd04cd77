import { withSeed } from '@holdfast/chaos-proxy'
import { describe, expect, it } from 'vitest'
import { endLater, throughTrouble } from './support/agents-at-work.ts'
import { MortalGateway, PERSON_TOKEN, TOKEN } from './support/mortal-gateway.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const LOAD = LONG
  ? { prompts: 400, events: 800, cuts: 200, kills: 10 }
  : { prompts: 40, events: 80, cuts: 20, kills: 2 }
const SEEDS: readonly { readonly seed?: number }[] =
  LONG || process.env['HOLDFAST_SEED'] !== undefined ? [{}, {}, {}] : [{ seed: 1 }]
const TEST_MS = LONG ? 600_000 : 180_000

describe.each(SEEDS)(`${LOAD.cuts} drops, and kill -9 of the gateway in the middle of the work %o`, (options) => {
  it(
    'every prompt is answered once, every event handled once and acknowledged, every message once and in order',
    () =>
      withSeed(async (seed) => {
        const gateway = await MortalGateway.start()
        await throughTrouble(gateway, seed, LOAD)
        await gateway.kill()
        expect(gateway.output).not.toContain(TOKEN)
        expect(gateway.output).not.toContain(PERSON_TOKEN)
      }, options),
    TEST_MS,
  )
})

it("the tracker's own session is none of the hub's", async () => {
  const gateway = await MortalGateway.start()
  endLater(() => gateway.close())
  const hub = async (path: string, method = 'GET') =>
    fetch(`${gateway.url}/api/hub/${path}`, { method, headers: { authorization: `Bearer ${TOKEN}` } })
  expect(await (await hub('sessions')).json()).toMatchObject({ sessions: { websocket: [] }, total: 0 })
  expect(await (await hub('sessions?status=internal')).json()).toMatchObject({ total: 0 })
  expect((await hub('session/tracker/events/history')).status).toBe(404)
  expect((await hub('session/tracker', 'DELETE')).status).toBe(404)
})
