import { memoryLog } from '@holdfast/server/log'
import { withSeed } from '@holdfast/testkit/chaos-proxy'
import { describe, expect, it } from 'vitest'
import { auditPrompts, auditWork, promptsThrough, Trouble, workThrough } from './support/agents-at-work.ts'
import { GatewayPair } from './support/gateway-pair.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const LOAD = LONG
  ? { prompts: 400, events: 800, cuts: 200, kills: 20 }
  : { prompts: 40, events: 80, cuts: 20, kills: 6 }
const SEEDS: readonly { readonly seed?: number }[] =
  LONG || process.env['HOLDFAST_SEED'] !== undefined ? [{}, {}, {}] : [{ seed: 1 }, { seed: 2 }]

describe.each(SEEDS)(
  `two gateways in turn, ${LOAD.cuts} drops, and ${LOAD.kills} deaths of a gateway %o`,
  (options) => {
    it(
      'every prompt is answered once, every event handled once and acknowledged, every message once and in order',
      () =>
        withSeed(async (seed) => {
          const trouble = await Trouble.before(await GatewayPair.start(memoryLog()), seed, LOAD)
          const [asked, worked] = await Promise.all([promptsThrough(trouble), workThrough(trouble)])
          await trouble.recovered
          expect([trouble.cuts.left, trouble.kills]).toEqual([0, LOAD.kills])
          auditPrompts(asked)
          await auditWork(trouble, worked)
        }, options),
      LONG ? 300_000 : 60_000,
    )
  },
)
