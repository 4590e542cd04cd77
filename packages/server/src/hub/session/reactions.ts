import type { HubRecord } from '../state/records.ts'
import type { LeadLease } from './lead-lease.ts'
import type { PendingApprovals } from './pending-approvals.ts'
import type { Router } from './router.ts'

/** Parts of a session that work with its records, beside its state. */
export interface ReactingParts {
  readonly router: Router
  readonly approvals: PendingApprovals
  readonly lead: LeadLease
  /** Who may find the session may be others now. */
  reachChanged(): Promise<void>
}

/** What a record means for the parts of the session, beside the state. */
export function reactTo(record: HubRecord, parts: ReactingParts): void {
  const { router, approvals, lead } = parts
  switch (record.t) {
    case 'answer':
      router.answered(record)
      if (record.hold !== undefined) approvals.update(record.by)
      return
    case 'rpc':
      return router.commanded(record)
    case 'lead':
      lead.apply(record.fence)
      return approvals.update()
    case 'reach':
      return void parts.reachChanged()
    case 'event':
    case 'call':
      if (record.hold !== undefined) approvals.update()
      return
    default:
      return
  }
}
