import { PrincipalCounts } from '@holdfast/gate/internals'
import { StreamError } from '../errors.ts'
import type { StreamLimits } from '../limits.ts'

/** How a reader waits. */
export type WaitKind = 'long-poll' | 'sse'

/** Those who wait for what is new: bounded, of everybody and of each. */
export class Readers {
  readonly #limits: Pick<StreamLimits, 'maxReaders' | 'maxReadersPerPrincipal'>
  readonly #counts = new PrincipalCounts()
  readonly #kinds: Record<WaitKind, number> = { 'long-poll': 0, sse: 0 }
  #all = 0

  constructor(limits: Pick<StreamLimits, 'maxReaders' | 'maxReadersPerPrincipal'>) {
    this.#limits = limits
  }

  get size(): number {
    return this.#all
  }

  /** Those of one kind. */
  of(kind: WaitKind): number {
    return this.#kinds[kind]
  }

  /** One more, until the result is called. @throws StreamError `streams/unavailable` */
  add(who: string, kind: WaitKind): () => void {
    const { maxReaders, maxReadersPerPrincipal } = this.#limits
    if (this.#all >= maxReaders || this.#counts.of(who) >= maxReadersPerPrincipal) {
      throw new StreamError('streams/unavailable', 'There are as many readers as there may be: try again shortly.')
    }
    this.#all += 1
    this.#kinds[kind] += 1
    const release = this.#counts.add(who)
    let isCounted = true
    return () => {
      if (!isCounted) return
      isCounted = false
      this.#all -= 1
      this.#kinds[kind] -= 1
      release()
    }
  }
}
