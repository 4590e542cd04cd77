import type { AttachedSender } from '@holdfast/log'
import type { HubConnectionParameters, HubResumeOffer, HubToldLimits } from '@holdfast/protocol/hub'
import type { HubLimits } from '../limits.ts'
import type { Start } from './joining.ts'
import type { Room } from './room.ts'

/** A client whose messages are numbered: known to the log while it is connected. */
export interface VisitingSender {
  readonly id: string
  /** What the client is told. */
  readonly offer: HubResumeOffer
  /** It has left. */
  release(): void
}

/** The second version of the offer, for a client that asked for it; undefined for all others. Hub §11. */
export async function visitingSender(
  room: Room,
  { offer, lineage }: Start,
  { v, instance, fresh }: HubConnectionParameters,
  sends: boolean,
): Promise<VisitingSender | undefined> {
  if (offer === undefined || v !== 2) return undefined
  const told: HubResumeOffer = { ...offer, v: 2, limits: toldLimits(room.context.limits) }
  if (!sends || instance === undefined) return { id: '', offer: told, release: () => {} }
  const id = `${lineage} ${instance}`
  const attached = await room.context.log.attachSender(room.sessionId, id, fresh === true)
  return { id, offer: { ...told, sender: memoryOf(room, id, attached) }, release: attached.release }
}

/** What a client may know of what it is held to. */
function toldLimits({ maxFrameBytes, maxIdLength, messagesPerSecond }: HubLimits): HubToldLimits {
  return { maxFrameBytes, maxIdLength, messagesPerSecond }
}

function memoryOf(room: Room, id: string, { state }: AttachedSender): NonNullable<HubResumeOffer['sender']> {
  if (state === null) return { known: false, highest: 0, answersFrom: 1 }
  const { highest, last } = state
  return { known: true, highest, answersFrom: room.fold.senderAnswers.from(id, highest, last) }
}
