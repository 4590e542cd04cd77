import type { Row } from './conversation.ts'
import { Store } from './store.ts'

/** A search in all that is known of a conversation, drawn or not. */
export class ConversationFinder extends Store {
  isOpen = false
  text = ''
  /** Keys of the rows in which it is, in order. */
  hits: readonly number[] = []
  #at = -1

  /** The row that is to be seen. */
  get current(): number | undefined {
    return this.hits[this.#at]
  }

  /** Its place among the hits, from 1; 0: there is none. */
  get place(): number {
    return this.#at + 1
  }

  open(isOpen: boolean): void {
    this.isOpen = isOpen
    if (!isOpen) this.#found([], -1)
    this.changed()
  }

  /** Looks for a text in these rows; the newest hit is the first to be seen. */
  find(text: string, rows: readonly Row[]): void {
    this.text = text
    const hits = text === '' ? [] : search(text, rows)
    this.#found(hits, hits.length - 1)
    this.changed()
  }

  /** The hit before, or the one after. Goes round. */
  step(by: 1 | -1): void {
    if (this.hits.length === 0) return
    this.#at = (this.#at + by + this.hits.length) % this.hits.length
    this.changed()
  }

  #found(hits: readonly number[], at: number): void {
    this.hits = hits
    this.#at = at
  }
}

/** The expression looks without regard to case and makes no copy of what it looks through. */
function search(text: string, rows: readonly Row[]): readonly number[] {
  const wanted = new RegExp(text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i')
  return rows.filter((row) => isIn(row, wanted)).map(({ key }) => key)
}

function isIn({ entry, lines }: Row, wanted: RegExp): boolean {
  const { content, thinking, toolName, toolArgs, preview } = entry
  return (
    (content !== undefined && wanted.test(content)) ||
    (thinking !== undefined && wanted.test(thinking)) ||
    (toolName !== undefined && wanted.test(toolName)) ||
    (toolArgs !== undefined && Object.values(toolArgs).some((value) => wanted.test(textOf(value)))) ||
    (preview?.url !== undefined && wanted.test(preview.url)) ||
    lines.some((line) => wanted.test(line))
  )
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
}
