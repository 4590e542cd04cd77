import type { Gap } from '@holdfast/core'
import type { SharedPosition, TabPlace } from '../wire.ts'

/** What a host can give a tab that comes from elsewhere. */
export interface HostHistory {
  readonly id: string
  /** Sessions at the server, counted. */
  readonly life: number
  /** The first of them went on from where the tabs were. */
  readonly continues: boolean
  /** Everything after this is there; undefined: of no place it is known. */
  readonly from: SharedPosition | undefined
  /** The server's own: who gets it needs no other. */
  readonly beginsWithGap: boolean
}

/** Whether a tab resumes, the gap that it gets where it cannot, and whether it begins with the state. */
export function continuationOf(
  place: TabPlace | undefined,
  { id, life, continues, from, beginsWithGap }: HostHistory,
): {
  readonly isKnown: boolean
  readonly resumed: boolean
  readonly gap: Gap | undefined
  readonly needsState: boolean
} {
  const isKnown = place?.host === id
  const isWithin = place?.at !== undefined && place.at.epoch === from?.epoch && place.at.seq >= from.seq
  const isBehind = place?.at !== undefined && !isWithin
  const goesOn = life === 1 && (continues || isWithin)
  const resumed = isKnown ? place.life === life : place !== undefined && goesOn
  const begins = place === undefined || place.needsState === true
  const needsNoGap = isKnown || begins || beginsWithGap || (resumed && !isBehind)
  const gap: Gap | undefined = needsNoGap ? undefined : { reason: 'reconnected' }
  return { isKnown, resumed, gap, needsState: begins || gap !== undefined }
}

/** Of those of one history. */
export function oldest(all: readonly (SharedPosition | undefined)[]): SharedPosition | undefined {
  const [first, ...rest] = all.filter((at) => at !== undefined)
  return rest.reduce((least, at) => (at.epoch === least?.epoch && at.seq < least.seq ? at : least), first)
}
