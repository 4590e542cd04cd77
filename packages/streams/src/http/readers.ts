import { PrincipalCounts } from '@holdfast/gate/internals'
import { StreamError } from '../errors.ts'
import type { StreamLimits } from '../limits.ts'

/** Those who wait for what is new: bounded, of everybody and of each. */
export class Readers {
  readonly #limits: Pick<StreamLimits, 'maxReaders' | 'maxReadersPerPrincipal'>
  readonly #counts = new PrincipalCounts()
  #all = 0

  constructor(limits: Pick<StreamLimits, 'maxReaders' | 'maxReadersPerPrincipal'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all
  }

  /** One more, until the result is called. @throws StreamError `streams/unavailable` */
  add(who: string): () => void {
    const { maxReaders, maxReadersPerPrincipal } = this.#limits
    if (this.#all >= maxReaders || this.#counts.of(who) >= maxReadersPerPrincipal) {
      throw new StreamError('streams/unavailable', 'There are as many readers as there may be: try again shortly.')
    }
    this.#all += 1
    const release = this.#counts.add(who)
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      this.#all -= 1
      release()
    }
  }
}
