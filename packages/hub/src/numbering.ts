import type { DeliveryMark, DeliveryRules } from '@holdfast/core/protocol'
import type { HubOutgoing } from './handshake.ts'

/** The number of a request that waits for its answer. */
interface AskedNumber {
  readonly n: number
  /** The hub has it: whatever asks for its answer again is the same message. */
  readonly isFixed: boolean
}

// Shared by clients that have asked nothing: never changed.
const NOTHING_ASKED: Map<string, AskedNumber | undefined> = new Map()

/**
 * Puts on a message what the hub recognises it by: its id, and towards a hub that remembers senders its number and the
 * mark up to which no answer is needed any more. Hub §11.
 */
export class Numbering implements DeliveryRules<HubOutgoing> {
  readonly byDefault = 'ordered'
  readonly numbers = 'sender'
  /** The hub of this connection understands numbers. */
  isOn = false
  /** Something was stamped with a number, and it was not yet reported as in doubt. */
  hasNumbered = false
  /** Made for the first request: an idle client is small. */
  #asked: Map<string, AskedNumber | undefined> = NOTHING_ASKED

  /** A request with this id waits for its answer; so it does when it is asked once more. */
  asks(id: string): void {
    if (this.#asked === NOTHING_ASKED) this.#asked = new Map()
    if (!this.#asked.has(id)) this.#asked.set(id, undefined)
  }

  answered(id: string): void {
    this.#asked.delete(id)
  }

  awaits(id: string): boolean {
    return this.#asked.has(id)
  }

  /** The hub has these. What went without a number is recognised by its id, and never gets one. */
  acked(ids: readonly unknown[]): void {
    for (const id of ids) {
      if (typeof id !== 'string' || !this.#asked.has(id)) continue
      this.#asked.set(id, { n: this.#asked.get(id)?.n ?? 0, isFixed: true })
    }
  }

  /** Requests whose answer is not kept for them. */
  isGone(id: string, { highest, answersFrom }: { readonly highest: number; readonly answersFrom: number }): boolean {
    const { n = 0 } = this.#asked.get(id) ?? {}
    return n > 0 && n <= highest && n < answersFrom
  }

  stamp(message: HubOutgoing, { id, seq, settledThrough = 0 }: DeliveryMark): HubOutgoing {
    const isNamed = message.type !== undefined && 'id' in message && message.id === id
    const n = seq === undefined || !this.isOn ? 0 : this.#numberOf(id, seq)
    if (isNamed && n === 0) return message
    const done = Math.min(settledThrough, this.#lowest - 1, n - 1)
    return Object.assign({ ...message }, isNamed ? undefined : { mid: id }, n === 0 ? undefined : { n, done })
  }

  #numberOf(id: string, seq: number): number {
    this.hasNumbered = true
    if (!this.#asked.has(id)) return seq
    const known = this.#asked.get(id)
    if (known?.isFixed === true) return known.n
    this.#asked.set(id, { n: seq, isFixed: false })
    return seq
  }

  /** The first number whose answer is still waited for: they were asked in this order. */
  get #lowest(): number {
    for (const number of this.#asked.values()) if (number !== undefined && number.n > 0) return number.n
    return Number.POSITIVE_INFINITY
  }
}
