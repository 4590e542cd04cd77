// How soon clients are back, and how many at once: `pnpm bench way-back`, `--only=reset,chaos,storm`, `--seed=7`, `--seconds=100`,
// `--every-ms=3000` between faults, `--clients=1000`.
import { setTimeout as pause } from 'node:timers/promises'
import { type ChaosProxy, seededFaults, startChaosProxy } from '@holdfast/chaos-proxy'
import { median } from './measure.ts'
import { type Client, PEERS, type Peer } from './way-back-peers.ts'
import { type NumberServer, numberServer } from './way-back-servers.ts'
import { type Preset, Storm } from './way-back-storm.ts'

const option = (name: string, otherwise: string): string =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3) ?? otherwise
const only = option('only', 'reset,chaos,storm').split(',')
const seed = Number(option('seed', '7'))
const seconds = Number(option('seconds', '100'))
const everyMs = Number(option('every-ms', '3000'))
const clients = Number(option('clients', '1000'))
const say = (what: string, figures: string): void => void process.stdout.write(`  ${what.padEnd(34)} ${figures}\n`)

const TICK_MS = 100
const IN_TIME_MS = 250
const RESETS = 15
/** Long enough for every peer to take a link for well. */
const STABLE_MS = 6_000

/** When each number was written, and when it came at the other end. */
class Course {
  readonly wrote: number[] = []
  readonly up: number[] = []
  readonly down: number[] = []
  refused = 0

  came(times: number[], n: number): void {
    times[n] ??= performance.now()
  }

  /** Whether what either end wrote in this tick was not there in time. */
  isDark(n: number): boolean {
    const by = (this.wrote[n] ?? 0) + IN_TIME_MS
    return !((this.up[n] ?? Number.POSITIVE_INFINITY) <= by && (this.down[n] ?? Number.POSITIVE_INFINITY) <= by)
  }
}

/** A peer with its server, and a network of its own between them, if it has one. */
class Pair {
  readonly course = new Course()
  readonly #server: NumberServer
  readonly #client: Client

  private constructor(peer: Peer, server: NumberServer, course: Course, address: string) {
    this.course = course
    this.#server = server
    this.#client = peer.dial(address, {
      message: (n) => course.came(course.down, n),
      refused: () => {
        course.refused += 1
      },
    })
  }

  static async of(peer: Peer, addressOf: (port: number) => Promise<string>): Promise<Pair> {
    const course = new Course()
    const server = await numberServer(peer.wire, (n) => course.came(course.up, n))
    return new Pair(peer, server, course, await addressOf(server.port))
  }

  tick(n: number): void {
    this.course.wrote[n] = performance.now()
    this.#client.send(n)
    this.#server.say(n)
  }

  async close(): Promise<void> {
    await Promise.race([this.#client.close(), pause(1_000)])
    this.#server.close()
  }
}

/** From the reset of a link that was well to the first message that was written behind it, up and down. */
async function resets(peer: Peer): Promise<readonly number[]> {
  let cut = (): void => {}
  const pair = await Pair.of(peer, async (port) => {
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
    cut = () => proxy.cut()
    return proxy.address
  })
  const took: number[] = []
  let n = 0
  const untilBoth = async (): Promise<void> => {
    for (const first = n; ; n += 1) {
      pair.tick(n)
      await pause(10)
      const came = (times: readonly number[]): boolean => times.slice(first).some((at) => at !== undefined)
      if (came(pair.course.up) && came(pair.course.down)) break
    }
    n += 1
  }
  await untilBoth()
  for (let round = 0; round < RESETS; round += 1) {
    await pause(STABLE_MS)
    const at = performance.now()
    cut()
    await untilBoth()
    took.push(performance.now() - at)
  }
  await pair.close()
  return took
}

if (only.includes('reset')) {
  process.stdout.write(`\n  a link is reset, ${RESETS} times: s until messages pass both ways\n`)
  const all = await Promise.all(PEERS.map(async (peer) => ({ peer, took: await resets(peer) })))
  const [ours] = all
  for (const { peer, took } of all) {
    const of = median(ours?.took ?? []) / median(took)
    say(peer.name, `p50 ${s(median(took))}, worst ${s(Math.max(...took))}; ours / this ${of.toFixed(2)}`)
  }
}

if (only.includes('chaos')) {
  process.stdout.write(
    `\n  faults of every kind, one every ${everyMs} ms for ${seconds} s, seed ${seed}, the same for all: the share of time in which a message that\n  either end writes is not there within ${IN_TIME_MS} ms\n`,
  )
  const proxies: ChaosProxy[] = []
  const proxied = async (port: number): Promise<string> => {
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
    proxies.push(proxy)
    return proxy.address
  }
  const pairs = await Promise.all(PEERS.map((peer) => Pair.of(peer, proxied)))
  // One without a network in between: what is late there is this machine's.
  const control = await Pair.of(PEERS[0] ?? fail(), async (port) => `127.0.0.1:${port}`)
  await pause(STABLE_MS)
  for (const proxy of proxies) void proxy.perform(seededFaults({ seed, everyMs }))
  const began = performance.now()
  let ticks = 0
  for (; performance.now() - began < seconds * 1_000; ticks += 1) {
    for (const pair of [...pairs, control]) pair.tick(ticks)
    await pause(Math.max(0, began + (ticks + 1) * TICK_MS - performance.now()))
  }
  await pause(1_000)
  const counted = Array.from({ length: ticks }, (_, n) => n).filter((n) => !control.course.isDark(n))
  const shares = pairs.map(({ course }) => counted.filter((n) => course.isDark(n)).length / counted.length)
  for (const [at, share] of shares.entries()) {
    const refused = `${pairs[at]?.course.refused} of ${ticks} refused`
    say(
      PEERS[at]?.name ?? '',
      `${(share * 100).toFixed(0)} %, ${refused}; ours / this ${((shares[0] ?? 0) / share).toFixed(2)}`,
    )
  }
  say('left out, this machine was late', `${ticks - counted.length} of ${ticks}`)
  for (const pair of [...pairs, control]) await pair.close()
}

if (only.includes('storm')) {
  for (const preset of ['eager', 'fleet'] satisfies Preset[]) {
    const storm = await Storm.of(clients, preset)
    await pause(STABLE_MS)
    const away = await storm.restart(2_000)
    process.stdout.write(`\n  ${clients} clients, ${preset}\n`)
    say(
      `server down for ${s(away.awayMs)}`,
      `peak ${away.peak} dials in 100 ms; back p50 ${s(away.p50)}, 99 % ${s(away.p99)}, open ${s(away.openP99)}`,
    )
    // Until also a fleet's links count as well.
    await pause(12_000)
    const reset = await storm.reset()
    say(
      'all reset, the server is well',
      `peak ${reset.peak} dials in 100 ms; back p50 ${s(reset.p50)}, 99 % ${s(reset.p99)}, open ${s(reset.openP99)}`,
    )
    say(
      '',
      `the gateway's loop late, p99 ${reset.loopP99?.toFixed(0)} ms; it waited ${reset.waited?.toFixed(0)} ms for a processor`,
    )
    await storm.close()
  }
}
process.exit(0)

function s(ms: number): string {
  return `${(ms / 1_000).toFixed(2)} s`
}

function fail(): never {
  throw new Error('expected a peer')
}
