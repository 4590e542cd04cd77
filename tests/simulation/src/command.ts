import { parseArgs } from 'node:util'
import { loadSimulation } from './load-simulation.ts'
import { MUTANTS } from './mutants.ts'

interface Told {
  readonly violations: readonly string[]
  readonly trace: readonly string[]
}

const HELP = `Lives simulated worlds and says which promises of the engine were broken.

  pnpm sim --seed N             world N with its trace
  pnpm sim --seed N --count M   worlds N to N+M-1, traces of those that fail
  pnpm sim --mutant NAME        with a deliberately broken engine
  pnpm sim --wild NAME          a small world of this kind instead; a wrong name lists them
`

/** The command behind `pnpm sim`. */
export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '1' },
      mutant: { type: 'string' },
      wild: { type: 'string' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  const [seed, count] = [Number(values.seed), Number(values.count)]
  if (values.help === true || !Number.isInteger(seed) || !Number.isInteger(count)) {
    process.stdout.write(HELP)
    return values.help === true ? 0 : 2
  }
  const mutant = values.mutant === undefined ? undefined : MUTANTS[values.mutant]
  const { runWorld, runWild } = await loadSimulation(values.mutant)
  const wild = values.wild ?? mutant?.scenario
  const { troubles } = mutant ?? {}
  const run = (at: number, trace: boolean): Promise<Told> =>
    wild === undefined ? runWorld(at, { trace, troubles }) : runWild(wild, at)
  let failed = 0
  const begun = performance.now()
  for (let at = seed; at < seed + count; at += 1) {
    const { violations } = await run(at, false)
    if (violations.length > 0) failed += 1
    if (violations.length === 0 && count > 1) continue
    const { trace } = await run(at, true)
    process.stdout.write(`${trace.join('\n')}\n\n`)
    for (const violation of violations) process.stdout.write(`broken in world ${at}: ${violation}\n`)
  }
  const perSecond = Math.round((count * 1000) / (performance.now() - begun))
  process.stdout.write(`${count} worlds, ${failed} with broken promises, ${perSecond} worlds/s\n`)
  return failed === 0 ? 0 : 1
}
