import { cellWidth } from './cell-width.ts'
import type { InputToken } from './input-token.ts'
import { controlByte } from './key.ts'

/** What a key does to the line, as far as one can know without asking. */
export type LineEdit =
  | { readonly kind: 'insert'; readonly text: string; readonly width: 1 | 2 }
  | { readonly kind: 'erase' }
  | { readonly kind: 'left' }
  | { readonly kind: 'right' }
  | { readonly kind: 'enter' }
  /** Unknown: a control key, a paste. */
  | { readonly kind: 'unknown' }

const UNKNOWN: LineEdit = { kind: 'unknown' }

/** The edits that typed input stands for. `decoder` remembers a character that was cut. */
export function editsOf(token: InputToken, decoder: TextDecoder): readonly LineEdit[] {
  switch (token.kind) {
    case 'text':
      return [...decoder.decode(token.bytes, { stream: true })].map(insert)
    case 'key':
      return token.key.event === 'release' || token.key.name === 'modifier' ? [] : [editOfKey(token)]
    case 'mouse':
    case 'focus':
    case 'answer':
      return []
    case 'paste':
    case 'unknown':
      return [UNKNOWN]
  }
}

function insert(text: string): LineEdit {
  const width = cellWidth(text.codePointAt(0) ?? 0)
  return width === undefined ? UNKNOWN : { kind: 'insert', text, width }
}

function editOfKey({ key }: Extract<InputToken, { kind: 'key' }>): LineEdit {
  const byte = controlByte(key)
  if (byte === 0x7f || byte === 0x08) return { kind: 'erase' }
  if (byte === 0x0d) return { kind: 'enter' }
  if (key.modifiers !== 0) return UNKNOWN
  if (key.name === 'ArrowLeft') return { kind: 'left' }
  return key.name === 'ArrowRight' ? { kind: 'right' } : UNKNOWN
}
