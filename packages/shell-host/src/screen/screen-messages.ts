import type { TerminalSize } from '@holdfast/protocol/shell'
import type { ScreenAnswer, ScreenPicture } from './screen-model.ts'

/** Messages to the thread of the screens; `id` names a shell's screen. */
export type ToScreens =
  | { readonly type: 'open'; readonly id: number; readonly size: TerminalSize; readonly at: number }
  | { readonly type: 'output'; readonly id: number; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly type: 'resize'; readonly id: number; readonly size: TerminalSize }
  | { readonly type: 'picture'; readonly id: number; readonly request: number; readonly maxBytes: number }
  /** Without observers and output: only a snapshot of it is kept. */
  | { readonly type: 'rest'; readonly id: number }
  | { readonly type: 'close'; readonly id: number }

/** What it says. */
export type FromScreens =
  /** The output up to `at` is on the screen, and the memory that it came in may be used again. */
  | { readonly type: 'parsed'; readonly id: number; readonly at: number; readonly buffers: readonly ArrayBuffer[] }
  | { readonly type: 'asked'; readonly id: number; readonly answer: ScreenAnswer }
  | { readonly type: 'picture'; readonly id: number; readonly request: number; readonly picture: ScreenPicture }
  /** What is kept of it now, in bytes. */
  | { readonly type: 'resting'; readonly id: number; readonly bytes: number }
