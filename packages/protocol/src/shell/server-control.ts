import type { Decoded } from '@holdfast/contract'
import { count, literal, number, object, oneOf, type Shape, text, type VariantShape, variants } from '../shape.ts'
import { type Control, parseControl, type UnknownControl } from './control.ts'
import { type TerminalSize, terminalSize } from './resize.ts'

/** server → client on CTRL, only after `hello`. */
export type ServerControl =
  /** STDOUT continues at `to`; the bytes from `from` are lost. */
  | { readonly type: 'gap'; readonly from: number; readonly to: number }
  /** Somebody changed the size of the terminal. */
  | { readonly type: 'resized'; readonly size: TerminalSize }
  /** This connection's role from now on. */
  | { readonly type: 'role'; readonly role: 'writer' | 'observer' }
  /** How and when (ms since 1970) the program ended; `code` as in STATUS. */
  | { readonly type: 'exit'; readonly code: number | null; readonly signal: string | null; readonly at: number }
  | { readonly type: 'error'; readonly code: string; readonly message: string }

const serverControl: VariantShape<ServerControl, UnknownControl> = variants<ServerControl, UnknownControl, 'type'>(
  'type',
  {
    gap: object<Control<ServerControl, 'gap'>>({ type: literal('gap'), from: count, to: count }),
    resized: object<Control<ServerControl, 'resized'>>({ type: literal('resized'), size: terminalSize }),
    role: object<Control<ServerControl, 'role'>>({ type: literal('role'), role: oneOf('writer', 'observer') }),
    exit: object<Control<ServerControl, 'exit'>>({
      type: literal('exit'),
      code: orNull(count),
      signal: orNull(text),
      at: number,
    }),
    error: object<Control<ServerControl, 'error'>>({ type: literal('error'), code: text, message: text }),
  },
)

function orNull<T>(shape: Shape<T>): Shape<T | null> {
  return (value) => (value === null ? undefined : shape(value))
}

/** Reads what the server said on CTRL. A `type` this version does not know is an issue that a client skips. */
export function decodeServerControl(payload: Uint8Array): Decoded<ServerControl> {
  return parseControl(serverControl, payload)
}
