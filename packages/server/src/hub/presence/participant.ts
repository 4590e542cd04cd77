import type { HubParticipant, HubPresenceMessage } from '@holdfast/protocol/hub'
import type { Participant } from '../../generated/types.ts'

export type { Participant } from '../../generated/types.ts'

/** A participant in the words of hub §4, which knows sub-agents as leads of their own part. */
export function participantOf(one: Participant): HubParticipant {
  const { id, role, transport, subscriptions, connectedAt, lastActivity, metadata } = one
  return {
    id,
    role: role === 'sub_agent' ? 'lead' : role,
    transport,
    subscriptions,
    connectedAt,
    lastActivity,
    ...(metadata === undefined ? {} : { metadata }),
  }
}

/** A change of who is here. */
export function presenceMessage(
  event: HubPresenceMessage['event'],
  sessionId: string,
  timestamp: number,
  who: { readonly participant?: Participant | undefined; readonly all?: readonly Participant[] | undefined },
): HubPresenceMessage {
  return {
    type: 'presence',
    event,
    ...(who.participant === undefined ? {} : { participant: participantOf(who.participant) }),
    ...(who.all === undefined ? {} : { participants: who.all.map(participantOf) }),
    sessionId,
    timestamp,
  }
}
