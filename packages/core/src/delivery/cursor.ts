import type { Gap } from '../client-protocol.ts'

/** A place in a history. Indivisible: a number means nothing without its epoch. */
export interface Position {
  readonly epoch: string
  /** The highest contiguous number processed; 0 before the first. */
  readonly seq: number
  /** A short hash of event `seq`, where the server compares one. */
  readonly eventHash?: string | undefined
}

/** What to do with a numbered message. */
export type Arrival =
  | { readonly kind: 'next' }
  /** Seen before: drop it. */
  | { readonly kind: 'duplicate' }
  /** Something before it is missing. The cursor has moved past it; report the gap to the app, then deliver. */
  | { readonly kind: 'gap'; readonly gap: Gap }

/** Follows one direction of one session: contiguous, without duplicates, every hole reported. Engine semantics §5. */
export class Cursor {
  #position: Position | undefined
  #duplicates = 0
  #gaps = 0

  constructor(position?: Position | undefined) {
    this.#position = position
  }

  /** Undefined before the first `adopt()`. */
  get position(): Position | undefined {
    return this.#position
  }

  get duplicates(): number {
    return this.#duplicates
  }

  get gaps(): number {
    return this.#gaps
  }

  /** Starts at a position or jumps to it: a new history, or a snapshot. Returns the gap that this leaves, if any. */
  adopt(position: Position): Gap | undefined {
    const before = this.#position
    this.#position = position
    if (before === undefined) return undefined
    if (before.epoch !== position.epoch) return this.#hole({ from: before.seq + 1, reason: 'epoch' })
    if (position.seq > before.seq) return this.#hole({ from: before.seq + 1, to: position.seq, reason: 'skipped' })
    return undefined
  }

  /**
   * Takes the number of a message. `previous` is the number of the message that this subscription was sent before it,
   * where a filter leaves holes on purpose.
   */
  take(
    seq: number,
    options: { readonly eventHash?: string | undefined; readonly previous?: number | undefined } = {},
  ): Arrival {
    const before = this.#position
    if (before === undefined) throw new RangeError('adopt a position before taking numbers')
    if (seq <= before.seq) {
      this.#duplicates += 1
      return { kind: 'duplicate' }
    }
    const expected = (options.previous ?? seq - 1) <= before.seq
    this.#position = { epoch: before.epoch, seq, eventHash: options.eventHash }
    if (expected) return { kind: 'next' }
    return { kind: 'gap', gap: this.#hole({ from: before.seq + 1, to: seq - 1, reason: 'missing' }) }
  }

  /** Everything up to `seq` either arrived or did not match the filter. */
  mark(seq: number): void {
    const before = this.#position
    if (before !== undefined && seq > before.seq) this.#position = { epoch: before.epoch, seq }
  }

  #hole(gap: Gap): Gap {
    this.#gaps += 1
    return gap
  }
}
