import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Row } from '../state/conversation.ts'
import { indexOfPlace, keepPlace, keptPlace } from '../state/reading-place.ts'
import type { Session } from '../state/session.ts'
import type { Rows } from './use-rows.ts'

/**
 * A reload comes back to the entry that was in the middle, as soon as that is here. Until the whole past is, what is read may
 * move with it; a person who goes elsewhere is not taken back.
 */
export function useReadingPlace(
  session: Session,
  rows: readonly Row[],
  { scroller, isAtEnd, items, toRow }: Pick<Rows, 'scroller' | 'isAtEnd' | 'items' | 'toRow'>,
): { readonly moved: () => void } {
  const { sessionId } = session.parts
  const wanted = useRef(keptPlace(sessionId))
  const seen = useRef<Row | undefined>(undefined)
  const moved = (): void => {
    wanted.current = undefined
  }
  useLayoutEffect(() => {
    const place = wanted.current
    if (place === undefined) return
    const index = indexOfPlace(rows, place)
    if (index >= 0) toRow(index)
    if (session.isWhole) moved()
  }, [rows, session.isWhole])
  useLayoutEffect(() => {
    const box = scroller.current
    const middle = box === null ? 0 : box.scrollTop + box.clientHeight / 2
    const item = isAtEnd ? undefined : items.find(({ start, end }) => start <= middle && middle < end)
    seen.current = item === undefined ? undefined : rows[item.index]
  })
  useEffect(() => {
    const keep = (): void => keepPlace(sessionId, seen.current)
    addEventListener('pagehide', keep)
    return () => removeEventListener('pagehide', keep)
  }, [sessionId])
  return { moved }
}
