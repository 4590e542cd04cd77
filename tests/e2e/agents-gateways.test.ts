import { withSeed } from '@holdfast/chaos-proxy'
import { HubClient } from '@holdfast/hub'
import { memoryLog } from '@holdfast/log'
import { SessionSubscription } from '@holdfast/sessions'
import { TrackerAgent, type TrackerEvent } from '@holdfast/tracker'
import { nodeWebSocket } from '@holdfast/transport-node'
import { describe, expect, it } from 'vitest'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { endLater, throughTrouble } from './support/agents-at-work.ts'
import { eventually } from './support/cuts.ts'
import { GatewayPair } from './support/gateway-pair.ts'
import { PERSON_TOKEN, TOKEN } from './support/mortal-gateway.ts'
import { NatsGateways } from './support/nats-gateways.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
const LOAD = LONG
  ? { prompts: 400, events: 800, cuts: 200, kills: 20 }
  : { prompts: 20, events: 40, cuts: 20, kills: 4 }
const ON_NATS = LONG
  ? { prompts: 200, events: 400, cuts: 100, kills: 10 }
  : { prompts: 15, events: 30, cuts: 10, kills: 2 }
const SEEDS: readonly { readonly seed?: number }[] =
  LONG || process.env['HOLDFAST_SEED'] !== undefined ? [{}, {}, {}] : [{ seed: 1 }]

describe.each(SEEDS)(
  `two gateways in turn, ${LOAD.cuts} drops, and ${LOAD.kills} deaths of a gateway %o`,
  (options) => {
    it(
      'every prompt is answered once, every event handled once and acknowledged, every message once and in order',
      () => withSeed(async (seed) => throughTrouble(await GatewayPair.start(memoryLog()), seed, LOAD), options),
      LONG ? 600_000 : 180_000,
    )
  },
)

const missing = mayGoWithout(natsServerProgram())

describe.skipIf(missing !== undefined)(missing ?? 'two gateway processes on NATS', () => {
  it.each(SEEDS)(
    `the same through kill -9 of gateways %o`,
    (options) => withSeed(async (seed) => throughTrouble(await NatsGateways.start(), seed, ON_NATS), options),
    LONG ? 600_000 : 180_000,
  )
})

describe('two gateways, a client at each', () => {
  const transport = nodeWebSocket({ proxy: false })

  it('interrupt and set_permission_mode reach the lead, once for each, and its prompts every subscriber that may answer', async () => {
    const pair = await GatewayPair.start(memoryLog())
    endLater(() => pair.close())
    const got: unknown[] = []
    const lead = new HubClient({
      transport,
      url: pair.at('a'),
      token: TOKEN,
      role: 'lead',
      sessionId: 's',
      onRequest: (request) => {
        if (request.type === 'event') got.push([request.event, request.data])
        return got.length === 1 ? [{ action: 'ACK' }] : [{ action: 'BLOCK', reason: 'not now' }]
      },
    })
    endLater(() => lead.close({ flushMs: 0 }))
    await lead.connect()
    const session = new SessionSubscription({ transport, url: pair.at('b'), sessionId: 's', token: TOKEN })
    endLater(() => session.close({ flushMs: 0 }))
    session.handlePermissions(({ input }) => ({ behavior: 'allow', updatedInput: { ...input, seen: true } }))
    await session.connect()
    await session.interrupt()
    await expect(session.setPermissionMode('plan')).rejects.toMatchObject({ details: { error: 'not now' } })
    const data = { tool_name: 'bash', input: { command: 'ls' } }
    const { actions } = await lead.request({ type: 'event', event: 'can_use_tool', data })
    expect(actions).toMatchObject([{ result: { behavior: 'allow', updatedInput: { command: 'ls', seen: true } } }])
    expect(got).toEqual([
      ['interrupt', {}],
      ['set_permission_mode', { mode: 'plan' }],
    ])
  })

  it('agents see each other come and go', async () => {
    const pair = await GatewayPair.start(memoryLog())
    endLater(() => pair.close())
    const told: TrackerEvent[] = []
    const agentAt = (name: 'a' | 'b', token: string, onEvent: (event: TrackerEvent) => unknown = () => {}) => {
      const agent = new TrackerAgent({ transport, url: pair.at(name), token, onEvent })
      endLater(() => agent.close({ flushMs: 0 }))
      return agent
    }
    const first = agentAt('a', TOKEN, (event) => told.push(event))
    await first.connect()
    const second = agentAt('b', PERSON_TOKEN)
    await second.connect()
    expect(second.online).toEqual(['default'])
    const statuses = () => told.map(({ data }) => `${Object(data).agent} ${Object(data).status}`)
    await eventually(() => told.length === 1, 'it came')
    second.addTask('t')
    await eventually(() => told.length === 2, 'it is busy')
    await second.close()
    await eventually(() => told.length === 3, 'it left')
    expect(statuses()).toEqual(['person online', 'person busy', 'person offline'])
  })
})
