import { useEffect, useRef, useState } from 'preact/hooks'
import type { Shell } from '../state/shells/shell.ts'
import type { TerminalScreen } from './terminal.ts'
import { useStore } from './use.ts'

/** Looks for a text in everything that the terminal remembers. */
export function TerminalSearch({ shell, screen }: { readonly shell: Shell; readonly screen: TerminalScreen }) {
  useStore(shell.face)
  const [text, setText] = useState('')
  const input = useRef<HTMLInputElement>(null)
  const { isSearching, found } = shell.face
  useEffect(() => {
    if (isSearching) input.current?.focus()
  }, [isSearching])
  if (!isSearching) return null
  const result =
    found === undefined || text === '' ? '' : found.count === 0 ? 'Not found' : `${found.index + 1} of ${found.count}`
  return (
    <form
      class="terminal-search"
      onSubmit={(event) => {
        event.preventDefault()
        screen.find(text, 'previous')
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') screen.closeSearch()
        if (event.key !== 'Enter') return
        event.preventDefault()
        screen.find(text, event.shiftKey ? 'next' : 'previous')
      }}
    >
      <label class="hidden" for="terminal-search">
        Search in the terminal
      </label>
      <input
        id="terminal-search"
        ref={input}
        type="search"
        autocomplete="off"
        placeholder="Search"
        value={text}
        onInput={(event) => {
          setText(event.currentTarget.value)
          screen.find(event.currentTarget.value, 'previous', true)
        }}
      />
      <span class="detail" role="status">
        {result}
      </span>
      <button type="button" aria-label="Earlier" onClick={() => screen.find(text, 'previous')}>
        ↑
      </button>
      <button type="button" aria-label="Later" onClick={() => screen.find(text, 'next')}>
        ↓
      </button>
      <button type="button" aria-label="Close the search" onClick={() => screen.closeSearch()}>
        ✕
      </button>
    </form>
  )
}
