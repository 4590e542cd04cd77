import { knownIn } from '@holdfast/contract/shape'
import type { LogEvent, ReplicaState } from '@holdfast/log'
import { grantRecordKinds, grantsSnapshot } from '../generated/checks.ts'
import type { StoredGrant } from '../generated/types.ts'
import { fittingPart, type OnUnfit } from '../unfit-values.ts'

/** The grants of a log, made of its events: those that have neither ended nor been revoked. */
export class GrantsState implements ReplicaState<void> {
  n = 0
  readonly #now: () => number
  readonly #unfit: OnUnfit | undefined
  readonly #grants = new Map<string, StoredGrant>()
  readonly #digests = new Map<string, string>()

  /** `now`: in milliseconds since 1970. `unfit` is called for what is stored and does not fit. */
  constructor(now: () => number, unfit?: OnUnfit) {
    this.#now = now
    this.#unfit = unfit
  }

  get size(): number {
    return this.#grants.size
  }

  has(id: string): boolean {
    return this.#grants.has(id)
  }

  byDigest(digest: string): StoredGrant | undefined {
    return this.#grants.get(this.#digests.get(digest) ?? '')
  }

  /** Those that have not ended by now; the others are forgotten. */
  live(): readonly StoredGrant[] {
    const now = this.#now()
    for (const { id, endsAt } of this.#grants.values()) if (endsAt <= now) this.#forget(id)
    return [...this.#grants.values()]
  }

  apply(event: LogEvent): void {
    this.n = event.n
    const record = knownIn(grantRecordKinds, event.payload, this.#unfit, event.n)
    if (record?.t === 'grant') this.#keep(record.grant)
    if (record?.t === 'revoked') this.#forget(record.id)
  }

  snapshot(): readonly StoredGrant[] {
    return this.live()
  }

  restore(n: number, snapshot: unknown): boolean {
    const grants = fittingPart(grantsSnapshot, snapshot, this.#unfit)
    if (grants === undefined) return false
    this.n = n
    for (const grant of grants) this.#keep(grant)
    return true
  }

  #keep(grant: StoredGrant): void {
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
