import { createHash } from 'node:crypto'
import { hasScope, type Principal } from '@holdfast/gate/internals'
import type { SessionReach, SessionRecord } from '@holdfast/log'
import { HubError } from '../errors.ts'
import type { SessionState } from '../state/session-state.ts'

/** Who a session belongs to, and who may find it. */
export type Reach = Pick<SessionRecord, 'id' | 'epoch' | 'owner' | 'reach'>

/** Tokens without a principal are one principal, and so are those who come where no token is asked for. */
const UNNAMED: ReadonlySet<string> = new Set(['default', 'anonymous'])

/** Whether a principal may find a session at all: a private one is there for its owner and for the scope `admin` alone. */
export function isVisible(principal: Principal, { id, epoch, owner, reach }: Reach): boolean {
  const { grant } = principal
  if (grant !== undefined) {
    const isMakers = reach !== 'private' || owner === grant.by || grant.byScopes.has('admin')
    return grant.session === id && grant.epoch === epoch && isMakers
  }
  return reach !== 'private' || owner === principal.id || hasScope(principal)
}

/**
 * What a request for `visibility` changes: only the owner of the session, or an admin, decides on its reach. The
 * published wire says `private` of sessions that are not, so what others send back of it asks for nothing.
 */
export function reachAfter(
  principal: Principal,
  before: Reach,
  visibility: string | undefined,
): SessionReach | undefined {
  if (visibility === undefined || before.owner === undefined) return undefined
  return before.owner === principal.id || hasScope(principal) ? reachOf(visibility) : undefined
}

/** @throws HubError `hub/forbidden` for who neither owns the session nor may do everything: others do not open it further */
export function demandReach(principal: Principal, { owner }: Reach): void {
  if (owner === undefined || owner === principal.id || hasScope(principal)) return
  throw new HubError('hub/forbidden', 'The session is of another principal.')
}

/** The requested reach. */
export function reachOf(visibility: string): SessionReach {
  return visibility === 'private' ? 'private' : 'open'
}

/**
 * The name under which a driver is known across its connections: its own, within its principal. Another principal's same
 * id is another client. In sessions that are older than owners a driver of before keeps the name that it has there.
 */
export function driverName(principal: Principal, id: string, { owner }: Reach, state: SessionState): string {
  const plain = `d_${id}`
  const isOlder = owner === undefined && (state.driver === plain || state.pastDrivers.has(plain))
  if (UNNAMED.has(principal.id) || isOlder) return plain
  return `o_${createHash('sha256').update(principal.id).digest('base64url').slice(0, 22)}_${id}`
}

/** What is shown of a participant's identity: who its token says it is. What it says of itself stands beside that. */
export function shownIdentity(principal: Principal, claimed: string | undefined): Readonly<Record<string, string>> {
  // Without tokens there is one principal.
  if (principal.id === 'anonymous') return claimed === undefined ? {} : { userId: claimed }
  const isOther = claimed !== undefined && claimed !== principal.id
  return { userId: principal.id, ...(isOther ? { claimedUserId: claimed } : {}) }
}
