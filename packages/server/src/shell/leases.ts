/** How many writing clients of one shell are remembered. */
const MAX_LEASES = 64

/** What is known of one writing client (shell §5). It outlives its connections. */
export interface Lease {
  readonly id: string
  /** Stdin bytes that came from it. */
  accepted: number
  /** Stdin bytes of it that the terminal has taken. */
  written: number
  /** Output that it is known to have. `undefined`: nothing is known. */
  received: number | undefined
  /** Output that its application has taken. */
  consumed: number
  /** It has said hello once: it acknowledges, and does so again when it returns. */
  acknowledges: boolean
}

/** The writing clients of one shell; the one that was away longest is forgotten first. */
export class Leases {
  readonly #leases = new Map<string, Lease>()

  find(id: string): Lease | undefined {
    return this.#leases.get(id)
  }

  /** The lease of this id, as the most recently used one. */
  use(id: string): Lease {
    const lease = this.#leases.get(id) ?? {
      ...{ id, accepted: 0, written: 0, received: undefined, consumed: 0 },
      acknowledges: false,
    }
    this.#leases.delete(id)
    this.#leases.set(id, lease)
    if (this.#leases.size > MAX_LEASES) {
      const [oldest] = this.#leases.keys()
      if (oldest !== undefined) this.#leases.delete(oldest)
    }
    return lease
  }

  /**
   * The lease that a client says is its own, and where its held input begins. It may not have been able to say so at the
   * upgrade: what it was sent under `given` counts for its own.
   */
  adopt(given: Lease, id: string, input: number): Lease {
    const own = id === given.id ? given : this.use(id)
    own.acknowledges = true
    own.received = given.received
    own.consumed = given.consumed
    // The server forgot this client; its own count goes on.
    if (own.accepted < input) own.accepted = own.written = input
    return own
  }
}
