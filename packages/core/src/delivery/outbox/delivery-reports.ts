/** Several messages with the same outcome, reported once. */
export interface DeliveryReport {
  readonly kind: 'overflow' | 'inDoubt' | 'notSent' | 'expired' | 'dropped' | 'poison' | 'tooLarge' | 'encodeFailed'
  readonly count: number
  /** The first ids of them, at most 20. */
  readonly ids: readonly string[]
}

const REPORTED_IDS = 20

/** Gathers what happens to messages in one turn of the event loop into one report of each kind. */
export class DeliveryReports {
  readonly #reporter: { report(report: DeliveryReport): void }
  #gathered: Map<DeliveryReport['kind'], { count: number; ids: string[] }> | undefined

  constructor(reporter: { report(report: DeliveryReport): void }) {
    this.#reporter = reporter
  }

  add(kind: DeliveryReport['kind'], id: string): void {
    if (this.#gathered === undefined) {
      this.#gathered = new Map()
      queueMicrotask(() => this.#emitAll())
    }
    const report = this.#gathered.get(kind) ?? { count: 0, ids: [] }
    report.count += 1
    if (report.ids.length < REPORTED_IDS) report.ids.push(id)
    this.#gathered.set(kind, report)
  }

  #emitAll(): void {
    const gathered = this.#gathered ?? []
    this.#gathered = undefined
    for (const [kind, { count, ids }] of gathered) this.#reporter.report({ kind, count, ids })
  }
}
