import { useEffect, useLayoutEffect, useRef } from 'preact/hooks'
import type { Row } from '../state/conversation.ts'
import type { Session } from '../state/session.ts'
import { useStore } from './use.ts'

/** Looks through all entries that the filters leave, however many they are. */
export function ConversationSearch({ session, rows }: { readonly session: Session; readonly rows: readonly Row[] }) {
  const { search } = session
  useStore(search)
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => {
    if (search.isOpen) input.current?.select()
  }, [search.isOpen])
  if (!search.isOpen) return null
  const { text, hits, place } = search
  const result = text === '' ? '' : hits.length === 0 ? 'Not found' : `${place} of ${hits.length.toLocaleString()}`
  return (
    <search
      class="terminal-search"
      onKeyDown={(event: KeyboardEvent) => {
        if (event.key === 'Escape') close(session)
        if (event.key !== 'Enter') return
        event.preventDefault()
        search.step(event.shiftKey ? 1 : -1)
      }}
    >
      <label class="hidden" for="conversation-search">
        Search in the session
      </label>
      <input
        id="conversation-search"
        ref={input}
        type="search"
        autocomplete="off"
        placeholder="Search all entries"
        value={text}
        onInput={(event) => search.find(event.currentTarget.value, rows)}
      />
      <span class="detail" role="status">
        {result}
      </span>
      <button type="button" aria-label="Earlier" onClick={() => search.step(-1)}>
        ↑
      </button>
      <button type="button" aria-label="Later" onClick={() => search.step(1)}>
        ↓
      </button>
      <button type="button" aria-label="Close the search" onClick={() => close(session)}>
        ✕
      </button>
    </search>
  )
}

function close(session: Session): void {
  session.search.open(false)
  document.querySelector<HTMLElement>('#composer, .log')?.focus()
}

const NAME = 'found'
const MAX_MARKS = 500

/** Marks a text wherever it is drawn, without a change to what is drawn. */
export function useHighlight(box: { readonly current: HTMLElement | null }, text: string): void {
  useLayoutEffect(() => {
    if (!('highlights' in CSS)) return
    if (text === '' || box.current === null) return void CSS.highlights.delete(NAME)
    CSS.highlights.set(NAME, new Highlight(...rangesOf(box.current, text.toLowerCase())))
  })
  useEffect(() => () => void ('highlights' in CSS && CSS.highlights.delete(NAME)), [])
}

function rangesOf(box: HTMLElement, wanted: string): readonly Range[] {
  const ranges: Range[] = []
  const walker = document.createTreeWalker(box, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null && ranges.length < MAX_MARKS; node = walker.nextNode()) {
    const text = (node.textContent ?? '').toLowerCase()
    for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length)) {
      const range = document.createRange()
      range.setStart(node, at)
      range.setEnd(node, Math.min(at + wanted.length, node.textContent?.length ?? 0))
      ranges.push(range)
    }
  }
  return ranges
}
