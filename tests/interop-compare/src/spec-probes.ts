import type { Difference } from './compare.ts'

/** A program of a client that nobody publishes: what the class that is replaced does is told, not run. */
export interface SpecProbe {
  readonly name: string
  readonly replaced: unknown
  readonly run: () => Promise<unknown>
}

/** Runs every program and keeps those that behave differently from the class that is replaced. */
export async function compareWithSpec(probes: readonly SpecProbe[]): Promise<readonly Difference[]> {
  const differences: Difference[] = []
  await Promise.all(
    probes.map(async ({ name, replaced, run }) => {
      const [published, ours] = [JSON.stringify(replaced), JSON.stringify(await run())]
      if (published !== ours) differences.push({ name, published, ours })
    }),
  )
  return differences.sort((one, other) => one.name.localeCompare(other.name))
}
