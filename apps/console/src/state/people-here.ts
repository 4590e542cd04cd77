import type { HubParticipant, HubPresenceMessage } from '@holdfast/protocol/hub'

/** Who is in a session after somebody came or went. */
export function peopleAfter(
  before: readonly HubParticipant[],
  { event, participant, participants = before }: HubPresenceMessage,
): readonly HubParticipant[] {
  if (participant === undefined) return participants
  const others = participants.filter(({ id }) => id !== participant.id)
  return event === 'session_leave' ? others : [...others, participant].sort(byArrival)
}

function byArrival(one: HubParticipant, other: HubParticipant): number {
  return one.connectedAt - other.connectedAt
}
