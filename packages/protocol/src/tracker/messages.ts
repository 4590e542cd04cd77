import type { Fields } from '@holdfast/contract/shape'
import type { TrackerProject } from './generated/types.ts'

/** What the tracker sends once it has accepted the token. */
export interface TrackerWelcome {
  readonly lobbyChatId?: string | undefined
  readonly projects: readonly TrackerProject[]
  /** Who is online, as the tracker sends it. */
  readonly online: readonly unknown[]
  /** The largest frame that a Holdfast server accepts, in UTF-8 bytes; it also announces it in the upgrade's answer. */
  readonly maxFrameBytes?: number | undefined
}

/** A message of the tracker, normalised from any accepted spelling. `raw` is the frame's own object. Tracker §1. */
export type TrackerServerMessage =
  | { readonly kind: 'auth_ok'; readonly welcome: TrackerWelcome; readonly raw: Fields }
  | { readonly kind: 'auth_error'; readonly message: string; readonly raw: Fields }
  | { readonly kind: 'heartbeat_ack'; readonly raw: Fields }
  | { readonly kind: 'subscribe_ok'; readonly data?: unknown; readonly raw: Fields }
  | {
      readonly kind: 'event'
      readonly event: string
      /** Absent where the tracker gave none; such an event cannot be recognised when it comes again. */
      readonly id?: string | undefined
      /** The message's `data`, or the message itself where it has none. */
      readonly data: unknown
      /** Milliseconds since 1970. */
      readonly ts?: number | undefined
      readonly raw: Fields
    }
