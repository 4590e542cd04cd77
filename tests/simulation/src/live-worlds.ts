import { loadSimulation } from './load-simulation.ts'

/** How often progress is told. */
const TELL_EVERY = 1_000

/** Lives the worlds from `from` to `to` and gives a line for each promise broken, with the command that replays it. */
export async function liveWorlds(from: number, to: number): Promise<readonly string[]> {
  const { runWorld } = await loadSimulation()
  const broken: string[] = []
  const totals: Record<string, number> = {}
  const begun = performance.now()
  for (let seed = from; seed <= to; seed += 1) {
    const { violations, counts } = await runWorld(seed)
    for (const [name, count] of Object.entries(counts)) totals[name] = (totals[name] ?? 0) + count
    for (const violation of violations) broken.push(`pnpm sim --seed ${seed}: ${violation}`)
    const done = seed - from + 1
    if (done % TELL_EVERY !== 0) continue
    const perSecond = Math.round((done * 1000) / (performance.now() - begun))
    process.stdout.write(
      `simulation: worlds ${from} to ${seed}, ${broken.length} broken promises, ${perSecond} worlds/s\n`,
    )
    // The first few say enough.
    if (broken.length > 20) break
  }
  process.stdout.write(`simulation: ${JSON.stringify(totals)}\n`)
  return broken
}
