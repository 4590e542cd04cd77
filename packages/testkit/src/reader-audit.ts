import { type Audit, Violations } from './violations.ts'

/**
 * Nothing is delivered without a reader: what came is read in order, or a gap that says how many are missing stands in its
 * place; and nothing counts as taken before that, except what was dropped for want of a reader. For one reader
 * that numbers what comes from 1.
 */
export class ReaderAudit implements Audit {
  readonly #room: number
  readonly #violations = new Violations()
  #came = 0
  #done = 0
  #taken = 0
  #missing = 0

  /** `room`: so many messages wait without a reader; older ones may give way. */
  constructor(bounds: { readonly room: number }) {
    this.#room = bounds.room
  }

  /** How many came so far. */
  get count(): number {
    return this.#came
  }

  /** How many of them were read, or reported as missing. */
  get done(): number {
    return this.#done
  }

  /** A message came from the network. */
  came(seq: number): void {
    if (seq !== this.#came + 1) this.#violations.add(`message ${seq} came after ${this.#came}`)
    this.#came = Math.max(this.#came, seq)
  }

  /** The app was given it. */
  read(seq: number): void {
    const next = this.#done + this.#missing + 1
    if (seq < next) this.#violations.add(`message ${seq} was read twice or out of order, ${next} was next`)
    else if (seq > next) this.#violations.add(`messages ${next} to ${seq - 1} were delivered to nobody`)
    this.#missing = 0
    this.#done = Math.max(this.#done, seq)
  }

  /** It was reported to the app that so many messages are missing before the next one. */
  gap(count: number): void {
    this.#missing += count
  }

  /** The peer was notified, or may be, that the app has processed it. */
  taken(seq: number): void {
    if (seq !== this.#taken + 1) this.#violations.add(`message ${seq} is taken after ${this.#taken}`)
    this.#taken = Math.max(this.#taken, seq)
    const isGone = seq <= this.#came - this.#room
    if (seq > this.#done + this.#missing && !isGone) {
      this.#violations.add(`message ${seq} counts as taken, the app is at ${this.#done}`)
    }
  }

  /** The reader has had its time: everything that came must be read or reported, and taken. */
  finished(): void {
    if (this.#done + this.#missing < this.#came)
      this.#violations.add(`${this.#came - this.#done} messages were delivered to nobody`)
    if (this.#taken < this.#done) this.#violations.add(`${this.#done} messages are read, ${this.#taken} are taken`)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}
