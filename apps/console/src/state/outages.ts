import { type Cause, explainCause, type Status } from '@holdfast/core'

/** A change of a connection, and what it comes of. */
export interface Change {
  readonly status: Status
  readonly cause?: Cause | undefined
}

/** Whose outages are watched. A `Connection` fits, and so does a shell's session. */
export interface Interrupted {
  on(name: 'status', listener: (event: Change) => void): () => void
}

/** What came of an outage, counted on this side. */
export interface Caught {
  /** What arrived late: a number with its noun. */
  readonly caughtUp: string
  readonly lost: number
  readonly doubled: number
  /** What was sent meanwhile; undefined: nothing was. */
  readonly kept?: string | undefined
  /** How one can know: each a name and what was found. */
  readonly proof: readonly (readonly [name: string, found: string])[]
}

/** An outage that is over. */
export interface Outage extends Caught {
  readonly number: number
  /** When it began, as a clock shows it. In milliseconds. */
  readonly beganAt: number
  readonly durationMs: number
}

/** Counts what an outage did. */
export interface OutageAccount {
  /** The link is gone, for a reason in words. */
  began(why: string): void
  /** It is back. Resolves when everything that was missed has arrived. */
  ended(): Promise<Caught>
}

/** What an {@link OutageWatch} is made of. */
export interface OutageWatchParts {
  readonly connection: Interrupted
  readonly account: OutageAccount
  /** Something is different: away, or an outage more. */
  readonly changed: (outage?: Outage | undefined) => void
}

/** Outages that are remembered. */
const MAX_OUTAGES = 100
/** A first connection that takes longer than this is worth a word. */
const SLOW_START_MS = 1_000

/** Every outage of one connection, from its first moment: when it began, how long it took, and what came of it. */
export class OutageWatch {
  readonly #parts: OutageWatchParts
  readonly #off: () => void
  /** When the link was lost, as a clock shows it; undefined while it is there. */
  awaySince: number | undefined
  /** Those that are over, the newest last. */
  list: readonly Outage[] = []
  #began = 0
  #count = 0
  #wasOpen = false
  #timer: ReturnType<typeof setTimeout> | undefined

  constructor(parts: OutageWatchParts) {
    this.#parts = parts
    this.#off = parts.connection.on('status', (change) => this.#status(change))
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#off()
  }

  #status({ status: { state }, cause }: Change): void {
    const isUsable = state === 'open' || state === 'draining'
    if (isUsable) this.#open()
    else if (state === 'closed' || state === 'idle') this.#over()
    else if (this.#wasOpen) this.#lost(cause)
    else this.#timer ??= setTimeout(() => this.#late(), SLOW_START_MS)
  }

  #open(): void {
    clearTimeout(this.#timer)
    const { account, changed } = this.#parts
    const [since, began] = [this.awaySince, this.#began]
    this.awaySince = undefined
    if (since !== undefined && this.#wasOpen) {
      const durationMs = performance.now() - began
      void account.ended().then((caught) => {
        const outage = { ...caught, number: ++this.#count, beganAt: since, durationMs }
        this.list = [...this.list, outage].slice(-MAX_OUTAGES)
        changed(outage)
      })
    }
    this.#wasOpen = true
    changed()
  }

  #lost(cause: Cause | undefined): void {
    if (this.awaySince !== undefined) return
    this.awaySince = Date.now()
    this.#began = performance.now()
    this.#parts.account.began(cause === undefined ? 'not known' : explainCause(cause))
    this.#parts.changed()
  }

  #late(): void {
    this.awaySince ??= Date.now()
    this.#parts.changed()
  }

  #over(): void {
    clearTimeout(this.#timer)
    this.awaySince = undefined
    this.#parts.changed()
  }
}
