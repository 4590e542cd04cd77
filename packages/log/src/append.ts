import type { LogError } from './errors.ts'

/** What is written. The store adds `n`. */
export interface NewEvent {
  /** Identifies the event's content; its hash is part of every position. Not checked for uniqueness (use {@link AppendOptions.key}). */
  readonly id: string
  /** Name of the event's kind, for filters. */
  readonly kind: string
  /** When it happened, in milliseconds since 1970. */
  readonly at: number
  /** Any JSON value, opaque to the log. What JSON cannot represent is refused with `log/bad_event`. */
  readonly payload: unknown
}

/** One entry of a log. */
export interface LogEvent extends NewEvent {
  /** Contiguous number in the session, from 1. */
  readonly n: number
  /** The payload as JSON, where the log already has it: saves serialising it again. */
  readonly text?: string | undefined
}

/**
 * The producer of an append.
 *
 * `fence` 0 writes under no lease and is never fenced. A fence from {@link SessionLog.lease} is checked: from the first
 * append with a newer fence on, older fences of that session are refused with `fenced`.
 *
 * `seq` makes a retry harmless: it counts this producer's appends in this session, from 1 and without holes, starting
 * over with each fence. A number that is already stored is a `duplicate`; one that skips ahead is refused with
 * `out-of-sequence` (the missing one may still arrive). A refused append uses up no number. At most
 * {@link LogLimits.maxProducers} producers are remembered for a session.
 */
export interface Producer {
  readonly id: string
  readonly fence: number
  readonly seq?: number | undefined
}

/**
 * Whose message an append is, where senders count their messages.
 *
 * `n` is 1, 2, 3 … in the order of sending, and the same when the message is sent again; numbers may be left out. One
 * that this sender has used is a `duplicate`, however much others wrote meanwhile; one that was passed over and comes
 * afterwards is refused (`passed-over`). `done`: up to here the sender will not send anything again.
 *
 * One record is kept for a sender, see {@link LogLimits.maxSenders} and {@link LogLimits.senderAgeMs}. Ask before
 * something is sent again whether it is still there.
 */
export interface SenderMark {
  readonly id: string
  readonly n: number
  readonly done: number
}

/** How much of a sender is in the log. */
export interface SenderState {
  /** The sender's highest number in the log; 0 where there is none. */
  readonly highest: number
  /** The first of that number's events; 0 where there are none. */
  readonly first: number
  readonly last: number
}

/** A sender that is connected: it is not forgotten before {@link AttachedSender.release}. */
export interface AttachedSender {
  /**
   * What was known of the sender when it attached; null: nothing. Then messages that it sent before cannot be
   * distinguished from new ones.
   */
  readonly state: SenderState | null
  /** It has left. Idempotent, and never waited for. */
  release(): void
}

/**
 * How one append is checked. The checks run in this order: sender, producer and key, fence, sequence, head, bounds. A number
 * that was passed over is no mistake where the key is known.
 */
export interface AppendOptions {
  readonly producer: Producer
  readonly sender?: SenderMark | undefined
  /** Appends only if the last event has this number (0 = empty). */
  readonly expectedHead?: number | undefined
  /**
   * Idempotency key: an append with a key that was already used is a `duplicate`. Remembered for the last
   * {@link LogLimits.maxKeys} keys of its scope and {@link LogLimits.keyAgeMs}, whichever ends first.
   */
  readonly key?: string | undefined
  /**
   * Whose key it is: one scope that writes many does not make the log forget those of another. The same key is the same
   * whatever its scope. @defaultValue one for all who name none
   */
  readonly keyScope?: string | undefined
}

/** Why an append was refused; nothing was written, and the same append will be refused again. */
export type Refusal =
  /** The session has as many events or bytes as allowed: store a snapshot and trim. */
  | 'quota'
  /** One event, or all of them together, is larger than allowed: keep the content elsewhere and refer to it. */
  | 'too-large'
  /** `producer.seq` skipped a number; `expectedSeq` is the next one expected. */
  | 'out-of-sequence'
  /** `sender.n` was skipped before, and later numbers are in the log. */
  | 'passed-over'
  /** There is no such session (any more). */
  | 'unknown-session'
  /** What is stored of the session cannot be read: restore a backup, or remove the session. */
  | 'damaged'

/** The answer to an append. */
export type AppendResult =
  | { readonly outcome: 'appended'; readonly first: number; readonly last: number }
  /** It is already in the log. The numbers are absent where the store no longer has them. */
  | { readonly outcome: 'duplicate'; readonly first?: number | undefined; readonly last?: number | undefined }
  /** `expectedHead` did not match. */
  | { readonly outcome: 'conflict'; readonly head: number }
  /** A newer fence has written: this producer must stop (hub: close 4410). */
  | { readonly outcome: 'fenced'; readonly by: number }
  | { readonly outcome: 'refused'; readonly reason: Refusal; readonly expectedSeq?: number | undefined }
  /**
   * Nothing was written and nothing acknowledged. Try the same append again. `reason`: a sentence that may be shown to
   * anyone.
   */
  | { readonly outcome: 'unavailable'; readonly retryAfterMs: number; readonly reason?: string | undefined }

/** One append of several, see {@link SessionLog.appendAll}. */
export interface Append {
  readonly events: readonly NewEvent[]
  readonly options: AppendOptions
}

/** The answer to one append of several: as to a single one, or the mistake in it. */
export type AppendAnswer = AppendResult | { readonly outcome: 'malformed'; readonly error: LogError }
