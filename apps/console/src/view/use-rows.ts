import {
  elementScroll,
  observeElementOffset,
  observeElementRect,
  type VirtualItem,
  Virtualizer,
} from '@tanstack/virtual-core'
import { useLayoutEffect, useReducer, useRef, useState } from 'preact/hooks'

/** As far from the end as still counts as being there. */
const NEAR_END = 48

/** A long list of which only what is seen is drawn. It stays at its end while the reader is there. */
export interface Rows {
  readonly items: readonly VirtualItem[]
  readonly totalHeight: number
  readonly isAtEnd: boolean
  readonly scroller: { current: HTMLDivElement | null }
  readonly measure: (element: HTMLElement | null) => void
  toEnd(): void
  /** Puts a row into the middle. */
  toRow(index: number): void
  scrolled(): void
}

/** `keyOf` names a row for good: its height is remembered under it. */
export function useRows(count: number, keyOf: (index: number) => number): Rows {
  const scroller = useRef<HTMLDivElement>(null)
  const [, redraw] = useReducer((drawn: number) => drawn + 1, 0)
  const [isAtEnd, setAtEnd] = useState(true)
  const options = {
    count,
    getScrollElement: () => scroller.current,
    estimateSize: () => 56,
    getItemKey: keyOf,
    overscan: 8,
    observeElementRect,
    observeElementOffset,
    scrollToFn: elementScroll,
    onChange: () => redraw(undefined),
  }
  const [virtualizer] = useState(() => new Virtualizer<HTMLDivElement, HTMLElement>(options))
  virtualizer.setOptions(options)
  // At the end this keeps it there; the library would correct from where it saw the list last, which may be long ago.
  virtualizer.shouldAdjustScrollPositionOnItemSizeChange = isAtEnd ? () => false : undefined
  useLayoutEffect(() => virtualizer._didMount(), [virtualizer])
  useLayoutEffect(() => virtualizer._willUpdate())
  const lastTop = useRef(0)
  const firstKey = useRef<number | undefined>(undefined)
  useLayoutEffect(() => {
    const [box, before, key] = [scroller.current, firstKey.current, count === 0 ? undefined : keyOf(0)]
    firstKey.current = key
    if (box === null || isAtEnd || before === undefined || before === key) return
    // What came before all that was there moves nothing that is read; a reader at the beginning wants the beginning.
    if (box.scrollTop === 0) return
    const added = rowsBefore(before, count, keyOf)
    const start = virtualizer.measurementsCache[added]?.start ?? 0
    box.scrollTop += start
    lastTop.current = box.scrollTop
  })
  const toEnd = (): void => {
    const box = scroller.current
    if (box === null) return
    box.scrollTop = box.scrollHeight
    lastTop.current = box.scrollTop
  }
  useLayoutEffect(() => {
    const box = scroller.current
    if (!isAtEnd || box === null) return
    // The reader has scrolled up since, and the event that says so is still to come.
    if (box.scrollTop >= lastTop.current || isNearEnd(box)) toEnd()
  })
  return {
    items: virtualizer.getVirtualItems(),
    totalHeight: virtualizer.getTotalSize(),
    isAtEnd,
    scroller,
    measure: virtualizer.measureElement,
    toEnd: () => {
      setAtEnd(true)
      toEnd()
    },
    toRow: (index) => {
      setAtEnd(false)
      virtualizer.scrollToIndex(index, { align: 'center' })
    },
    scrolled: () => {
      const box = scroller.current
      if (box === null) return
      const wentUp = box.scrollTop < lastTop.current
      lastTop.current = box.scrollTop
      if (isNearEnd(box)) setAtEnd(true)
      // The list may have grown between a step of ours to its end and the event that reports it.
      else if (wentUp) setAtEnd(false)
    },
  }
}

/** How many rows are before the one of this key now. */
function rowsBefore(key: number, count: number, keyOf: (index: number) => number): number {
  for (let index = 0; index < count; index++) if (keyOf(index) === key) return index
  return 0
}

function isNearEnd({ scrollHeight, scrollTop, clientHeight }: HTMLElement): boolean {
  return scrollHeight - scrollTop - clientHeight < NEAR_END
}
