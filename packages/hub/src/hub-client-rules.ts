import type { ClientRules } from '@holdfast/core/client'
import { type HubError, hubProblem } from './errors.ts'
import type { HubOptions } from './options.ts'

/** What differs from other clients. */
export class HubClientRules implements ClientRules<HubError> {
  readonly logger: HubOptions['logger']
  readonly alsoReads = 'hydration'
  readonly #link: { failure(error: unknown): HubError }

  constructor(link: { failure(error: unknown): HubError }, logger: HubOptions['logger']) {
    this.logger = logger
    this.#link = link
  }

  problem(...said: Parameters<typeof hubProblem>): HubError {
    return hubProblem(...said)
  }

  failure(error: unknown): HubError {
    return this.#link.failure(error)
  }
}
