import type { Row } from './conversation.ts'

/** The entry that a person was reading: the same after a reload, when rows have other keys. */
export interface ReadingPlace {
  readonly timestamp: number
  readonly type: string
  /** The beginning of what it says: many entries may have the same time. */
  readonly text: string
}

const KEY = 'holdfast.reading'
const MAX_TEXT = 80

/** Keeps what is read in a session for a reload of this tab; undefined: its newest entry, which needs no place. */
export function keepPlace(sessionId: string, row: Row | undefined): void {
  if (row === undefined) return sessionStorage.removeItem(KEY)
  const { timestamp, type } = row.entry
  sessionStorage.setItem(KEY, JSON.stringify({ sessionId, timestamp, type, text: textOf(row) }))
}

/** What was read in a session before the reload. */
export function keptPlace(sessionId: string): ReadingPlace | undefined {
  try {
    const kept: Readonly<Record<string, unknown>> = Object(JSON.parse(sessionStorage.getItem(KEY) ?? '{}'))
    const { timestamp, type, text } = kept
    if (kept['sessionId'] !== sessionId || typeof timestamp !== 'number') return undefined
    return typeof type === 'string' && typeof text === 'string' ? { timestamp, type, text } : undefined
  } catch {
    return undefined
  }
}

/** Where it is among these rows; -1: it is not there, or not yet. */
export function indexOfPlace(rows: readonly Row[], { timestamp, type, text }: ReadingPlace): number {
  return rows.findLastIndex(
    (row) => row.entry.timestamp === timestamp && row.entry.type === type && textOf(row) === text,
  )
}

function textOf({ entry }: Row): string {
  return (entry.content ?? entry.thinking ?? '').slice(0, MAX_TEXT)
}
