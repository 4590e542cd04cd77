import { type ChaosProxy, startChaosProxy, withSeed } from '@holdfast/chaos-proxy'
import { seededRandom } from '@holdfast/testkit'
import { afterEach, describe, expect, it } from 'vitest'
import { auditParty } from './support/audit-party.ts'
import { eventually } from './support/cuts.ts'
import { dealtFaults, putOut } from './support/dealt-faults.ts'
import { Participant } from './support/hub-participant.ts'
import { HEARTBEAT, QUICK, type Watcher, watchPages, watchSocket, watchStream } from './support/hub-watchers.ts'
import { MortalGateway, TOKEN } from './support/mortal-gateway.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
/** So many messages of the lead, and as many of the controller, over so long, with so much going wrong meanwhile. */
const LOAD = LONG
  ? { count: 20_000, spanMs: 20_000, ofEachKind: 10, kills: 5 }
  : { count: 600, spanMs: 2_000, ofEachKind: 2, kills: 2 }
/** The same one every time in the short form; new ones in the long form, or one that is asked for. */
const SEEDS: readonly { readonly seed?: number }[] = LONG
  ? [{}, {}, {}]
  : [process.env['HOLDFAST_SEED'] === undefined ? { seed: 1 } : {}]
/** All but whoever reads pages, which needs none that lasts. */
const CONNECTIONS = 6
const SETTLE_MS = LONG ? 120_000 : 60_000
const TEST_MS = LONG ? 300_000 : 180_000

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A gateway with the embedded store, a lead, a controller and four observers, each behind a proxy of its own. */
class Gathering {
  readonly gateway: MortalGateway
  readonly proxies: ChaosProxy[] = []
  readonly watchers: Watcher[] = []
  readonly faults = new Map<string, number>()

  private constructor(gateway: MortalGateway) {
    this.gateway = gateway
    ending.push(() => gateway.close())
  }

  static async open(): Promise<Gathering & { readonly lead: Participant; readonly controller: Participant }> {
    const gathering = new Gathering(await MortalGateway.start())
    const lead = await gathering.#participant('lead')
    const { sessionId } = lead
    const controller = await gathering.#participant('controller', sessionId)
    const all = (): boolean => true
    const even = (n: number): boolean => n % 2 === 0
    const [task, turns, category] = [['task_*'], ['turn_start'], ['message', 'task_start']]
    await gathering.#watch(watchSocket, { name: 'socket, everything', sessionId, expects: all })
    await gathering.#watch(watchSocket, {
      name: 'socket, task_*',
      sessionId,
      subscribe: task,
      expects: (n) => n % 4 === 0,
    })
    await gathering.#watch(watchStream, {
      name: 'stream, turn_start',
      sessionId,
      subscribe: turns,
      expects: (n) => n % 4 === 1,
    })
    await gathering.#watch(watchStream, { name: 'stream, a category', sessionId, subscribe: category, expects: even })
    await gathering.#watch(watchPages, { name: 'pages, everything', sessionId, expects: all })
    return Object.assign(gathering, { lead, controller })
  }

  async #proxy(): Promise<string> {
    const counted = (kind: string): void => void this.faults.set(kind, (this.faults.get(kind) ?? 0) + 1)
    const proxy = await startChaosProxy({
      target: { host: '127.0.0.1', port: this.gateway.port },
      onFault: (event) => {
        if (event.phase === 'begins') counted(event.fault.kind)
        putOut(proxy, event)
      },
    })
    this.proxies.push(proxy)
    ending.push(() => proxy.close())
    return proxy.url
  }

  async #participant(role: 'lead' | 'controller', sessionId?: string): Promise<Participant> {
    const { count, spanMs } = LOAD
    const timings = { ...QUICK, ...HEARTBEAT, queue: { maxCount: 4_000 } }
    const url = await this.#proxy()
    const participant = await Participant.start({ role, url, token: TOKEN, sessionId, count, spanMs, timings })
    ending.push(() => participant.end())
    return participant
  }

  async #watch(watch: typeof watchSocket, options: Omit<Parameters<typeof watch>[0], 'url'>): Promise<void> {
    const watcher = await watch({ ...options, url: await this.#proxy() })
    ending.push(() => watcher.close())
    this.watchers.push(watcher)
  }
}

type Open = Awaited<ReturnType<typeof Gathering.open>>

function audit(party: Open): ReturnType<typeof auditParty> {
  return auditParty(party, { lead: LOAD.count, controller: LOAD.count }, SETTLE_MS)
}

async function sayEverything({ lead, controller }: Open): Promise<void> {
  await Promise.all([lead.say(), controller.say()])
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5))

describe.each(SEEDS)('chaos between real processes %o', (options) => {
  it(
    'loses, doubles and reorders nothing, whatever the network does',
    () =>
      withSeed(async (seed) => {
        const party = await Gathering.open()
        const { ofEachKind, spanMs } = LOAD
        const dealt = dealtFaults({ seed, ofEachKind, proxies: party.proxies.length, spanMs })
        const faults = party.proxies.map((proxy, at) => proxy.perform(dealt[at] ?? []))
        await Promise.all([sayEverything(party), ...faults])
        const { lead, controller } = await audit(party)
        expect([...party.faults.values()]).toEqual(Array(9).fill(ofEachKind))
        expect(lead.dials + controller.dials).toBeGreaterThan(2)
      }, options),
    TEST_MS,
  )
})

describe.each(SEEDS)('kill -9 of the gateway %o', (options) => {
  it(
    'loses, doubles and reorders nothing that was acknowledged, or was going to be',
    () =>
      withSeed(async (seed) => {
        const party = await Gathering.open()
        const random = seededRandom(seed)
        const { kills, count } = LOAD
        const said = sayEverything(party)
        for (let kill = 0; kill < kills; kill += 1) {
          const share = (kill + random.between(0.2, 0.8)) / kills
          await eventually(() => (party.watchers[0]?.numbers.length ?? 0) >= share * count, `kill ${kill}`, SETTLE_MS)
          while ((await party.gateway.metric('holdfast_hub_connections')) < CONNECTIONS) await soon()
          await party.gateway.killAndRestart(random.integer(0, 200))
        }
        await said
        const { lead, controller } = await audit(party)
        // Who had everything answered before the last kill need not be back from it.
        expect(Math.min(lead.dials, controller.dials)).toBeGreaterThanOrEqual(kills)
        await party.gateway.kill()
        expect(party.gateway.output).not.toContain(TOKEN)
      }, options),
    TEST_MS,
  )
})
