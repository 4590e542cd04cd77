import type { Cause, Gap } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import type { Status } from './status.ts'

/** What `connection.on(name, …)` tells. `Ready`: what the handshake returns. */
export interface ConnectionEvents<Ready = unknown> {
  /** Every change, in order. */
  readonly status: { readonly status: Status; readonly previous: Status; readonly cause: Cause | undefined }
  /** Another link can be written to: told before the status, before anything of the queue is written and before what came early reaches the app. See `connection.write()`. */
  readonly link: {
    /** The server continued the session. */
    readonly resumed: boolean
  }
  /** It can be written to, and what waited in the queue has been. Told behind `status`. */
  readonly open: {
    /** The server continued the session. */
    readonly resumed: boolean
    /** What the handshake returned. */
    readonly ready: Ready
    /** It was never open before. */
    readonly first: boolean
  }
  /** A dial came to nothing. */
  readonly attemptFailed: {
    readonly cause: Cause
    /** Number of the dial in its outage, 1 for the first. */
    readonly attempt: number
    /** When the next one is, as long as nothing else happens, by `connection.now()`; undefined: it is under way, or there is none. */
    readonly retryAt: number | undefined
  }
  /** Messages that were rejected, dropped or are in doubt; one report for all of a turn. */
  readonly delivery: DeliveryReport
  /** Something is missing from the inbound stream here. */
  readonly gap: Gap
  /** A frame that could not be read: what was wrong, in one line. The connection lives on. */
  readonly invalid: { readonly issue: string }
  /** A probe was answered. */
  readonly rtt: { readonly ms: number }
  /** The usable connection ended. Told before the status changes. */
  readonly dropped: { readonly cause: Cause }
  /** Something of the app's threw, or something unexpected was ignored. */
  readonly problem: { readonly what: string; readonly error?: unknown }
}

/** Counters since the connection was created. */
export interface ConnectionMetrics {
  readonly dials: number
  readonly opens: number
  readonly invalidFrames: number
  readonly staleEvents: number
  readonly gaps: number
  readonly inDoubt: number
  /** Volatile messages that were not sent. */
  readonly dropped: number
  /** For how long the peer has been held back by now, since the app is not done with what came; 0: it is not. In milliseconds. */
  readonly readingPausedMs: number
  readonly queued: number
  readonly queuedBytes: number
  readonly unconfirmed: number
  /** Of the connection that is open, or was last. Milliseconds; undefined before the first probe was answered. */
  readonly rttP50: number | undefined
  readonly rttP95: number | undefined
}

/** What this connection can promise, with this protocol over this transport, as it is now. */
export interface Guarantees {
  /** What confirms a written message. `none`: awaiting a delivery waits for the write only. */
  readonly confirmation: 'ack' | 'probe' | 'none'
  /** `none`: a half-open link is not noticed. `listen`: only silence is. `probe`: both directions are proven. */
  readonly liveness: 'none' | 'listen' | 'probe'
  /** `false`: messages may be missing after a reconnect. */
  readonly resume: boolean
  /** `none`: a slow consumer cannot slow the peer. */
  readonly flowControl: 'transport' | 'none'
}
