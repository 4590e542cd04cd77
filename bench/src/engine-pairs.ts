import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { median } from './measure.ts'

/**
 * `node bench/run.mjs engine-pairs BASE [PAIRS [inbound|outbound|decode|validated|object|idle …]]`: what a message and an idle connection cost in this checkout against
 * another one, whose core and protocol are built. The two take turns in processes of their own, and processor time is counted, not time.
 */
const WHAT = {
  inbound: 'ns a message',
  outbound: 'ns a message',
  decode: 'ns a message of the hub, parsed and checked',
  validated: 'ns a message of the hub, parsed, checked and given to the app',
  object: 'B',
  idle: 'B',
} as const

const HERE = fileURLToPath(new URL('../../../', import.meta.url))
const [base = '', count = '15', ...asked] = process.argv.slice(2)
const pairs = Number(count)
if (base === '' || !(pairs > 0)) throw new Error('give the folder of another checkout, and how many pairs')

function cost(folder: string, what: string): number {
  const script = fileURLToPath(new URL('./engine-cost.mjs', import.meta.url))
  const { stdout, stderr } = spawnSync('node', ['--expose-gc', script, folder, what], { encoding: 'utf8' })
  const value = Number(stdout)
  if (stdout === '' || Number.isNaN(value)) throw new Error(`${what} of ${folder}: ${stderr}`)
  return value
}

/** The ranks between which the median of so many lies in 95 of 100 cases, by the binomial distribution. */
function interval(sorted: readonly number[]): readonly [number, number] {
  const n = sorted.length
  let below = 0
  let chance = 0.5 ** n
  let rank = 0
  while (below + chance <= 0.025) {
    below += chance
    chance *= (n - rank) / (rank + 1)
    rank += 1
  }
  const low = Math.max(0, rank - 1)
  return [sorted[low] ?? Number.NaN, sorted[n - 1 - low] ?? Number.NaN]
}

for (const [what, unit] of Object.entries(WHAT)) {
  if (asked.length > 0 && !asked.includes(what)) continue
  const samples: { readonly ours: number; readonly its: number }[] = []
  for (let pair = 0; pair < pairs; pair += 1) {
    const first = pair % 2 === 0
    const a = cost(first ? HERE : base, what)
    const b = cost(first ? base : HERE, what)
    samples.push(first ? { ours: a, its: b } : { ours: b, its: a })
  }
  const ratios = samples.map(({ ours, its }) => ours / its).sort((a, b) => a - b)
  const [low, high] = interval(ratios)
  const ours = median(samples.map((sample) => sample.ours))
  const its = median(samples.map((sample) => sample.its))
  process.stdout.write(
    `  ${what.padEnd(10)} ${median(ratios).toFixed(3)}  [${low.toFixed(3)}, ${high.toFixed(3)}]   ${ours.toFixed(1)} against ${its.toFixed(1)} ${unit}\n`,
  )
}
