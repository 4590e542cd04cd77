import type { Transport, WakeSignals } from '@holdfast/core'
import { BASIC_PARTS } from './basic-parts.ts'
import { Bench } from './bench.ts'
import { ENDING_PARTS } from './ending-parts.ts'
import { HUB_PARTS } from './hub-parts.ts'
import type { RuntimeTraits } from './runtime-traits.ts'

/** What a runtime gives to the program. */
export interface ProgramOptions {
  readonly transport: Transport
  /** `http://host:port` of the program's server. */
  readonly server: string
  readonly traits: RuntimeTraits
  readonly signals?: WakeSignals | undefined
}

/** What came of one part of the program. */
export interface Result {
  readonly name: string
  /** Empty when it held. */
  readonly problem: string
  /** In what way it held, where runtimes differ. */
  readonly how?: string | undefined
}

/** A part resolves with how it held, where runtimes differ, and rejects with what did not. */
export interface Part {
  readonly name: string
  run(bench: Bench): Promise<string | void>
}

/** The parts, in the order of the table. */
const PARTS: readonly Part[] = [...BASIC_PARTS, ...HUB_PARTS, ...ENDING_PARTS]

export const PART_NAMES: readonly string[] = PARTS.map(({ name }) => name)

/** Runs every part, one after the other. The same for every runtime: what differs is given. */
export async function program(options: ProgramOptions): Promise<readonly Result[]> {
  const results: Result[] = []
  for (const { name, run } of PARTS) {
    const bench = new Bench(options)
    try {
      const how = (await bench.bounded(run(bench))) ?? undefined
      await bench.closeAll()
      results.push({ name, problem: '', how })
    } catch (error) {
      await bench.closeAll()
      results.push({ name, problem: String(error) })
    }
  }
  return results
}
