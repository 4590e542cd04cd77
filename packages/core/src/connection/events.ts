import type { Cause, Gap } from '../client-protocol.ts'
import type { DeliveryReport } from '../delivery/outbox/delivery-reports.ts'
import type { Status } from './status.ts'

/** The events of `connection.on(name, …)`. `Ready`: what the handshake returns. */
export interface ConnectionEvents<Ready = unknown> {
  /** Every change, in order. */
  readonly status: { readonly status: Status; readonly previous: Status; readonly cause: Cause | undefined }
  /**
   * A new link can be written to. Emitted before the status, before anything of the queue is written and before
   * messages that arrived early reach the app. See `connection.write()`.
   */
  readonly link: {
    /** The server continued the session. */
    readonly resumed: boolean
  }
  /** The connection is open, and the queue has been written. Emitted after `status`. */
  readonly open: {
    /** The server continued the session. */
    readonly resumed: boolean
    /** What the handshake returned. */
    readonly ready: Ready
    /** It was never open before. */
    readonly first: boolean
  }
  /** An attempt failed. */
  readonly attemptFailed: {
    readonly cause: Cause
    /** Number of the attempt in its outage, 1 for the first. */
    readonly attempt: number
    /** When the next attempt is due, by `connection.now()`; undefined: it is running, or there is none. */
    readonly retryAt: number | undefined
  }
  /** Messages that were rejected, dropped or are in doubt; one report for all of one turn of the event loop. */
  readonly delivery: DeliveryReport
  /** Something is missing from the inbound stream here. */
  readonly gap: Gap
  /** A frame that could not be decoded: what is wrong with it, in one line. The connection stays open. */
  readonly invalid: { readonly issue: string }
  /** A probe was answered. */
  readonly rtt: { readonly ms: number }
  /** The open connection ended. Emitted before the status changes. */
  readonly dropped: { readonly cause: Cause }
  /** A callback of the app threw, or something unexpected was ignored. */
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
  /**
   * How long reading from the peer has been paused because the app is not done with earlier messages; 0: it is not
   * paused. In milliseconds.
   */
  readonly readingPausedMs: number
  readonly queued: number
  readonly queuedBytes: number
  readonly unconfirmed: number
  /** Round trips of the present or last connection, in milliseconds; undefined before the first probe was answered. */
  readonly rttP50: number | undefined
  readonly rttP95: number | undefined
}

/** What this connection can promise, with this protocol over this transport, as it is now. */
export interface Guarantees {
  /** What confirms a written message. `none`: awaiting a delivery waits for the write only. */
  readonly confirmation: 'ack' | 'probe' | 'none'
  /** `none`: a half-open link is not detected. `listen`: only by silence. `probe`: probes check both directions. */
  readonly liveness: 'none' | 'listen' | 'probe'
  /** `false`: messages may be missing after a reconnect. */
  readonly resume: boolean
  /** `none`: a slow consumer cannot slow the peer. */
  readonly flowControl: 'transport' | 'none'
}
