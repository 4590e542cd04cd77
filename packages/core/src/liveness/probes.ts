export const NEVER: number = Number.POSITIVE_INFINITY

/** A probe on the wire. */
export interface Probe {
  readonly at: number
  readonly mark: number
  /** Something was written between it and the next one. */
  wroteAfter: boolean
  /** A single unanswered one kills: it was sent because nothing else may be concluded. */
  readonly decisive: boolean
  /** Put off only by what this side stood still. {@link NEVER}: its answer is waited for no longer. */
  deadlineAt: number
}

/** Shared by links without a probe on the way: nearly all of them, nearly always. */
const NONE: Probe[] = []

/** The probes without answer. Answers come in order, so each belongs to the oldest of these. */
export class Probes {
  #outstanding = NONE

  /** The one whose time ends first: another probe never gives it more. */
  get awaited(): Probe | undefined {
    let first: Probe | undefined
    for (const probe of this.#outstanding) if (probe.deadlineAt < (first?.deadlineAt ?? NEVER)) first = probe
    return first
  }

  add(probe: Probe, hasWritten: boolean): void {
    for (const earlier of this.#outstanding) earlier.wroteAfter ||= hasWritten
    if (this.#outstanding.length === 0) this.#outstanding = [probe]
    else this.#outstanding.push(probe)
  }

  /** Takes out the one that an answer belongs to. */
  answered(): Probe | undefined {
    const sent = this.#outstanding.shift()
    if (this.#outstanding.length === 0) this.#outstanding = NONE
    // An answer that was on its way before a sleep says nothing about the link after it.
    for (const probe of this.#outstanding) if (!probe.decisive) probe.deadlineAt = NEVER
    return sent
  }

  putOff(ms: number): void {
    for (const probe of this.#outstanding) probe.deadlineAt += ms
  }

  /** At least so much time for each from when it was sent. */
  widen(leastMs: number): void {
    for (const probe of this.#outstanding) probe.deadlineAt = Math.max(probe.deadlineAt, probe.at + leastMs)
  }

  waitNoMore(): void {
    for (const probe of this.#outstanding) probe.deadlineAt = NEVER
  }
}
