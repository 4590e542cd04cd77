import { withSeed } from '@holdfast/chaos-proxy'
import { seededRandom } from '@holdfast/testkit'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { mayGoWithout, natsServerProgram } from '../../scripts/nats-server.ts'
import { auditParty, type Party } from './support/audit-party.ts'
import { Participant } from './support/hub-participant.ts'
import { QUICK, type Watcher, watchSocket, watchStream } from './support/hub-watchers.ts'
import { TOKEN } from './support/mortal-gateway.ts'
import { NatsCluster } from './support/nats-cluster.ts'
import { StallMeter } from './support/stall-meter.ts'

const LONG = process.env['HOLDFAST_LONG'] === '1'
/** So many events of the lead and messages of the controller, over so long, with so much going wrong meanwhile. */
const LOAD = LONG
  ? { count: 20_000, spanMs: 60_000, gatewayKills: 5, pauseMs: 10_000, partMs: 10_000 }
  : { count: 400, spanMs: 4_000, gatewayKills: 1, pauseMs: 1_000, partMs: 1_000 }
const SEEDS: readonly { readonly seed?: number }[] =
  LONG || process.env['HOLDFAST_SEED'] !== undefined ? [{}, {}, {}] : [{ seed: 1 }]
const SETTLE_MS = LONG ? 240_000 : 60_000
const TEST_MS = LONG ? 600_000 : 180_000

/** Who dies here is noticed without a heartbeat; a busy machine is not to be taken for a dead one. */
const CALM = { liveness: { intervalMs: 1_000, timeoutMs: 10_000 } } as const

const missing = mayGoWithout(natsServerProgram())
const after = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

const ending: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const end of ending.splice(0).reverse()) await end()
})

/** A lead, a controller and observers over both transports, each at whatever gateway the balancer gives it. */
async function gather(cluster: NatsCluster): Promise<Party> {
  const { url } = cluster
  const { count, spanMs } = LOAD
  const timings = { ...QUICK, ...CALM, queue: { maxCount: 4_000 } }
  const participant = async (role: 'lead' | 'controller', sessionId?: string): Promise<Participant> => {
    const one = await Participant.start({ role, url, token: TOKEN, sessionId, count, spanMs, timings })
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

function audit(party: Party): ReturnType<typeof auditParty> {
  return auditParty(party, { lead: LOAD.count, controller: LOAD.count }, SETTLE_MS)
}

/** As much as the slowest of those observers has that are told everything. */
function heardBy({ watchers }: Party): number {
  return Math.min(...watchers.filter(({ expects }) => expects(0)).map(({ numbers }) => numbers.length))
}

/** One after the other, in an order that the seed chooses, with a pause in between. */
async function inSomeOrder(seed: number, troubles: readonly (() => Promise<void>)[]): Promise<void> {
  const random = seededRandom(seed)
  const deck = troubles.map((trouble) => ({ trouble, at: random() })).sort((a, b) => a.at - b.at)
  for (const { trouble } of deck) {
    await trouble()
    await after(LOAD.spanMs / 20)
  }
}

/** Gateways die while servers die, stand still or are parted: always the one that leads the stream of the session. */
async function everythingGoesWrong(cluster: NatsCluster, seed: number, stalls: StallMeter): Promise<void> {
  const random = seededRandom(seed)
  const killGateway = async (): Promise<void> => {
    const name = random.pick(cluster.gateways)
    stalls.after('kill -9 of a gateway')
    await cluster.stopGateway(name, 'SIGKILL')
    await after(random.integer(0, 300))
    await cluster.startGateway(name)
  }
  const killServer = async (): Promise<void> => {
    const node = await cluster.leader()
    stalls.after('kill -9 of the leader')
    await node.kill()
    await after(random.integer(100, 500))
    await node.start()
  }
  const pauseServer = async (): Promise<void> => {
    const node = await cluster.leader()
    stalls.after('pause of the leader')
    node.pause()
    await after(LOAD.pauseMs)
    node.resume()
  }
  const partServer = async (): Promise<void> => {
    const node = await cluster.leader()
    stalls.after('partition of the leader')
    cluster.part(node)
    await after(LOAD.partMs)
    cluster.join(node)
  }
  await Promise.all([
    inSomeOrder(seed, Array(LOAD.gatewayKills).fill(killGateway)),
    inSomeOrder(seed + 1, [killServer, pauseServer, partServer]),
  ])
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
        const stalls = new StallMeter(() => heardBy(party))
        await Promise.all([party.lead.say(), party.controller.say(), everythingGoesWrong(cluster, seed, stalls)])
        const longest = stalls.stop()
        const { lead, controller } = await audit(party)
        const dials = { lead: lead.dials, controller: controller.dials }
        process.stdout.write(`cluster, seed ${seed}: longest stalls in ms ${JSON.stringify({ ...longest, dials })}\n`)
        expect(cluster.output).not.toContain(TOKEN)
      }, options),
    TEST_MS,
  )

  it(
    'the gateways of a cluster are restarted one by one, and clients notice no more than a reconnect',
    async () => {
      const party = await gather(cluster)
      const restart = async (): Promise<void> => {
        for (const name of cluster.gateways) {
          expect((await cluster.stopGateway(name, 'SIGTERM'))?.code).toBe(0)
          await cluster.startGateway(name)
        }
      }
      await Promise.all([party.lead.say(), party.controller.say(), restart()])
      const { lead, controller } = await audit(party)
      // At worst each of them was sent on to the one that was next.
      for (const { dials } of [lead, controller]) expect(dials).toBeLessThanOrEqual(1 + cluster.gateways.length)
    },
    TEST_MS,
  )
})
