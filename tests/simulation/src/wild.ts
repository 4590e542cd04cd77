import { authors } from './wild-authors.ts'
import { type Scenario, Wild } from './wild-case.ts'
import { dialing } from './wild-dialing.ts'
import { keeping } from './wild-keeping.ts'
import { reading } from './wild-reading.ts'
import { sending } from './wild-sending.ts'

/** Every kind of small world, by its name. */
export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  ...reading,
  ...dialing,
  ...sending,
  ...keeping,
  ...authors,
}

/** Lives one of them. Never rejects: what breaks is a violation. */
export async function runWild(
  name: string,
  seed: number,
): Promise<{ readonly violations: readonly string[]; readonly trace: readonly string[] }> {
  const scenario = SCENARIOS[name]
  if (scenario === undefined) throw new Error(`no scenario "${name}"; there are ${Object.keys(SCENARIOS).join(', ')}`)
  const wild = new Wild(seed)
  try {
    await scenario(wild)
  } catch (error) {
    wild.holds(false, `the world ended with ${error instanceof Error ? error.message : String(error)}`)
  }
  return { violations: wild.broken, trace: wild.story }
}
