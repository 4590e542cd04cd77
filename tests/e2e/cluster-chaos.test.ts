import { seededRandom } from '@holdfast/testkit'
import { withSeed } from '@holdfast/testkit/chaos-proxy'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { eventually } from './support/cuts.ts'
import { Participant } from './support/hub-participant.ts'
import { HEARTBEAT, QUICK, type Watcher, watchSocket, watchStream } from './support/hub-watchers.ts'
import { TOKEN } from './support/mortal-gateway.ts'
import { NatsCluster } from './support/nats-cluster.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
/** So many events of the lead and messages of the controller, over so long, with so much going wrong meanwhile. */
const LOAD = LONG
  ? { count: 20_000, spanMs: 60_000, gatewayKills: 5, pauseMs: 10_000, partMs: 10_000 }
  : { count: 1_000, spanMs: 5_000, gatewayKills: 1, pauseMs: 1_000, partMs: 1_000 }
const SEEDS: readonly { readonly seed?: number }[] =
  LONG || process.env['HOLDFAST_SEED'] !== undefined ? [{}, {}, {}] : [{ seed: 1 }]
const SETTLE_MS = LONG ? 240_000 : 60_000
const TEST_MS = LONG ? 600_000 : 120_000

const missing = mayGoWithout(natsServerProgram())
const numbers = Array.from({ length: LOAD.count }, (_, index) => index + 1)
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A lead, a controller and observers over both transports, each at whatever gateway the balancer gives it. */
async function gather(cluster: NatsCluster) {
  const { url } = cluster
  const { count, spanMs } = LOAD
  const timings = { ...QUICK, ...HEARTBEAT, heartbeatTimeoutMs: 2_000, maxMessageQueueSize: 4_000 }
  const participant = async (role: 'lead' | 'controller', sessionId?: string): Promise<Participant> => {
    const one = await Participant.start({ role, url, apiKey: TOKEN, sessionId, count, spanMs, timings })
    ending.push(() => one.end())
    return one
  }
  const lead = await participant('lead')
  const { sessionId } = lead
  const controller = await participant('controller', sessionId)
  const watchers: Watcher[] = []
  const watched = { url, sessionId, timings }
  for (let at = 1; at <= 3; at++) {
    watchers.push(await watchSocket({ ...watched, name: `socket ${at}`, expects: () => true }))
    const subscribe = ['turn_start']
    watchers.push(await watchStream({ ...watched, name: `stream ${at}`, subscribe, expects: (n) => n % 4 === 1 }))
  }
  ending.push(() => Promise.all(watchers.map((watcher) => watcher.close())))
  return { lead, controller, watchers }
}

type Gathered = Awaited<ReturnType<typeof gather>>

/** Everything was heard, once, in order, by everybody; nobody was told of a loss. */
async function audit({ lead, controller, watchers }: Gathered): Promise<void> {
  await eventually(
    () => watchers.every(({ expects, numbers: got }) => got.length >= numbers.filter(expects).length),
    `all that was said: ${watchers.map(({ name, numbers: { length } }) => `${name} ${length}`).join(', ')}`,
    SETTLE_MS,
  )
  for (const { name, numbers: got, expects, complaints } of watchers) {
    expect({ name, numbers: got, complaints }).toEqual({ name, numbers: numbers.filter(expects), complaints: [] })
  }
  const seen = { lead: await lead.seen(), controller: await controller.seen() }
  for (const one of [seen.lead, seen.controller]) {
    expect(one).toMatchObject({ wrong: [], errors: [], gaps: [] })
    expect([...one.answered].sort((a, b) => a - b)).toEqual(numbers)
  }
  expect(seen.lead.requests).toEqual(numbers)
  expect(seen.controller.broadcasts).toEqual(numbers)
}

/** The longest time in which nothing new came to an observer, in milliseconds. */
function stallsOf(watcher: Watcher | undefined): { longest: number; stop(): void } {
  const told = { longest: 0, stop: () => clearInterval(timer) }
  let length = 0
  let at = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    if (watcher !== undefined && watcher.numbers.length > length) {
      length = watcher.numbers.length
      at = now
    }
    told.longest = Math.max(told.longest, Math.round(now - at))
  }, 10)
  return told
}

/** Everything that can go wrong with a cluster, one after the other, in an order that the seed chooses. */
async function everythingGoesWrong(cluster: NatsCluster, seed: number): Promise<readonly string[]> {
  const random = seededRandom(seed)
  const told: string[] = []
  const { nodes } = cluster.nats
  const killGateway = async (): Promise<void> => {
    const name = random.pick(cluster.gateways)
    told.push(`kill -9 of gateway ${name}`)
    await cluster.stopGateway(name, 'SIGKILL')
    await after(random.integer(0, 300))
    await cluster.startGateway(name)
  }
  const killServer = async (): Promise<void> => {
    const node = random.pick(nodes)
    told.push(`kill -9 of server ${node.name}`)
    await node.kill()
    await after(random.integer(100, 500))
    await node.start()
  }
  const pauseServer = async (): Promise<void> => {
    const node = random.pick(nodes)
    told.push(`pause of server ${node.name}`)
    node.pause()
    await after(LOAD.pauseMs)
    node.resume()
  }
  const partLeader = async (): Promise<void> => {
    const node = await cluster.leader()
    told.push(`partition of server ${nodes[node]?.name}`)
    cluster.part(node)
    await after(LOAD.partMs)
    cluster.join(node)
  }
  const troubles = [killServer, pauseServer, partLeader, ...Array(LOAD.gatewayKills).fill(killGateway)]
  const deck = troubles.map((trouble) => ({ trouble, at: random() })).sort((a, b) => a.at - b.at)
  for (const { trouble } of deck) {
    await trouble()
    await after(LOAD.spanMs / 20)
  }
  return told
}

describe.skipIf(missing !== undefined)(missing ?? 'three gateways on three JetStream servers', () => {
  let cluster: NatsCluster
  beforeAll(async () => {
    cluster = await NatsCluster.start()
  }, TEST_MS)
  afterAll(() => cluster?.close())

  it.each(SEEDS)(
    'lose, double and reorder nothing, whatever dies, stops or is parted %o',
    (options) =>
      withSeed(async (seed) => {
        const party = await gather(cluster)
        const stalls = stallsOf(party.watchers[0])
        const said = Promise.all([party.lead.say(), party.controller.say()])
        const troubles = await everythingGoesWrong(cluster, seed)
        await said
        await audit(party)
        stalls.stop()
        process.stdout.write(`cluster: ${troubles.join(', ')}; longest stall ${stalls.longest} ms\n`)
        expect(cluster.output).not.toContain(TOKEN)
      }, options),
    TEST_MS,
  )

  it(
    'are restarted one after the other, and clients notice no more than a reconnect',
    async () => {
      const party = await gather(cluster)
      const said = Promise.all([party.lead.say(), party.controller.say()])
      for (const name of cluster.gateways) {
        await cluster.stopGateway(name, 'SIGTERM')
        await cluster.startGateway(name)
      }
      await said
      await audit(party)
    },
    TEST_MS,
  )
})
