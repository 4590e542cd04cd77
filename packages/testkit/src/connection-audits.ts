import { type Audit, Violations } from './violations.ts'

/** At most `maxDials` dials begin in any window of `windowMs`. */
export class DialAudit implements Audit {
  readonly #windowMs: number
  readonly #maxDials: number
  readonly #violations = new Violations()
  #recent: number[] = []
  #count = 0

  constructor(bounds: { readonly windowMs: number; readonly maxDials: number }) {
    this.#windowMs = bounds.windowMs
    this.#maxDials = bounds.maxDials
  }

  /** Dials so far. */
  get count(): number {
    return this.#count
  }

  dialed(atMs: number): void {
    this.#count += 1
    this.#recent = this.#recent.filter((earlier) => earlier > atMs - this.#windowMs)
    this.#recent.push(atMs)
    if (this.#recent.length > this.#maxDials) {
      this.#violations.add(
        `${this.#recent.length} dials in the ${this.#windowMs} ms before ${atMs} ms, ${this.#maxDials} are allowed`,
      )
    }
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

/** What the writer audit looks at: a `MemoryLink` fits. */
export interface ObservedLink {
  readonly id: number
  readonly url: string
  /** The client's end is open and writes. */
  readonly clientIsWriting: boolean
}

/** One client writes on at most one link at once, seen from the network. */
export class SingleWriterAudit implements Audit {
  readonly #clientOf: (link: ObservedLink) => string
  readonly #violations = new Violations()
  readonly #draining = new Set<number>()

  /** `clientOf` distinguishes clients. @defaultValue all links of one URL are of one client */
  constructor(clientOf: (link: ObservedLink) => string = ({ url }) => url) {
    this.#clientOf = clientOf
  }

  /** The link is being replaced on purpose: it may live beside its successor. */
  draining(link: ObservedLink): void {
    this.#draining.add(link.id)
  }

  /** Looks at all links of the network: at least after every dial. */
  observe(links: readonly ObservedLink[], atMs: number): void {
    const writers = new Map<string, number>()
    for (const link of links) {
      if (!link.clientIsWriting || this.#draining.has(link.id)) continue
      const client = this.#clientOf(link)
      const other = writers.get(client)
      if (other !== undefined) this.#violations.add(`links ${other} and ${link.id} are both written at ${atMs} ms`)
      writers.set(client, link.id)
    }
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

/** What a client says of itself at one moment. */
export interface Observed {
  readonly status: string
  /** Timers that it has armed. */
  readonly timers: number
  /** Events from outside that it has registered for and that would move it. */
  readonly triggers?: number | undefined
}

/** A state that should lead somewhere owns a timer or waits for an event that it has registered for. */
export class ProgressAudit implements Audit {
  readonly #resting: ReadonlySet<string>
  readonly #violations = new Violations()

  /** `resting` are the statuses that may stay for ever. */
  constructor(resting: readonly string[]) {
    this.#resting = new Set(resting)
  }

  observe({ status, timers, triggers = 0 }: Observed, atMs: number): void {
    if (this.#resting.has(status) || timers > 0 || triggers > 0) return
    this.#violations.add(`${status} at ${atMs} ms has no timer and waits for nothing: it is stuck`)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

/** After the user's `close()` nothing happens any more: no dial, no delivery, no other status, no timer. */
export class ClosedAudit implements Audit {
  readonly #violations = new Violations()
  #closedAt: number | undefined

  /** `close()` has completed. */
  closed(atMs: number): void {
    this.#closedAt ??= atMs
  }

  /** The user connects anew: what follows is allowed again. */
  connected(): void {
    this.#closedAt = undefined
  }

  /** Anything that the client does: a dial, a delivered message, a status. */
  happened(what: string, atMs: number): void {
    if (this.#closedAt === undefined) return
    this.#violations.add(`${what} at ${atMs} ms, though it was closed at ${this.#closedAt} ms`)
  }

  /** How many timers and links of it are left. */
  observe(left: { readonly timers: number; readonly links: number }, atMs: number): void {
    if (left.timers > 0) this.happened(`${left.timers} armed timers`, atMs)
    if (left.links > 0) this.happened(`${left.links} links`, atMs)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}

/** With a healthy network and server a client is open within `withinMs`. */
export class RecoveryAudit implements Audit {
  readonly #withinMs: number
  readonly #violations = new Violations()
  #since: number | undefined
  #hasReported = false

  constructor(bounds: { readonly withinMs: number }) {
    this.#withinMs = bounds.withinMs
  }

  /** Report it often: at least once after every change, and at the end. */
  observe(now: { readonly healthy: boolean; readonly open: boolean }, atMs: number): void {
    if (!now.healthy || now.open) {
      this.#since = undefined
      this.#hasReported = false
      return
    }
    this.#since ??= atMs
    if (this.#hasReported || atMs - this.#since <= this.#withinMs) return
    this.#hasReported = true
    this.#violations.add(`not open at ${atMs} ms, though all is healthy since ${this.#since} ms`)
  }

  violations(): readonly string[] {
    return this.#violations.violations()
  }
}
