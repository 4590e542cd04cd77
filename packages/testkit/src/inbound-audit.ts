import { type Audit, Violations } from './violations.ts'

/**
 * What an application was given is, in each epoch, without holes and without doubles: every hole was announced by a
 * gap in its place, and no epoch comes back after a newer one began.
 */
export class InboundAudit implements Audit {
  readonly #violations = new Violations()
  readonly #past = new Set<string>()
  #epoch: string | undefined
  #next = 1

  /** A history begins: the application stands at `base`, and the next message is `base + 1`. */
  began(epoch: string, base = 0): void {
    if (epoch === this.#epoch) {
      this.#violations.add(`epoch ${epoch} began a second time, at ${base}, when ${this.#next} was next`)
    } else if (this.#past.has(epoch)) this.#violations.add(`epoch ${epoch} came back after a newer one began`)
    if (this.#epoch !== undefined) this.#past.add(this.#epoch)
    this.#epoch = epoch
    this.#next = base + 1
  }

  /** The application was given this message. The first of all begins its epoch at zero. */
  delivered(epoch: string, seq: number): void {
    if (!this.#isCurrent(epoch, `message ${seq}`)) return
    if (seq < this.#next) this.#violations.add(`epoch ${epoch}: message ${seq} was delivered twice or out of order`)
    else if (seq > this.#next) {
      this.#violations.add(`epoch ${epoch}: messages ${this.#next} to ${seq - 1} are missing and no gap says so`)
    }
    this.#next = Math.max(this.#next, seq + 1)
  }

  /** It was reported to the application that `from` to `to`, both included, are missing. */
  gap(epoch: string, from: number, to: number): void {
    if (!this.#isCurrent(epoch, `gap ${from}-${to}`)) return
    if (from !== this.#next || to < from) {
      this.#violations.add(`epoch ${epoch}: gap ${from}-${to} is out of place, ${this.#next} was next`)
    }
    this.#next = Math.max(this.#next, to + 1)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }

  #isCurrent(epoch: string, what: string): boolean {
    if (this.#epoch === undefined) this.began(epoch)
    if (epoch === this.#epoch) return true
    this.#violations.add(`epoch ${epoch}: ${what} came, but the epoch is ${this.#epoch}`)
    return false
  }
}
