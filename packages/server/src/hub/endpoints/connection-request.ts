import type { IncomingMessage } from 'node:http'
import type { WebSocketFrame } from '@holdfast/contract'
import { type Principal, requestCredentials } from '@holdfast/gate/internals'
import { type HubConnectionParameters, parseHubClientMessage } from '@holdfast/protocol/hub'
import type { HubAccess } from '../context.ts'
import { HubError } from '../errors.ts'
import type { Participant } from '../presence/participant.ts'
import { shownIdentity } from '../session/visibility.ts'
import { unauthorized } from './authorization.ts'

/** As much of what a participant says of itself is shown to the others. */
const MAX_SHOWN = 256

/** HTTP refuses a token that is of no use; everything else is answered with a close code. */
export function demandUpgrade(request: IncomingMessage, principal: Principal | undefined): void {
  if (principal === undefined && requestCredentials(request).bearer !== undefined) throw unauthorized()
}

/** The credential of a first frame. Hub §2. */
export function credentialOf(frame: WebSocketFrame): string | undefined {
  if (typeof frame !== 'string') return undefined
  try {
    const parsed = parseHubClientMessage(JSON.parse(frame))
    if (!parsed.ok || parsed.message.type !== undefined) return undefined
    return parsed.message.authorization?.replace(/^Bearer +/i, '') || undefined
  } catch {
    return undefined
  }
}

export function roleOf({ role, agent, parent }: HubConnectionParameters): Participant['role'] {
  return agent !== undefined && parent !== undefined ? 'sub_agent' : (role ?? 'observer')
}

export function accessOf(role: Participant['role']): HubAccess {
  if (role === 'observer') return 'observe'
  return role === 'controller' ? 'control' : 'lead'
}

export function metadataOf(
  parameters: HubConnectionParameters,
  principal: Principal,
): Readonly<Record<string, unknown>> {
  const { label, origin, userId, agent, driverVersion, coordJobId, coordRole } = parameters
  const said = { label, origin, agent, driverVersion, coordJobId, coordRole, ...shownIdentity(principal, userId) }
  return Object.fromEntries(
    Object.entries(said).flatMap(([name, value]) => (value === undefined ? [] : [[name, value.slice(0, MAX_SHOWN)]])),
  )
}

export function draining(): HubError {
  return new HubError('hub/unavailable', 'The hub is going away.')
}
