import type { HubConnectionParameters, HubInitMessage } from '@holdfast/protocol/hub'
import { taskOf } from '../delivery/hydration.ts'
import type { ConnectionParts } from './connection-parts.ts'

/**
 * The first frame that a client gets: who it is here, the session with its task, and what of the resume extension it may use.
 * Hooks of the server may add to it, and override nothing of it.
 */
export function initMessage(
  { context, session, role, principal }: ConnectionParts,
  parameters: HubConnectionParameters,
  offer: HubInitMessage['holdfast'],
): HubInitMessage {
  const { sessionId } = session
  const task = parameters.task ?? taskOf(session)
  return {
    type: 'init',
    ...context.hooks.onInit?.({ sessionId, role, principal }),
    role,
    sessionId,
    ...(task === undefined ? {} : { task }),
    ...(role === 'sub_agent' ? { agentRole: parameters.agent } : {}),
    ...(offer === undefined ? {} : { holdfast: offer }),
  }
}
