import { visibleText } from '@holdfast/protocol/text'
import { Store } from '../store.ts'

const HINT_MS = 2_500
const SIZE_MS = 900
const MAX_TITLE = 60

/** What is shown around a terminal: its title, its size while that changes, hints, and what a search found. */
export class TerminalFace extends Store {
  /** What the program calls itself. */
  title = ''
  /** Shown for a moment. */
  hint: string | undefined
  /** While it changes, and a moment longer. */
  size: { readonly columns: number; readonly rows: number } | undefined
  /** An observer has another box: the size of the writer's screen, and how large it is shown. */
  watching: { readonly columns: number; readonly rows: number; readonly scale: number } | undefined
  isSearching = false
  found: { readonly index: number; readonly count: number } | undefined
  #hintTimer: ReturnType<typeof setTimeout> | undefined
  #sizeTimer: ReturnType<typeof setTimeout> | undefined

  titled(title: string): void {
    this.title = visibleText(title).slice(0, MAX_TITLE)
    this.changed()
  }

  say(hint: string): void {
    this.hint = hint
    clearTimeout(this.#hintTimer)
    this.#hintTimer = setTimeout(() => {
      this.hint = undefined
      this.changed()
    }, HINT_MS)
    this.changed()
  }

  resized(columns: number, rows: number): void {
    this.size = { columns, rows }
    clearTimeout(this.#sizeTimer)
    this.#sizeTimer = setTimeout(() => {
      this.size = undefined
      this.changed()
    }, SIZE_MS)
    this.changed()
  }

  watched(columns: number, rows: number, scale: number): void {
    const { watching } = this
    if (watching?.columns === columns && watching.rows === rows && watching.scale === scale) return
    this.watching = { columns, rows, scale }
    this.changed()
  }

  search(isOpen: boolean): void {
    this.isSearching = isOpen
    if (!isOpen) this.found = undefined
    this.changed()
  }

  result(index: number, count: number): void {
    this.found = { index, count }
    this.changed()
  }

  /** Something else about it is different. */
  refresh(): void {
    this.changed()
  }
}
