import type { ChannelName } from '@holdfast/shell-framing'

/** One message of the server, as a session hands it out. */
export interface ShellSessionFrame {
  readonly channel: ChannelName
  /** The channel byte on the wire; distinguishes the channels that `unknown` covers. */
  readonly rawChannelByte: number
  readonly payload: Uint8Array
  /** The text that this frame completes on its channel: characters that frames cut in two are put together. */
  readonly text: string
  /** The payload parsed as JSON. @throws SyntaxError when it is not JSON */
  json(): unknown
  /**
   * The bytes were written while this client was not attached. A terminal shows them, but must not answer the queries
   * in them: they were answered before, or are no longer waited for.
   */
  readonly replayed: boolean
}

/** Output is missing here. */
export interface ShellGapFrame {
  readonly channel: 'gap'
  readonly rawChannelByte: -1
  readonly payload: Uint8Array
  /** What was left of a character that was cut by the gap, as U+FFFD. */
  readonly text: string
  json(): unknown
  readonly replayed: boolean
  /** Bytes that are missing; undefined where the server does not report it. */
  readonly missingBytes: number | undefined
  /** `overflow`: the server keeps only so much. `gone`: the shell is another one from here on. */
  readonly reason: 'overflow' | 'gone'
}

/** What iterating a session gives, in order. */
export type ShellOutput = ShellSessionFrame | ShellGapFrame
