import type { Clock } from '@holdfast/contract'
import type { StoreOperation } from '@holdfast/log'
import { type Cause, causeOf } from './causes.ts'
import type { Operation, StoreTroubles, StoreWarning } from './operations.ts'

/** The same failure is reported once in so much time, however often it happens. */
const REPORT_EVERY_MS = 60_000
/** A damaged session is tried again so often: files are mended, too. */
const RETRY_DAMAGED_MS = 60_000
/** Kept at most; beyond it the oldest makes room. */
const MAX_TROUBLES = 1_000
/** Of those, tried again in one look. */
const MAX_RETRIES = 8
const READS: ReadonlySet<Operation['op']> = new Set(['read', 'head', 'snapshot', 'find', 'list'])

/** One thing that does not work, until the same thing has worked. */
interface Trouble {
  readonly operation: StoreOperation
  readonly cause: Cause
  readonly session?: string | undefined
  /** When it was seen last. */
  at: number
  /** What has to succeed before it is over; absent: an append. */
  readonly again?: Operation | undefined
}

/** What failed, and for whom. */
export interface Failed {
  readonly session: string | undefined
  readonly cause: Cause
}

/** Whether an operation only reads. */
export function isReading(operation: Operation): boolean {
  return READS.has(operation.op)
}

/**
 * What is wrong with a store, by what was tried. A trouble ends when the *same* thing succeeds: a read never sets an
 * append right, nor one session another.
 */
export class Troubles {
  readonly #clock: Clock
  readonly #troubles = new Map<string, Trouble>()
  /** What was last reported of each, also after it was over: what comes and goes is reported once, too. */
  readonly #reported = new Map<string, { readonly at: number; readonly words: string }>()
  #warnings: StoreWarning[] = []
  #version = 0
  #sent = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Why a session is closed off, if it is. */
  damageOf(session: string | undefined): string | undefined {
    const trouble = session === undefined ? undefined : this.#troubles.get(`read ${session}`)
    if (trouble === undefined || trouble.cause.kind === 'disk') return undefined
    this.#report(`read ${session}`, trouble)
    return trouble.cause.words
  }

  /** Notes what failed, and says what of. */
  failed(operation: Operation, error: unknown): Failed {
    const cause = causeOf(error)
    const session = sessionOf(operation)
    const reads = isReading(operation)
    if (cause.kind === 'record') this.damaged(session ?? '', cause, operation)
    else if (reads) this.#note(`read ${session ?? ''}`, { operation: 'read', cause, session, again: operation })
    else if (cause.kind === 'page') this.#note(`append ${session ?? ''}`, { operation: 'append', cause, session })
    else this.cannotAppend(cause)
    return { session, cause }
  }

  /** Closes a session off: what it holds cannot be what was written. */
  damaged(session: string, cause: Cause, operation?: Operation): void {
    const again: Operation =
      operation !== undefined && isReading(operation) ? operation : { op: 'head', input: { session } }
    this.#note(`read ${session}`, { operation: 'read', cause, session, again })
  }

  /** Nothing can be written at the moment. */
  cannotAppend(cause: Cause): void {
    this.#note('append', { operation: 'append', cause })
  }

  /** An append was written. */
  appended(session?: string | undefined): void {
    this.#over('append')
    if (session !== undefined) this.#over(`append ${session}`)
  }

  removed(session: string): void {
    for (const key of [`append ${session}`, `read ${session}`]) {
      this.#over(key)
      this.#reported.delete(key)
    }
  }

  get cannotAppendNow(): boolean {
    return this.#troubles.has('append')
  }

  /** Tries some of what could not be read once more. */
  retry(run: (operation: Operation) => void): void {
    const now = this.#clock.now()
    const due = [...this.#troubles].filter(([, { cause, at }]) => cause.kind === 'disk' || now - at >= RETRY_DAMAGED_MS)
    for (const [key, trouble] of due.slice(0, MAX_RETRIES)) {
      if (trouble.again === undefined) continue
      try {
        run(trouble.again)
        this.#over(key)
      } catch {
        // To the end: what is tried next time is something else.
        this.#troubles.delete(key)
        this.#troubles.set(key, { ...trouble, at: now })
      }
    }
  }

  /** What changed since the last call, and what is to be reported. */
  news(): { readonly troubles?: StoreTroubles | undefined; readonly warnings?: readonly StoreWarning[] | undefined } {
    const troubles = this.#version === this.#sent ? undefined : this.#summary()
    const warnings = this.#warnings.length === 0 ? undefined : this.#warnings
    this.#sent = this.#version
    this.#warnings = []
    return { ...(troubles === undefined ? {} : { troubles }), ...(warnings === undefined ? {} : { warnings }) }
  }

  #summary(): StoreTroubles {
    const all = [...this.#troubles.values()]
    const append = all.find(({ operation }) => operation === 'append')
    // A damaged record is its session's own; a damaged page is the file's.
    const read = all.find(({ operation, cause }) => operation === 'read' && cause.kind !== 'record')
    const damaged = all.filter(({ operation, cause }) => operation === 'read' && cause.kind !== 'disk')
    return {
      append: append?.cause.words,
      read: read?.cause.words,
      damaged: damaged.flatMap(({ session }) => (session === undefined ? [] : [session])),
    }
  }

  #note(key: string, trouble: Omit<Trouble, 'at'>): void {
    const noted = { ...trouble, at: this.#clock.now() }
    if (this.#troubles.get(key)?.cause.words !== trouble.cause.words) this.#version++
    this.#troubles.set(key, noted)
    this.#report(key, noted)
    for (const oldest of this.#troubles.keys()) {
      if (this.#troubles.size <= MAX_TROUBLES) break
      this.#over(oldest)
    }
  }

  #over(key: string): void {
    if (!this.#troubles.delete(key)) return
    this.#version++
  }

  #report(key: string, { operation, session, cause }: Trouble): void {
    const now = this.#clock.now()
    const last = this.#reported.get(key)
    if (last?.words === cause.words && now - last.at < REPORT_EVERY_MS) return
    // The oldest make room.
    this.#reported.delete(key)
    this.#reported.set(key, { at: now, words: cause.words })
    for (const oldest of this.#reported.keys()) if (this.#reported.size > MAX_TROUBLES) this.#reported.delete(oldest)
    const doing = operation === 'append' ? 'write' : 'read'
    const what = session === undefined || session === '' ? '' : ` session ${JSON.stringify(session)}`
    this.#warnings.push({ message: `The store cannot ${doing}${what}: ${cause.words}.`, operation, session })
  }
}

/** The session that an operation is about. */
export function sessionOf({ input }: Operation): string | undefined {
  return 'session' in input ? input.session : undefined
}
