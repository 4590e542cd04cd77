import type { AttachedSender } from '@holdfast/log'
import type { HubConnectionParameters, HubResumeOffer } from '@holdfast/protocol/hub'
import type { HubAnnouncedLimits } from '@holdfast/protocol/hub/messages'
import type { HubLimits } from '../limits.ts'
import type { SessionCore } from '../session/session-core.ts'
import type { ResumeDecision } from './resume-decision.ts'

/** A client whose messages are numbered: known to the log while it is connected. */
export interface VisitingSender {
  readonly id: string
  /** What the client gets. */
  readonly offer: HubResumeOffer
  /** It has left. */
  release(): void
}

/** The second version of the offer, for a client that asked for it; undefined for all others. Hub §11. */
export async function visitingSender(
  session: SessionCore,
  start: ResumeDecision,
  { v, instance, fresh }: HubConnectionParameters,
  sends: boolean,
): Promise<VisitingSender | undefined> {
  const { offer, clientSessionId } = start
  if (offer === undefined || v !== 2) return undefined
  const announced: HubResumeOffer = { ...offer, v: 2, limits: announcedLimits(session.context.limits) }
  if (!sends || instance === undefined) return { id: '', offer: announced, release: () => {} }
  const id = `${clientSessionId} ${instance}`
  const attached = await session.context.log.attachSender(session.sessionId, id, fresh === true)
  try {
    return {
      id,
      offer: { ...announced, sender: await memoryOf(session, id, attached, start) },
      release: attached.release,
    }
  } catch (error) {
    attached.release()
    throw error
  }
}

/** What a client may know of what it is held to. */
function announcedLimits({ maxFrameBytes, maxIdLength, messagesPerSecond }: HubLimits): HubAnnouncedLimits {
  return { maxFrameBytes, maxIdLength, messagesPerSecond }
}

async function memoryOf(
  session: SessionCore,
  id: string,
  { state }: AttachedSender,
  { isFresh, after }: ResumeDecision,
): Promise<NonNullable<HubResumeOffer['sender']>> {
  if (state === null) return { known: false, highest: 0, answersFrom: 1 }
  const { highest, last } = state
  const kept = session.state.senderAnswers.from(id, highest, last)
  // What is not kept apart comes with the stream, as long as the log has it from where this client continues.
  const isWhole = kept === 1 || (!isFresh && (await session.context.log.head(session.sessionId)).first <= after + 1)
  return { known: true, highest, answersFrom: isWhole ? 1 : kept }
}
