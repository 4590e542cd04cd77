// What a client costs that is open and idle: the heap and the memory of the process, ours beside raw `ws` and the published ones.
import { execFile, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { median } from './measure.ts'

const CLIENTS = 3_000
const ROUNDS = 5
const KINDS = ['raw', 'partysocket', 'agentuity', 'core', 'hub', 'shell'] as const

type Kind = (typeof KINDS)[number]
/** Bytes of one client. */
interface Cost {
  readonly heap: number
  readonly rss: number
}
type Round = Readonly<Record<Kind, Cost>>

/** In KiB: heap over raw; `of`: memory of the process, as a multiple of that of the published client of the hub. */
const AIMS: Readonly<Partial<Record<Kind, { readonly heap: number; readonly of: number }>>> = {
  core: { heap: 3.5, of: 1.25 },
  hub: { heap: 6, of: 1.25 },
  shell: { heap: 7, of: 1.25 },
}

const script = (name: string): string => fileURLToPath(new URL(`./${name}.mjs`, import.meta.url))
const peer = fork(script('idle-clients-peer'))
const [{ port }] = await once(peer, 'message')

async function costOf(kind: Kind): Promise<Cost> {
  const args = ['--expose-gc', script('idle-clients-cost'), kind, String(port), String(CLIENTS)]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  return JSON.parse(stdout)
}

/** Memory is not time: the kinds of one round are measured beside each other, each in a process of its own. */
async function round(): Promise<Round> {
  const [raw, partysocket, agentuity, core, hub, shell] = await Promise.all([
    costOf('raw'),
    costOf('partysocket'),
    costOf('agentuity'),
    costOf('core'),
    costOf('hub'),
    costOf('shell'),
  ])
  return { raw, partysocket, agentuity, core, hub, shell }
}

const rounds: Round[] = []
for (let n = 0; n < ROUNDS; n += 1) rounds.push(await round())
peer.disconnect()

const kib = (bytes: number): string => (bytes / 1_024).toFixed(1)
const over = (read: (round: Round) => number): number => median(rounds.map(read))
process.stdout.write('               heap over raw, KiB      RSS, KiB   of agentuity\n')
for (const kind of KINDS) {
  const heap = over((one) => one[kind].heap - one.raw.heap)
  const rss = over((one) => one[kind].rss)
  const of = over((one) => one[kind].rss / one.agentuity.rss)
  const aim = AIMS[kind]
  const aims = aim === undefined ? '' : `   aims ≤ ${aim.heap}, ≤ ${aim.of}`
  process.stdout.write(
    `  ${kind.padEnd(12)} ${kib(heap).padStart(17)} ${kib(rss).padStart(13)} ${of.toFixed(2).padStart(14)}${aims}\n`,
  )
}
