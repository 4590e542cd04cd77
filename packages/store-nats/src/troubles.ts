import type { LogHealth, StoreOperation } from '@holdfast/log'

/** What a request was for. It works again when a request for the same has succeeded, not another one. */
export interface Purpose {
  readonly operation: StoreOperation
  /** The stream that was asked. */
  readonly stream: string
}

/** One thing that does not work. */
export interface Trouble extends Purpose {
  readonly reason: string
  /** There is no room: only something that was stored shows that there is again. */
  readonly isFull: boolean
}

/** So long a report of a full server explains why appends fail elsewhere. */
const FRESH_MS = 10_000

/** What does not work at the moment, by what was tried. */
export class Troubles {
  readonly #now: () => number
  readonly #troubles = new Map<string, Trouble>()
  /** That servers are full, in the words of one, and when that was said. */
  #full: { readonly reason: string; readonly at: number } | undefined
  readonly #stalls = new Map<string, string>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Each of them, to be tried again. */
  get all(): readonly Trouble[] {
    return [...this.#troubles.values()]
  }

  /**
   * Notes what failed. What came of a full store is reported as that, whatever its servers say next.
   * @returns why, as far as is known
   */
  failed(trouble: Trouble): string {
    const key = keyOf(trouble)
    const noted = this.#explained(trouble)
    if (noted.isFull || this.#troubles.get(key)?.isFull !== true) this.#troubles.set(key, noted)
    return noted.reason
  }

  /**
   * A server has no room left, as this node or another one learned. A full server leaves its streams without a leader, and who
   * asks then gets no answer.
   */
  full(reason: string): void {
    this.#full = { reason, at: this.#now() }
    for (const [key, trouble] of this.#troubles) this.#troubles.set(key, this.#explained(trouble))
  }

  #explained(trouble: Trouble): Trouble {
    const full = this.#full
    if (trouble.isFull || trouble.operation !== 'append' || full === undefined) return trouble
    return this.#now() - full.at > FRESH_MS ? trouble : { ...trouble, reason: full.reason, isFull: true }
  }

  worked(purpose: Purpose): void {
    if (this.#troubles.size > 0) this.#troubles.delete(keyOf(purpose))
  }

  /** An append of one session waits; undefined: no longer. */
  stalled(subject: string, reason: string | undefined): void {
    if (reason === undefined) this.#stalls.delete(subject)
    else this.#stalls.set(subject, reason)
  }

  health(): LogHealth {
    const all = this.all
    const full = all.find(({ isFull }) => isFull)?.reason
    const of = (wanted: StoreOperation): string | undefined => all.find(({ operation }) => operation === wanted)?.reason
    const [stalled] = this.#stalls.values()
    const append = full ?? of('append') ?? stalled
    const read = of('read')
    const reason = append ?? read
    if (reason === undefined) return { ok: true }
    const failing = { ...(append === undefined ? {} : { append }), ...(read === undefined ? {} : { read }) }
    return { ok: false, reason, failing }
  }
}

function keyOf({ operation, stream }: Purpose): string {
  return `${operation} ${stream}`
}
