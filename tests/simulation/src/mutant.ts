import type { Trouble } from './setup.ts'

/** A deliberately broken engine: the simulation must notice it. */
export interface Mutant {
  /** What is broken, as one would confess it. */
  readonly what: string
  /** Below `src` of its package. */
  readonly file: string
  /** @defaultValue core */
  readonly package?: 'core' | 'contract' | undefined
  readonly from: string
  readonly to: string
  /** Worlds with these troubles alone, where others would seldom show it. @defaultValue all worlds */
  readonly troubles?: readonly Trouble[] | undefined
  /** The kind of small world that shows it, instead of a whole one. */
  readonly scenario?: string | undefined
}
