/** One thing to time: runs once and says how many units a second it did. */
export type Contender = () => Promise<number>

/** Median of the ratios `ours / raw`, the two run in turn so that both meet the same conditions. */
export async function ratio(
  ours: Contender,
  raw: Contender,
  rounds = 9,
): Promise<{ ratio: number; ours: number; raw: number }> {
  await ours()
  await raw()
  const samples: { ratio: number; ours: number; raw: number }[] = []
  for (let round = 0; round < rounds; round += 1) {
    const first = round % 2 === 0
    const a = first ? await ours() : await raw()
    const b = first ? await raw() : await ours()
    const [mine, its] = first ? [a, b] : [b, a]
    samples.push({ ratio: mine / its, ours: mine, raw: its })
  }
  return {
    ratio: median(samples.map((sample) => sample.ratio)),
    ours: median(samples.map((sample) => sample.ours)),
    raw: median(samples.map((sample) => sample.raw)),
  }
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5)
}

/** The value that `part` of all values are below. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length * part)] ?? Number.NaN
}

/** One line of the report: what, the ratio, its aim, and the absolute numbers for the curious. */
export function report(what: string, value: number, aim: string, detail: string): void {
  process.stdout.write(`  ${what.padEnd(44)} ${value.toFixed(2).padStart(6)}   aim ${aim.padEnd(8)} ${detail}\n`)
}
