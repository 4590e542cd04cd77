import { type Audit, Violations } from './violations.ts'

/**
 * A dead link is noticed in time, and a live one is never given up. Give it the times that count: those in which the
 * client was awake and visible.
 */
export class LivenessAudit implements Audit {
  readonly #withinMs: number
  readonly #violations = new Violations()
  readonly #deadSince = new Map<number, number>()
  readonly #late = new Set<number>()
  readonly #noticed: number[] = []

  constructor(bounds: { readonly withinMs: number }) {
    this.#withinMs = bounds.withinMs
  }

  /** The link stopped carrying anything, and the client still uses it. */
  died(link: number, atMs: number): void {
    if (!this.#deadSince.has(link)) this.#deadSince.set(link, atMs)
  }

  /** The link carries again. */
  revived(link: number, atMs: number): void {
    this.ended(link, atMs)
  }

  /** The client slept or was hidden for so long: it does not count. */
  excused(ms: number): void {
    for (const [link, since] of this.#deadSince) this.#deadSince.set(link, since + ms)
  }

  /** The client gave the link up because it heard nothing. `probed`: a probe was sent and stayed unanswered. */
  givenUp(link: number, atMs: number, how: { readonly probed: boolean }): void {
    const since = this.#deadSince.get(link)
    if (since === undefined) this.#violations.add(`link ${link} was alive and given up at ${atMs} ms`)
    else {
      this.#noticed.push(atMs - since)
      if (!how.probed) this.#violations.add(`link ${link} was given up at ${atMs} ms without an unanswered probe`)
    }
    this.ended(link, atMs)
  }

  /** The link ended in another way. */
  ended(link: number, atMs: number): void {
    this.#check(link, atMs)
    this.#deadSince.delete(link)
    this.#late.delete(link)
  }

  /** Looks whether a dead link should have been noticed by now. */
  observe(atMs: number): void {
    for (const link of this.#deadSince.keys()) this.#check(link, atMs)
  }

  /** How long each dead link was unnoticed, in milliseconds. */
  get noticedAfterMs(): readonly number[] {
    return this.#noticed
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }

  #check(link: number, atMs: number): void {
    const since = this.#deadSince.get(link)
    if (since === undefined || this.#late.has(link) || atMs - since <= this.#withinMs) return
    this.#late.add(link)
    this.#violations.add(`link ${link} was dead from ${since} ms and not noticed within ${this.#withinMs} ms`)
  }
}
