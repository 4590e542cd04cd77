import type { Role } from './role.ts'

/** How many writing clients of one shell are remembered. */
const MAX_LEASES = 64

/** What is known of one writing client (shell §5). It outlives its connections. Who may write: `role.ts`. */
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

/**
 * The writing clients of one shell; the one that wrote longest ago is forgotten first. Clients that only watch are not
 * remembered: however many come, none of them drives out a writer that is away.
 */
export class KnownWriters {
  readonly #leases = new Map<string, Lease>()

  find(id: string): Lease | undefined {
    return this.#leases.get(id)
  }

  /** The lease of this id: of a writer, as the most recently used one; of an observer, without a memory of it. */
  of(id: string, role: Role): Lease {
    const known = this.#leases.get(id)
    const lease = known ?? { id, accepted: 0, written: 0, received: undefined, consumed: 0, acknowledges: false }
    if (role === 'writer') this.keep(lease)
    return lease
  }

  /** Remembers the lease of a client that writes, as the most recently used one. */
  keep(lease: Lease): void {
    this.#leases.delete(lease.id)
    this.#leases.set(lease.id, lease)
    if (this.#leases.size <= MAX_LEASES) return
    const [oldest] = this.#leases.keys()
    if (oldest !== undefined) this.#leases.delete(oldest)
  }

  /**
   * The lease that a client says is its own, and where its held input begins. It may not have been able to say so at the
   * upgrade: what it was sent under `given` counts for its own.
   */
  adopt(given: Lease, id: string, role: Role, input: number): Lease {
    const own = id === given.id ? given : this.of(id, role)
    own.acknowledges = true
    own.received = given.received
    own.consumed = given.consumed
    // The server forgot this client; its own count continues.
    if (own.accepted < input) own.accepted = own.written = input
    return own
  }
}
