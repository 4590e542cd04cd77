import type { Status } from '@holdfast/core'
import type { TerminalSize } from '@holdfast/protocol/shell'
import type { ShellEnding } from './ending.ts'
import type { LostInput } from './input.ts'

/** What `session.on(name, …)` tells. */
export interface ShellSessionEvents {
  /** Every change of the connection, in order: for a notice to the user. */
  readonly status: { readonly status: Status; readonly previous: Status }
  /** Attached again; false: the shell is another one. */
  readonly reconnected: { readonly reconnected: boolean }
  /** Input that will not arrive, or may not have. */
  readonly inputLost: LostInput
  /** Somebody else changed the size of the terminal. */
  readonly resized: TerminalSize
  readonly role: { readonly role: 'writer' | 'observer' }
  readonly ended: ShellEnding
  /** Something of the app's threw, or the server refused a frame. */
  readonly problem: { readonly what: string; readonly error?: unknown }
}
