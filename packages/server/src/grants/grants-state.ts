import type { LogEvent, ReplicaState } from '@holdfast/log'
import { isKeptGrant, type KeptGrant } from './grant.ts'

/** The grants of a log, made of its events: those that have neither ended nor been revoked. */
export class GrantsState implements ReplicaState<void> {
  n = 0
  readonly #now: () => number
  readonly #grants = new Map<string, KeptGrant>()
  readonly #digests = new Map<string, string>()

  /** `now`: in milliseconds since 1970. */
  constructor(now: () => number) {
    this.#now = now
  }

  get size(): number {
    return this.#grants.size
  }

  has(id: string): boolean {
    return this.#grants.has(id)
  }

  byDigest(digest: string): KeptGrant | undefined {
    return this.#grants.get(this.#digests.get(digest) ?? '')
  }

  /** Those that have not ended by now; the others are forgotten. */
  live(): readonly KeptGrant[] {
    const now = this.#now()
    for (const { id, endsAt } of this.#grants.values()) if (endsAt <= now) this.#forget(id)
    return [...this.#grants.values()]
  }

  apply({ n, payload }: LogEvent): void {
    this.n = n
    const { t, grant, id }: { readonly [name: string]: unknown } = { ...(typeof payload === 'object' ? payload : {}) }
    if (t === 'grant' && isKeptGrant(grant)) this.#keep(grant)
    if (t === 'revoked' && typeof id === 'string') this.#forget(id)
  }

  snapshot(): readonly KeptGrant[] {
    return this.live()
  }

  restore(n: number, snapshot: unknown): boolean {
    if (!Array.isArray(snapshot)) return false
    this.n = n
    for (const grant of snapshot) if (isKeptGrant(grant)) this.#keep(grant)
    return true
  }

  #keep(grant: KeptGrant): void {
    if (this.#grants.has(grant.id) || grant.endsAt <= this.#now()) return
    this.#grants.set(grant.id, grant)
    this.#digests.set(grant.digest, grant.id)
  }

  #forget(id: string): void {
    const grant = this.#grants.get(id)
    if (grant === undefined) return
    this.#grants.delete(id)
    this.#digests.delete(grant.digest)
  }
}
