import type { Timer } from '@holdfast/contract'
import type { HubAction } from '@holdfast/protocol/hub'
import { refusalOf } from '../errors.ts'
import type { PendingApproval } from '../state/approval-state.ts'
import type { SessionCore } from './session-core.ts'

/** Called for every request that begins to wait, and for its end, on whichever node that comes about. */
export interface ApprovalListener {
  requested(request: PendingApproval): void
  /** `by`: as given with the answer; undefined where there was no answer. */
  settled(request: PendingApproval, by: string | undefined): void
}

/** Where the log did not take the end of a wait, it is tried again after so long. */
const RETRY_MS = 5_000

/**
 * Requests of leads that wait for people, as this process sees the session. The request and its answer are in the log:
 * the answer may come from any node, only the first counts, and a request's time limit continues after a crash.
 */
export class PendingApprovals {
  readonly #session: SessionCore
  readonly #listeners = new Set<ApprovalListener>()
  readonly #known = new Map<number, PendingApproval>()
  #timer: Timer | undefined
  #isClosed = false

  constructor(session: SessionCore) {
    this.#session = session
  }

  /** The session's past is known. */
  loaded(): void {
    this.update()
  }

  close(): void {
    this.#isClosed = true
    this.#timer?.cancel()
    this.#listeners.clear()
  }

  /** Adds a listener. Returns a function that removes it. */
  watch(listener: ApprovalListener): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** What waits may be other than before. `by`: who answered, if it was answered. */
  update(by?: string | undefined): void {
    const { approvals } = this.#session.state
    for (const [n, request] of this.#known) {
      if (approvals.get(n) !== undefined) continue
      this.#known.delete(n)
      for (const listener of this.#listeners) listener.settled(request, by)
    }
    for (const request of approvals.all) {
      if (this.#known.has(request.n)) continue
      this.#known.set(request.n, request)
      for (const listener of this.#listeners) listener.requested(request)
    }
    this.#arm()
  }

  /** A request was written; where too many wait it is answered at once. */
  async begun(n: number, asker: string, id: string): Promise<void> {
    const { state } = this.#session
    await this.#session.reached(n)
    if (state.approvals.waits(n, asker, id) || this.#session.hasEnded) return
    if ((await this.#session.known(asker, id)) !== undefined) return
    const record = await this.#session.recordAt(n)
    const hold = record?.t === 'event' || record?.t === 'call' ? record.hold : undefined
    if (hold !== undefined) {
      await this.#write({ n, asker, id, actions: hold.otherwise, sender: hold.sender }, undefined)
    }
  }

  /** Answers a request that waits. False where it no longer does: another answer was first. @throws HubError */
  async settle(n: number, actions: readonly HubAction[], by?: string | undefined): Promise<boolean> {
    const pending = this.#session.state.approvals.get(n)
    return pending !== undefined && (await this.#write({ ...pending, actions }, by))
  }

  /** Once for each request, whichever node does it. */
  async #write(
    answer: Pick<PendingApproval, 'n' | 'asker' | 'id' | 'sender'> & { readonly actions: readonly HubAction[] },
    by: string | undefined,
  ): Promise<boolean> {
    const { n: hold, asker, id, actions, sender } = answer
    const result = await this.#session.append(
      { t: 'answer', wireId: '', asker, id, actions, hold, by, sender },
      { key: `hold ${hold}` },
    )
    const refusal = refusalOf(result)
    if (refusal !== undefined) throw refusal
    return result.outcome === 'appended'
  }

  /** Looks again when the first of them has waited long enough. */
  #arm(leastMs = 0): void {
    this.#timer?.cancel()
    this.#timer = undefined
    if (this.#isClosed || this.#known.size === 0) return
    const { clock } = this.#session.context
    const first = Math.min(...[...this.#known.values()].map(({ until }) => until))
    this.#timer = clock.after(Math.max(leastMs, first - clock.epoch()), () => this.#expire())
  }

  #expire(): void {
    const { clock, logger } = this.#session.context
    const due = [...this.#known.values()].filter(({ until }) => until <= clock.epoch())
    for (const { n, otherwise } of due) {
      this.settle(n, otherwise).catch((error: unknown) => {
        logger.warn('a request that nobody answered was not ended', { error: String(error) })
      })
    }
    // Where the answer comes this is armed anew; where it does not, it is tried again.
    this.#arm(due.length === 0 ? 0 : RETRY_MS)
  }
}
