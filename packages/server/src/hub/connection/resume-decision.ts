import { randomId } from '@holdfast/contract'
import { formatHubPosition, type HubPosition, type HubResumeOffer, parseHubPosition } from '@holdfast/protocol/hub'
import { hydrationSize } from '../delivery/hydration.ts'
import type { SessionCore } from '../session/session-core.ts'

/** Parts the log's epoch from the name of a client's line of connections. */
const CLIENT_SESSION_MARK = '-'

/** A name that was given here, and not one that a client, a driver or an endpoint has. */
export const GIVEN_NAME: RegExp = /^[0-9a-z]+$/

/** Where a client's stream starts, and what it learns about that. */
export interface ResumeDecision {
  readonly after: number
  readonly eventHash: string
  /** The name under which this client is known across its connections. */
  readonly clientSessionId: string
  /** As it is sent to the client: the log's epoch, and for those who send, their clientSessionId. */
  readonly epoch: string
  readonly offer: HubResumeOffer | undefined
  /** The position that was asked for is of no use: the state must be sent again. */
  readonly isFresh: boolean
}

/** What a client asked for. */
export interface ResumeRequest {
  readonly asked: boolean
  readonly after?: string | undefined
  /** A name of its own that holds across connections; else one is given, in the epoch of its positions. */
  readonly name?: string | undefined
  /** Its messages are acknowledged and recognised. */
  readonly sends: boolean
  /** Its state is sent page by page. */
  readonly isPaged?: boolean | undefined
  /** Where it starts without a position. */
  readonly fresh?: number | undefined
}

/**
 * Decides on a position (hub §11): it is valid, or it is not and everything since is lost. Events that retention
 * removed are not decided on here; the stream reports them in their place.
 */
export async function decideResume(session: SessionCore, request: ResumeRequest): Promise<ResumeDecision> {
  const { position, clientSessionId } = readAfter(session, request)
  const epoch =
    request.sends && request.name === undefined
      ? `${session.epoch}${CLIENT_SESSION_MARK}${clientSessionId}`
      : session.epoch
  const common = { clientSessionId, epoch }
  const reason = position === undefined ? 'unknown' : await lostBy(session, position)
  if (position !== undefined && reason === undefined) {
    const { seq: after, anchor: eventHash = '' } = position
    const offer = {
      v: 1,
      epoch,
      seq: after,
      ...(eventHash === '' ? {} : { anchor: eventHash }),
      resumed: true,
    } as const
    return { ...common, after, eventHash, isFresh: false, offer: request.asked ? offer : undefined }
  }
  const after = request.fresh ?? session.head
  const eventHash = after === session.head ? session.eventHash : ''
  const lost = { from: (position?.seq ?? 0) + 1 }
  const reset = request.after === undefined ? {} : { reset: { reason: reason ?? 'unknown', lost } }
  const offer = {
    v: 1,
    epoch,
    seq: after,
    ...(eventHash === '' ? {} : { anchor: eventHash }),
    resumed: false,
    ...reset,
  } as const
  return { ...common, after, eventHash, isFresh: true, offer: request.asked ? offer : undefined }
}

/** As {@link decideResume}; one that begins with the whole state waits for its turn to be sent that. */
export async function decideResumeWhenReady(
  session: SessionCore,
  hydrates: boolean,
  wanted: ResumeRequest,
): Promise<ResumeDecision> {
  const start = await decideResume(session, wanted)
  if (!start.isFresh || !hydrates) return start
  await session.context.gate.pass(hydrationSize(session, wanted.isPaged === true))
  // The session may have moved on meanwhile.
  return decideResume(session, wanted)
}

/** `{epoch}.{seq}.{anchor}`, as the id of a server-sent event. */
export function positionText(epoch: string, seq: number, eventHash: string): string {
  return formatHubPosition({ epoch, seq, anchor: eventHash })
}

function readAfter(
  session: SessionCore,
  wanted: ResumeRequest,
): { position: HubPosition | undefined; clientSessionId: string } {
  const given = wanted.after === undefined ? undefined : parseHubPosition(wanted.after)
  const [epoch = '', sent] = given?.epoch.split(CLIENT_SESSION_MARK, 2) ?? []
  const ours = sent !== undefined && GIVEN_NAME.test(sent) ? sent : undefined
  const clientSessionId = wanted.name ?? ours ?? randomId(session.context.random)
  return { clientSessionId, position: given === undefined ? undefined : { ...given, epoch } }
}

/** Why a position does not hold; undefined where it does. */
async function lostBy(
  session: SessionCore,
  { epoch, seq, anchor: eventHash }: HubPosition,
): Promise<'epoch' | 'rollback' | undefined> {
  const { log } = session.context
  const { gap } = await log.read(session.sessionId, { after: seq, epoch, eventHash, limit: 1 })
  if (gap === undefined || gap.reason === 'retention') {
    // The log may be ahead of what this process has taken, never the other way round.
    await session.reached(seq)
    return undefined
  }
  return gap.reason
}
