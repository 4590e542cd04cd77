import { randomId } from '@holdfast/contract'
import { formatHubPosition, type HubPosition, type HubResumeOffer, parseHubPosition } from '@holdfast/protocol/hub'
import { hydrationSize } from '../delivery/hydration.ts'
import type { Room } from '../session/hub-session.ts'

/** Parts the log's epoch from the name of a client's line of connections. */
const LINEAGE_MARK = '-'

/** A name that was given here, and not one that a client, a driver or an endpoint has. */
const GIVEN_NAME = /^[0-9a-z]+$/

/** Where a client's stream starts, and what it is told about that. */
export interface Start {
  readonly after: number
  readonly anchor: string
  /** The name under which this client is known across its connections. */
  readonly lineage: string
  /** As it is told to the client: the log's epoch, and for those who send, their lineage. */
  readonly epoch: string
  readonly offer: HubResumeOffer | undefined
  /** The position that was asked for is of no use: the state must be told anew. */
  readonly isFresh: boolean
}

/** What a client asked for. */
export interface Wanted {
  readonly asked: boolean
  readonly after?: string | undefined
  /** A name of its own that holds across connections; else one is given, in the epoch of its positions. */
  readonly name?: string | undefined
  /** Its messages are acknowledged and recognised. */
  readonly sends: boolean
  /** Its state is told page by page. */
  readonly isPaged?: boolean | undefined
  /** Where it starts without a position. */
  readonly fresh?: number | undefined
}

/**
 * Judges a position (hub §11): it holds, or it is of no use and everything since is lost. What retention took away is
 * not judged here; the stream tells it in its place.
 */
export async function startOf(room: Room, wanted: Wanted): Promise<Start> {
  const { position, lineage } = readAfter(room, wanted)
  const epoch = wanted.sends && wanted.name === undefined ? `${room.epoch}${LINEAGE_MARK}${lineage}` : room.epoch
  const common = { lineage, epoch }
  const reason = position === undefined ? 'unknown' : await lostBy(room, position)
  if (position !== undefined && reason === undefined) {
    const { seq: after, anchor = '' } = position
    const offer = { v: 1, epoch, seq: after, ...(anchor === '' ? {} : { anchor }), resumed: true } as const
    return { ...common, after, anchor, isFresh: false, offer: wanted.asked ? offer : undefined }
  }
  const after = wanted.fresh ?? room.head
  const anchor = after === room.head ? room.anchor : ''
  const lost = { from: (position?.seq ?? 0) + 1 }
  const reset = wanted.after === undefined ? {} : { reset: { reason: reason ?? 'unknown', lost } }
  const offer = { v: 1, epoch, seq: after, ...(anchor === '' ? {} : { anchor }), resumed: false, ...reset } as const
  return { ...common, after, anchor, isFresh: true, offer: wanted.asked ? offer : undefined }
}

/** As {@link startOf}; one that begins with the whole state waits for its turn to be sent that. */
export async function startWhenReady(room: Room, hydrates: boolean, wanted: Wanted): Promise<Start> {
  const start = await startOf(room, wanted)
  if (!start.isFresh || !hydrates) return start
  await room.context.gate.pass(hydrationSize(room, wanted.isPaged === true))
  // The session may have moved on meanwhile.
  return startOf(room, wanted)
}

/** `{epoch}.{seq}.{anchor}`, as the id of a server-sent event. */
export function positionText(epoch: string, seq: number, anchor: string): string {
  return formatHubPosition({ epoch, seq, anchor })
}

function readAfter(room: Room, wanted: Wanted): { position: HubPosition | undefined; lineage: string } {
  const given = wanted.after === undefined ? undefined : parseHubPosition(wanted.after)
  const [epoch = '', told] = given?.epoch.split(LINEAGE_MARK, 2) ?? []
  const ours = told !== undefined && GIVEN_NAME.test(told) ? told : undefined
  const lineage = wanted.name ?? ours ?? randomId(room.context.random)
  return { lineage, position: given === undefined ? undefined : { ...given, epoch } }
}

/** Why a position does not hold; undefined where it does. */
async function lostBy(room: Room, { epoch, seq, anchor }: HubPosition): Promise<'epoch' | 'rollback' | undefined> {
  const { log } = room.context
  const { gap } = await log.read(room.sessionId, { after: seq, epoch, anchor, limit: 1 })
  if (gap === undefined || gap.reason === 'retention') {
    // The log may be ahead of what this process has taken, never the other way round.
    await room.reached(seq)
    return undefined
  }
  return gap.reason
}
