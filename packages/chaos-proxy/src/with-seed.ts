import { randomInt } from 'node:crypto'
import { env } from 'node:process'

/** Options of {@link withSeed}. */
export interface WithSeedOptions {
  /** @defaultValue the environment's `HOLDFAST_SEED`, or a new one for every run */
  readonly seed?: number | undefined
}

/**
 * Runs a test body with a seed. When it fails, the error says which seed it was and how to run it again.
 * @throws an `Error` with the seed in its message and the first error as its cause
 */
export async function withSeed<T>(run: (seed: number) => T | Promise<T>, options: WithSeedOptions = {}): Promise<T> {
  const fromEnvironment = Number.parseInt(env['HOLDFAST_SEED'] ?? '', 10)
  const seed = options.seed ?? (Number.isNaN(fromEnvironment) ? randomInt(2 ** 31) : fromEnvironment)
  try {
    return await run(seed)
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    throw new Error(`failed with seed ${seed} (run again with HOLDFAST_SEED=${seed}): ${message}`, { cause: error })
  }
}
