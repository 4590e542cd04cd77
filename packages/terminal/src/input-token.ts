import type { Key } from './key.ts'

/** A piece of what comes from a terminal: typed by a person, or reported by the terminal itself. */
export type InputToken =
  /** Characters; the last of them may go on in the next token. */
  | { readonly kind: 'text'; readonly bytes: Uint8Array }
  | { readonly kind: 'key'; readonly bytes: Uint8Array; readonly key: Key }
  /** A bracketed paste or a part of it, brackets included. */
  | { readonly kind: 'paste'; readonly bytes: Uint8Array }
  | { readonly kind: 'mouse'; readonly bytes: Uint8Array }
  | { readonly kind: 'focus'; readonly bytes: Uint8Array; readonly hasFocus: boolean }
  /** The terminal answers a question. */
  | { readonly kind: 'answer'; readonly bytes: Uint8Array }
  | { readonly kind: 'unknown'; readonly bytes: Uint8Array }
