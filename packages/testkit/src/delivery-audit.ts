import { type Audit, Violations } from './violations.ts'

/** What a sender was promised: see the delivery classes of the engine. */
export type DeliveryClass = 'volatile' | 'once' | 'retry' | 'ordered'

/**
 * How a delivery ended, as reported to its sender. `rejected` means: it did not arrive and never will. `inDoubt`: nobody
 * can say. `written`: nothing is promised.
 */
export type DeliveryOutcome = 'acked' | 'rejected' | 'inDoubt' | 'written'

interface Sent {
  readonly delivery: DeliveryClass
  readonly order: number
  outcome: DeliveryOutcome | undefined
  arrivals: number
}

/** What was reported to senders never contradicts what the server got. Give every id once; ids are the test's own. */
export class DeliveryAudit implements Audit {
  readonly #sent = new Map<string, Sent>()
  readonly #violations = new Violations()
  #lastOrdered: { readonly id: string; readonly order: number } | undefined

  /** The application handed a message over. */
  sent(id: string, delivery: DeliveryClass): void {
    if (this.#sent.has(id)) this.#violations.add(`message ${id} was sent twice by the test`)
    this.#sent.set(id, { delivery, order: this.#sent.size, outcome: undefined, arrivals: 0 })
  }

  acked(id: string): void {
    this.#settled(id, 'acked')
  }

  rejected(id: string): void {
    this.#settled(id, 'rejected')
  }

  inDoubt(id: string): void {
    this.#settled(id, 'inDoubt')
  }

  written(id: string): void {
    this.#settled(id, 'written')
  }

  /** The server's application got it: after the server's own recognition of doubles, where it has one. */
  arrived(id: string): void {
    const sent = this.#known(id, 'arrived')
    if (sent === undefined) return
    sent.arrivals += 1
    if (sent.arrivals > 1 && sent.delivery !== 'retry') {
      this.#violations.add(`${sent.delivery} message ${id} arrived ${sent.arrivals} times`)
    }
    if (sent.outcome === 'rejected') this.#violations.add(`message ${id} arrived after it was rejected`)
    if (sent.delivery === 'ordered' && sent.arrivals === 1) this.#inOrder(id, sent.order)
  }

  /** How many were sent, and how they ended. */
  counts(): Readonly<Record<DeliveryOutcome | 'sent' | 'open' | 'arrived', number>> {
    const counts = { sent: this.#sent.size, open: 0, arrived: 0, acked: 0, rejected: 0, inDoubt: 0, written: 0 }
    for (const { outcome, arrivals } of this.#sent.values()) {
      counts[outcome ?? 'open'] += 1
      if (arrivals > 0) counts.arrived += 1
    }
    return counts
  }

  /** What is broken so far. */
  violations(): readonly string[] {
    return this.#violations.violations()
  }

  /** To be called when the client is closed: from now on a message without a report to its sender is a violation. */
  finished(): void {
    for (const [id, { delivery, outcome }] of this.#sent) {
      if (outcome === undefined) this.#violations.add(`the sender of ${delivery} message ${id} was told nothing`)
    }
  }

  #settled(id: string, outcome: DeliveryOutcome): void {
    const sent = this.#known(id, outcome)
    if (sent === undefined) return
    if (sent.outcome !== undefined) {
      this.#violations.add(`message ${id} was told ${outcome} after ${sent.outcome}`)
      return
    }
    sent.outcome = outcome
    if (outcome === 'acked' && sent.arrivals === 0) {
      this.#violations.add(`${sent.delivery} message ${id} was acked before it arrived`)
    }
    if (outcome === 'rejected' && sent.arrivals > 0) {
      this.#violations.add(`${sent.delivery} message ${id} was rejected though it had arrived`)
    }
    if (outcome === 'written' && sent.delivery !== 'volatile') {
      this.#violations.add(`${sent.delivery} message ${id} ended as written, which promises nothing`)
    }
  }

  #inOrder(id: string, order: number): void {
    const last = this.#lastOrdered
    if (last !== undefined && last.order > order) {
      this.#violations.add(`ordered message ${id} arrived after ${last.id}, which was sent later`)
      return
    }
    this.#lastOrdered = { id, order }
  }

  #known(id: string, what: string): Sent | undefined {
    const sent = this.#sent.get(id)
    if (sent === undefined) this.#violations.add(`message ${id} ${what}, and was never sent`)
    return sent
  }
}
