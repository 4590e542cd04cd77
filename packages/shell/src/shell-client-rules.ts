import type { ClientRules } from '@holdfast/core/client'
import { type ShellSessionError, shellProblem } from './errors.ts'
import type { ShellSessionOptions } from './options.ts'
import type { SessionEnd } from './session-end.ts'

/** What differs from other clients. */
export class ShellClientRules implements ClientRules<ShellSessionError> {
  readonly logger: ShellSessionOptions['logger']
  readonly emitsEnd = false
  readonly #link: { readonly end: SessionEnd }

  constructor(link: { readonly end: SessionEnd }, logger: ShellSessionOptions['logger']) {
    this.logger = logger
    this.#link = link
  }

  problem(...said: Parameters<typeof shellProblem>): ShellSessionError {
    return shellProblem(...said)
  }

  failure(): ShellSessionError {
    return this.#link.end.over()
  }

  /** What becomes of input the input itself knows. */
  delivery(): undefined {}
}
