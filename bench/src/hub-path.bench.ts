import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { GIVEN, inbound, LARGE, outbound, requests, routed, type Server, type Task, TEXT } from './hub-path-tasks.ts'
import { median } from './measure.ts'
import { printHottest } from './profile.ts'

/**
 * What a message costs on its way through the hub, beside raw `ws`: all servers in one run, in turn, with the same clients
 * (raw sockets that speak the wire of ours), and medians of the ratios of each round.
 *
 * `--rounds=N` · `--only=in,out` · `--part=0.2` of the messages · `--base=CHECKOUT` adds the sqlite hub of another checkout, where this was run before ·
 * `--semi=MB` adds it with that much room for what is young (`--max-semi-space-size`) ·
 * `--profile` takes one profile of the sqlite hub instead, and prints the hottest functions of each of its threads.
 */
const option = (name: string): string | undefined =>
  process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3)
const rounds = Number(option('rounds') ?? 7)
const part = Number(option('part') ?? 1)
const only = option('only')?.split(',')
const base = option('base')
const semi = option('semi')
const isProfile = process.argv.includes('--profile')
const PROFILES = fileURLToPath(new URL('../profiles/', import.meta.url))

interface Peer extends Server {
  readonly child: ChildProcess
  cpuMs(): Promise<number>
}

async function peer(kind: string, folder = new URL('./', import.meta.url), execArgv: string[] = []): Promise<Peer> {
  const [store = kind] = kind.split('@')
  const child = fork(fileURLToPath(new URL('hub-path-peer.mjs', folder)), [store], { execArgv })
  const [{ port }] = await once(child, 'message')
  const cpuMs = async (): Promise<number> => {
    child.send('cpu')
    const [answer] = await once(child, 'message')
    return answer.cpuMs
  }
  return { kind, url: `ws://127.0.0.1:${port}`, child, cpuMs }
}

interface Measure {
  readonly name: string
  readonly what: string
  readonly count: number
  readonly task: (count: number, kind: string) => Task
  readonly unit: 'k/s' | 'ms' | 'MB/s'
  /** Taken beside each sample, which is told as a multiple of it. */
  readonly unitTask?: (count: number, kind: string) => Task
}

const MEASURES: readonly Measure[] = [
  { name: 'in', what: 'inbound, lead to observer', count: 20_000, unit: 'k/s', task: (count) => inbound(count, TEXT) },
  { name: 'in8k', what: 'inbound, 8 KiB each', count: 4_000, unit: 'MB/s', task: (count) => inbound(count, LARGE) },
  { name: 'out', what: 'outbound, acknowledged', count: 20_000, unit: 'k/s', task: (count) => outbound(count, GIVEN) },
  {
    name: 'outid',
    what: 'the same, ids of the app',
    count: 20_000,
    unit: 'k/s',
    task: (count) => outbound(count, 'app-'),
  },
  {
    name: 'flight',
    what: 'requests, 100 in flight',
    count: 10_000,
    unit: 'k/s',
    task: (count) => requests('ask', count, 100),
  },
  // Raw has the disk in it: a write and a flush of its own for each.
  {
    name: 'ask',
    what: 'request, one append; raw and one flush',
    count: 500,
    unit: 'ms',
    task: (count, kind) => requests(kind === 'raw' ? 'disk' : 'ask', count, 1),
  },
  {
    name: 'relay',
    what: 'controller, lead, answer; of requests in the same rounds',
    count: 500,
    unit: 'ms',
    task: (count) => routed(count),
    // A flush of the disk is not the same every minute.
    unitTask: (count, kind) => requests(kind === 'raw' ? 'disk' : 'ask', count, 1),
  },
]

interface Sample {
  readonly value: number
  /** As a multiple of {@link Measure.unitTask}. */
  readonly multiple?: number | undefined
  readonly cpuMicros: number
}

async function sample(peer: Peer, measure: Measure): Promise<Sample> {
  const count = Math.ceil(measure.count * part)
  const before = await peer.cpuMs()
  const value = await measure.task(count, peer.kind)(peer)
  const cpuMicros = (((await peer.cpuMs()) - before) / count) * 1_000
  const one = await measure.unitTask?.(count, peer.kind)(peer)
  return { value, cpuMicros, multiple: one === undefined ? undefined : value / one }
}

async function measured(peers: readonly Peer[], measure: Measure): Promise<void> {
  const samples = new Map(peers.map(({ kind }): [string, Sample[]] => [kind, []]))
  for (let round = -1; round < rounds; round += 1) {
    const order = peers.map((_, at) => peers[(at + round + peers.length) % peers.length])
    for (const one of order) {
      if (one === undefined) continue
      const made = await sample(one, measure)
      // The first round is for the compilers.
      if (round >= 0) samples.get(one.kind)?.push(made)
    }
  }
  const { what, unit } = measure
  process.stdout.write(`  ${what}\n`)
  for (const [kind, mine] of samples) {
    const value = median(mine.map((one) => one.value))
    const cpu = median(mine.map((one) => one.cpuMicros))
    const against = [...samples]
      .filter(([other]) => other !== kind && kind.startsWith('sqlite'))
      .map(
        ([other, theirs]) => `${ratioOf(mine, theirs).toFixed(2)} (${costRatio(mine, theirs).toFixed(2)}) of ${other}`,
      )
    const multiples = mine.flatMap(({ multiple }) => (multiple === undefined ? [] : [multiple]))
    if (multiples.length > 0) against.unshift(`${median(multiples).toFixed(2)} requests`)
    const told = `${shown(value, unit).padStart(10)} ${cpu.toFixed(1).padStart(7)} µs of processor`
    process.stdout.write(`    ${kind.padEnd(12)} ${told}   ${against.join(' · ')}\n`)
  }
}

/** The median of the ratios of each round. */
function ratioOf(mine: readonly Sample[], theirs: readonly Sample[]): number {
  return median(mine.map(({ value }, round) => value / (theirs[round]?.value ?? Number.NaN)))
}

/** The same of processor time, which other work on the machine changes less. */
function costRatio(mine: readonly Sample[], theirs: readonly Sample[]): number {
  return median(mine.map(({ cpuMicros }, round) => cpuMicros / (theirs[round]?.cpuMicros ?? Number.NaN)))
}

function shown(value: number, unit: Measure['unit']): string {
  if (unit === 'ms') return `${value.toFixed(3)} ms`
  if (unit === 'MB/s') return `${((value * LARGE.length) / 1e6).toFixed(1)} MB/s`
  return `${(value / 1_000).toFixed(1)} k/s`
}

const asked = MEASURES.filter(({ name }) => only?.includes(name) ?? true)
if (isProfile) {
  const profiled = await peer('sqlite', undefined, ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`])
  for (const measure of asked.slice(0, 1)) {
    for (let round = 0; round < rounds; round += 1) await measure.task(measure.count, 'sqlite')(profiled)
  }
  const ended = once(profiled.child, 'exit')
  profiled.child.disconnect()
  await ended
  printHottest(PROFILES)
} else {
  const peers = [await peer('raw'), await peer('memory'), await peer('sqlite')]
  if (semi !== undefined) {
    peers.push(await peer(`sqlite@${semi}MB`, undefined, [`--max-semi-space-size=${semi}`]))
  }
  if (base !== undefined) peers.push(await peer('sqlite@base', new URL(`file://${base}/bench/.results/bundle/`)))
  for (const measure of asked) await measured(peers, measure)
  for (const { child } of peers) child.disconnect()
}
