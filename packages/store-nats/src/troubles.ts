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

/** What does not work at the moment, by what was tried. */
export class Troubles {
  readonly #troubles = new Map<string, Trouble>()
  readonly #stalls = new Map<string, string>()

  /** Each of them, to be tried again. */
  get all(): readonly Trouble[] {
    return [...this.#troubles.values()]
  }

  /** Notes what failed. What came of a full store is told as that, whatever its servers say next. */
  failed(trouble: Trouble): void {
    const key = keyOf(trouble)
    if (trouble.isFull || this.#troubles.get(key)?.isFull !== true) this.#troubles.set(key, trouble)
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
