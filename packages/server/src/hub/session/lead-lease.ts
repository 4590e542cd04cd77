import type { Clock, Timer } from '@holdfast/contract'
import type { AppendResult, Lease, SessionLog } from '@holdfast/log'
import { HubError } from '../errors.ts'
import { type HubRecord, TO_CONTROLLERS } from '../state/records.ts'
import type { SessionState } from '../state/session-state.ts'

/** Who leads, or wants to. */
export interface Candidate {
  /** The same for every connection of one driver. */
  readonly instance: string
  /** It is not the lead any more. */
  replaced(error: HubError): void
}

/** What the lease needs of its session. */
export interface LeadLeaseHost {
  readonly sessionId: string
  readonly log: SessionLog
  readonly state: () => SessionState
  readonly clock: Clock
  readonly leaseMs: number
  /** Several hubs share the log: the lease decides between them. */
  readonly isShared: boolean
  /** All of them or none. */
  append(records: readonly HubRecord[], options: { readonly fence: number }): Promise<AppendResult>
  /** Resolves when the session has taken event `n`. */
  reached(n: number): Promise<void>
}

/** Name of the lease's holder where only one hub uses the log: then its own table decides, and no lease outlives it. */
const SOLE_HOLDER = 'hub'

/**
 * The lead of a session: one at a time (hub §10). A new lead gets a fence newer than all before and writes it into the
 * log first: appends of an older lead that are still in transit are refused there.
 */
export class LeadLease {
  readonly #host: LeadLeaseHost
  #current: { readonly candidate: Candidate; readonly lease: Lease } | undefined
  #queue: Promise<unknown> = Promise.resolve()
  #renewal: Timer | undefined
  #isAcquiring = false

  constructor(host: LeadLeaseHost) {
    this.#host = host
  }

  get isTaken(): boolean {
    return this.#current !== undefined
  }

  /**
   * Makes the candidate the lead. @returns the fence to write under
   * @throws HubError `hub/has_lead`, `hub/stale_driver`, `hub/unavailable`
   */
  acquire(candidate: Candidate): Promise<number> {
    const turn = this.#queue.then(() => {
      this.#isAcquiring = true
      return this.#acquire(candidate).finally(() => {
        this.#isAcquiring = false
      })
    })
    this.#queue = turn.catch(() => {})
    return turn
  }

  /** Gives it up. Does nothing where another lead has it. True where it is free now. */
  release(candidate: Candidate): boolean {
    if (this.#current?.candidate !== candidate) return false
    this.#free()
    return true
  }

  /** There is a lead under this fence: a lead here with another one has lost the lease. */
  apply(fence: number): void {
    const current = this.#current
    if (current === undefined || current.lease.fence >= fence || this.#isAcquiring) return
    this.#current = undefined
    this.#renewal?.cancel()
    current.candidate.replaced(new HubError('hub/stale_driver', 'The session went to a lead of another hub.'))
  }

  async #acquire(candidate: Candidate): Promise<number> {
    const { log, sessionId, leaseMs, isShared } = this.#host
    const { instance } = candidate
    const current = this.#current
    if (this.#host.state().pastDrivers.has(instance))
      throw new HubError('hub/stale_driver', 'A newer driver leads this session.')
    if (current !== undefined && current.candidate.instance !== instance) throw taken()
    const lease = await log.lease(sessionId, isShared ? instance : SOLE_HOLDER, leaseMs)
    if (lease.outcome === 'held') throw taken()
    const { fence } = lease
    const written = await this.#host.append([...(await this.#endings(instance)), { t: 'lead', fence, instance }], {
      fence,
    })
    if (written.outcome === 'fenced') throw new HubError('hub/stale_driver', 'A newer driver leads this session.')
    if (written.outcome !== 'appended') throw new HubError('hub/unavailable', 'The log does not take the lead now.')
    await this.#host.reached(written.last)
    this.#current = { candidate, lease }
    if (isShared) this.#renewLater()
    current?.candidate.replaced(new HubError('hub/stale_driver', 'A newer connection of this driver replaced it.'))
    return fence
  }

  /**
   * What ends the questions of a driver that this one replaces: controllers that were asked are notified, here and at other hubs.
   * Under the new fence the replaced one asks nothing more.
   */
  async #endings(instance: string): Promise<readonly HubRecord[]> {
    const { log, sessionId, state } = this.#host
    const { last } = await log.head(sessionId)
    await this.#host.reached(last)
    const { driver, questions } = state()
    return driver === undefined || driver === instance ? [] : questions.open.map(ending)
  }

  /** Four times in the life of a lease, so that three may fail. */
  #renewLater(): void {
    const { clock, leaseMs } = this.#host
    this.#renewal?.cancel()
    this.#renewal = clock.after(leaseMs / 4, () => {
      this.#renew().then(
        (isOurs) => isOurs && this.#renewLater(),
        // The log cannot answer: the fence protects it, whichever lead there is.
        () => this.#renewLater(),
      )
    })
  }

  /** False where there is nothing to renew any more. */
  async #renew(): Promise<boolean> {
    const current = this.#current
    if (current === undefined) return false
    if ((await current.lease.renew()) || this.#current !== current) return this.#current !== undefined
    this.#current = undefined
    current.candidate.replaced(new HubError('hub/stale_driver', 'The session went to a lead of another hub.'))
    return false
  }

  #free(): void {
    const lease = this.#current?.lease
    this.#current = undefined
    this.#renewal?.cancel()
    // At once, not after its time: another hub may accept a lead. Where the log is gone, so is the lease.
    lease?.release().catch(() => {})
  }
}

function ending(id: string): HubRecord {
  const result = { cancelled: true, reason: 'Another driver leads the session now.' }
  return { t: 'rpc', to: TO_CONTROLLERS, message: { type: 'rpc_ui_response', id, result } }
}

function taken(): HubError {
  return new HubError('hub/has_lead', 'The session has a lead already.')
}
