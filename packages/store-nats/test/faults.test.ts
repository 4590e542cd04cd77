import { setTimeout as pause } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import { type NatsNode, type NatsServers, startNats } from '../../../scripts/nats-processes.ts'
import { mayGoWithout, natsServerProgram } from '../../../scripts/nats-server.ts'
import { type NatsLog, natsLog } from '../src/index.ts'
import { FaultWriters, follow } from './fault-writers.ts'

const missing = mayGoWithout(natsServerProgram())
const IS_LONG = process.env['HOLDFAST_LONG'] === '1'
const SESSIONS = ['a', 'b', 'c']

describe.skipIf(missing !== undefined)(missing ?? 'faults', () => {
  let servers: NatsServers
  const logs: NatsLog[] = []
  afterEach(async () => {
    await Promise.all(logs.splice(0).map((log) => log.close()))
    await servers?.stop()
  })

  async function open(stallMs = 2_000): Promise<NatsLog> {
    const log = natsLog({ servers: servers.urls, shards: 1, stallMs, idleCheckMs: 500 })
    logs.push(log)
    await log.opened
    return log
  }

  /** Writers at one gateway and a tail at another, while `faults` happen; then everything is counted. */
  async function through(faults: (writers: FaultWriters) => Promise<void>): Promise<FaultWriters> {
    const [log, other] = [await open(), await open()]
    for (const session of SESSIONS) await log.createSession(session)
    const writers = new FaultWriters(log, SESSIONS, 6)
    const end = { n: Number.POSITIVE_INFINITY }
    const tail = follow(other, 'a', end)
    await faults(writers)
    await writers.end()
    await writers.check(log)
    end.n = (await log.head('a')).last + 1
    await log.append('a', [{ id: 'end 1', kind: 'k', at: 0, payload: null }], { producer: { id: 'end', fence: 0 } })
    expect(await tail).toEqual(Array.from({ length: end.n }, (_, i) => i + 1))
    await writers.check(await open())
    return writers
  }

  it('a server that flushes always is killed while it writes: nothing acknowledged is lost or doubled', async () => {
    servers = await startNats()
    const [node] = servers.nodes
    const writers = await through(async (writing) => {
      for (let round = 0; round < (IS_LONG ? 20 : 3); round++) {
        await writing.more(150 + 150 * (round % 5))
        await node?.kill('SIGKILL')
        await node?.start()
      }
      await writing.more(200)
    })
    expect(writers.acknowledged).toBeGreaterThan(800)
  }, 120_000)

  it('the leader of three stands still for 5 s, another is killed: the stall is reported and ends, nothing is lost', async () => {
    servers = await startNats({ count: 3 })
    const writers = await through(async (writing) => {
      await writing.more(300)
      const stopped = await leaderOf(servers)
      stopped.pause()
      await pause(5_000)
      stopped.resume()
      await writing.more(300)
      for (let round = 0; round < (IS_LONG ? 5 : 1); round++) {
        const killed = await leaderOf(servers)
        await killed.kill('SIGKILL')
        await writing.more(300)
        if (IS_LONG) await killed.start()
      }
    })
    expect(writers.unavailable).toBeGreaterThan(0)
  }, 240_000)
})

/** The node that leads the only stream of events. */
async function leaderOf(servers: NatsServers): Promise<NatsNode> {
  for (;;) {
    for (const node of servers.nodes) {
      const { account_details: accounts = [] } = await (await fetch(`${node.monitor}/jsz?streams=true`)).json()
      for (const { stream_detail: streams = [] } of accounts) {
        for (const { name, cluster } of streams) {
          if (name === 'holdfast_ev_0' && cluster?.leader === node.name) return node
        }
      }
    }
    await pause(50)
  }
}
