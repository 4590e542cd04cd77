import type {
  ChannelTraits,
  Codec,
  HoldfastError,
  Liveness,
  Opening,
  PeerWord,
  Transport,
  WebSocketFrame,
} from '@holdfast/contract'
import type { AttemptContext } from './support/attempt-context.ts'

/** The steps of one attempt that own a deadline. */
export type Phase = 'prepare' | 'dial' | 'handshake'

/** Why an attempt or a connection ended. A close code that the peer did not send is absent. */
export type Cause =
  /** The target or credentials function threw. */
  | { readonly kind: 'prepare'; readonly error: unknown }
  /** The transport did not open. `status` and `retryAfterMs` where the runtime shows them. */
  | {
      readonly kind: 'dial'
      readonly error: unknown
      readonly status?: number | undefined
      readonly retryAfterMs?: number | undefined
      /** The request did not leave this side. */
      readonly unsent?: boolean | undefined
    }
  /** The protocol's handshake rejected with this error. */
  | { readonly kind: 'handshake'; readonly error: unknown }
  /** A phase took longer than its deadline. */
  | {
      readonly kind: 'deadline'
      readonly phase: Phase
      /** The usual cause with this transport, as text for a person. */
      readonly usually?: string | undefined
      /** The step that the handshake was waiting for, where it named one. */
      readonly awaited?: string | undefined
      /** Messages that arrived meanwhile and did not match. */
      readonly passed?: number | undefined
    }
  /** The channel ended, before (`handshake`) or after (`open`) the connection was usable. */
  | {
      readonly kind: 'close'
      readonly phase: 'handshake' | 'open'
      readonly code?: number | undefined
      readonly reason: string
      readonly clean: boolean
      readonly error?: unknown
      /** The `retry:` of an event stream, as sent. In milliseconds. */
      readonly retryMs?: number | undefined
      /** The next dial continues after what was delivered. */
      readonly resumable?: boolean | undefined
    }
  /** Declared dead: nothing arrived (`read`), no write was confirmed (`write`), or a probe after a wake got no answer (`probe`). */
  | { readonly kind: 'liveness'; readonly rule: 'read' | 'write' | 'probe' }
  /** The protocol ended this connection with an error of its own (`context.fail`). */
  | { readonly kind: 'protocol'; readonly error: unknown }
  /** Asked for on this side. */
  | { readonly kind: 'local'; readonly reason: 'reconnect' | 'rotate' | 'freeze' | 'drain' | 'close' | 'doubt' }

/** What to do about a {@link Cause}. Data, not code: the machine obeys. */
export type RetryDecision =
  | {
      readonly act: 'retry'
      /** Wait at least this long (a server's `Retry-After`), clamped to 5 minutes. */
      readonly floorMs?: number | undefined
      /** Retries under this name are counted apart and end the connection after `max` in one outage. */
      readonly budget?: string | undefined
      readonly max?: number | undefined
      /** A backoff of its own: the longest delay before retry `n` (1, 2, …), in milliseconds; at least three fifths are waited. */
      readonly delayMs?: number | undefined
    }
  /** Ask for new credentials once; when those are refused too, park in `authRequired`. */
  | { readonly act: 'refresh'; readonly error?: unknown }
  /** Park in `authRequired` at once. */
  | { readonly act: 'park'; readonly error?: unknown }
  /** The server no longer has the session: drop it (unacknowledged messages become in doubt), then retry. */
  | { readonly act: 'newSession' }
  /** The server is leaving: reconnect within `reconnectWindowMs`, at a random moment. In milliseconds. @defaultValue 2000 */
  | { readonly act: 'drain'; readonly reconnectWindowMs?: number | undefined }
  /** Everything that was requested has arrived: the connection closes without an error. */
  | { readonly act: 'complete' }
  /**
   * It would be final, but the connection was open before and a proxy may have answered. Retried for `retry.graceMs`; final with
   * `error` when the answer is still the same then.
   */
  | { readonly act: 'weather'; readonly error: HoldfastError; readonly floorMs?: number | undefined }
  /** Final. */
  | { readonly act: 'stop'; readonly error: HoldfastError }

/** What `retryPolicy` may look at beside the cause. */
export interface RetryContext {
  /** Failed attempts of this outage before this one. */
  readonly failures: number
  /** The connection was open in this attempt. */
  readonly wasOpen: boolean
  /** What an end means to the transport: where its dials are one request with one answer each, it is set. */
  readonly exchange?: Transport['exchange']
  /** The connection was open before in this client, in any attempt: a proxy may be what answers now. */
  readonly openedBefore: boolean
  /** The app wants the first connection treated as if there had been one before (`retry.retryFirst`). */
  readonly retryFirst: boolean
  /** Credentials were already requested again in this outage (decision `refresh`). */
  readonly refreshed: boolean
  /** The attempt took so long that its peer may have given up waiting for the credentials. @defaultValue false */
  readonly isLate?: boolean | undefined
  /** Retries spent in this outage, under each named budget. */
  readonly spent: Readonly<Record<string, number>>
  /** The peer's own refusal of a dial; undefined where nothing shows that it was the peer who answered. */
  readonly word: PeerWord | undefined
}

/** Credentials for one attempt. Headers go before the first frame, the first frame before the URL. */
export interface Credentials<Out = unknown> {
  readonly url?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
  readonly protocols?: readonly string[] | undefined
  /** Sent before anything else by protocols without a handshake; a handshake reads it from `link.credentials`. */
  readonly firstFrame?: Out | undefined
  /** Milliseconds since 1970. The connection rotates before it: at `expiresAt − max(30 s, 10 %)`. */
  readonly expiresAt?: number | undefined
}

/**
 * The exchange before a connection is usable. Messages that the handshake does not read reach the app afterwards, in order. It is
 * also the context for functions of the app that return a value for each attempt: `await freshOf(options.token, link)`.
 */
export interface HandshakeLink<In, Out> extends AttemptContext {
  readonly traits: ChannelTraits
  readonly opening: Opening
  readonly credentials: Credentials<Out> | undefined
  send(message: Out): void
  /**
   * The next message, or the next that `matches`. Messages before it that do not match go to the app after the handshake, in
   * order of arrival; `next()` does not return to them, so match everything that you wait for. Rejects when the attempt is given
   * up. `awaited`: what is waited for, such as `'a welcome'`, for the error when it never arrives.
   */
  next<Found extends In>(matches: (message: In) => message is Found, awaited?: string): Promise<Found>
  next(matches?: (message: In) => boolean, awaited?: string): Promise<In>
  /** The next message, left where it is: for `next()` to read, or else for the app. */
  peek(): Promise<In>
  /** Asks the peer politely to close with this code when the handshake fails, which it should do next. */
  refuse(code: number, reason: string): void
  /** Names the step that is waited for, for `status` and `explain()`. */
  step(name: string): void
}

/** What a handshake may return to the engine. A protocol may return more; the app finds all of it in `connection.ready`. */
export interface HandshakeResult {
  /** True when the server continued the session: unacknowledged messages are sent again, not put in doubt. */
  readonly resumed?: boolean | undefined
  /** The present epoch of the server's history. */
  readonly epoch?: string | undefined
  /** With `resumed`: the highest client `seq` that the server has. */
  readonly received?: number | undefined
  /** What is missing before the first message: reported before it. */
  readonly gap?: Gap | undefined
  /** The session or the principal is another one: what waits for the old is rejected with `delivery/fenced`. */
  readonly fenced?: boolean | undefined
  /** With `resumed`: the peer has no memory of what was written. Those messages become in doubt and are not written again. */
  readonly forgotten?: boolean | undefined
  /** Messages that were never written are stamped again: this peer expects other stamps than the one before. */
  readonly restamp?: boolean | undefined
  /** The largest message that this peer takes, in bytes as written; a larger one is rejected with `delivery/too_large`. */
  readonly maxMessageBytes?: number | undefined
  /** False: this server does not send the acks that the protocol has. @defaultValue true where the protocol has `delivery` */
  readonly acks?: boolean | undefined
}

/**
 * Promise class of an outgoing message. `volatile`: at most once, and may be lost. `once`: at most once; what may not have arrived is
 * reported. `retry`: at least once, always under the same id. `ordered`: exactly once and in order within an epoch, with a server that
 * acknowledges and resumes. The guide "Exactly once, and its limits" has a program for it.
 */
export type DeliveryClass = 'volatile' | 'once' | 'retry' | 'ordered'

/** How a wire carries delivery ids. Absent: nothing is acknowledged by the protocol. */
export interface DeliveryRules<Out> {
  /** Class of messages sent without one. */
  readonly byDefault: DeliveryClass
  /**
   * Which messages get numbers. `epoch`: `ordered` messages, from 1 in every epoch and without holes. `sender`: `ordered` and
   * `retry` messages, from 1 for the lifetime of the connection object; no number is ever used for a second message.
   * @defaultValue epoch
   */
  readonly numbers?: 'epoch' | 'sender' | undefined
  /** The message with its id and its number, where its class has one, put where this wire keeps them. */
  stamp(message: Out, mark: DeliveryMark): Out
  /**
   * The wire distinguishes a repetition from a first message: each repetition is stamped again, with `again`. An object given to
   * `send()` must then not change until it is settled. @defaultValue false: a repetition is what was written before
   */
  readonly marksAgain?: boolean | undefined
}

/** What is stamped on a message. */
export interface DeliveryMark {
  readonly id: string
  readonly seq?: number | undefined
  /** With `seq`: every numbered message up to here is settled. */
  readonly settledThrough?: number | undefined
  /** It was written before. See {@link DeliveryRules.marksAgain}. */
  readonly again?: boolean | undefined
}

/** What a protocol can do while the connection is open. */
export interface ProtocolContext<Out> {
  /** A control frame: written now or, when the connection is not open, not at all. Unnumbered, unqueued. */
  send(message: Out): void
  /** The peer has these messages. */
  acked(ack: { readonly ids: Iterable<string> } | { readonly through: number }): void
  /** The peer has these messages and confirms them later: they are not written again, and stay unconfirmed until `acked`. */
  accepted(ids: Iterable<string>): void
  /** The peer will not take these messages: they are rejected with `error`, and not sent again. */
  refused(ids: Iterable<string>, error: HoldfastError): void
  /** Something is missing from the inbound stream at this place. */
  gap(gap: Gap): void
  /** The server announces that it is leaving: connect elsewhere, spread over `reconnectWindowMs`. */
  drain(reconnectWindowMs?: number): void
  /** The server announces that the credentials end soon: they are renewed now, as before their own `expiresAt`. */
  renew(): void
  /**
   * The delay before the next dial that the server asks for, and the base of the backoff: 250 ms … 5 min. An event stream's
   * `retry:` is applied without this call.
   */
  retryBase(ms: number): void
  /** Ends this connection; `retryPolicy` gets the error as a `protocol` cause. */
  fail(error: unknown): void
  /** Reports something wrong that harms only one message. */
  report(issue: string): void
}

/** What `receive` may return for a message that goes to the app. */
export interface ForApp {
  readonly app: true
  /**
   * Called once when the app is done with the message: handlers have returned, or their promises have settled, and the loop that
   * read it has asked for the next. It replaces the protocol's own `taken`. An acknowledgement sent through the `context` of
   * `receive` goes to the link that brought the message; where that link has ended it is dropped. Where several readers share one
   * link it runs when its own reader is done; `InOrder` of `@holdfast/core/protocol` puts those of a link in order.
   * `isRead` is false where the message was never read: the loop that it waited for was left, or its subscription is over. A peer
   * that would give it to another consumer must not learn then that it was processed.
   */
  readonly taken: (isRead: boolean) => unknown
}

/** A hole in the inbound stream. `to` absent: unknown. */
export interface Gap {
  readonly from?: number | undefined
  readonly to?: number | undefined
  /** Messages that were dropped on this side, where that made the hole (`reason: 'overflow'`). */
  readonly count?: number | undefined
  readonly reason: string
}

/** All that differs between one protocol and another: a custom client is one such object, and a `Connection`. */
export interface ClientProtocol<
  In,
  Out,
  WireIn = WebSocketFrame,
  WireOut = WebSocketFrame,
  Ready extends object | undefined = HandshakeResult | undefined,
> {
  /** This and `codec` are needed, everything else is optional. */
  readonly name: string
  readonly codec: Codec<In, Out, WireIn, WireOut>
  /**
   * How a dead link is detected. `none`: only when the network reports an error. Where a rule returns undefined, the
   * transport's own is used. @defaultValue the transport's own: its pings, where it has them
   */
  readonly liveness?: Liveness<In, Out> | 'none' | undefined
  readonly delivery?: DeliveryRules<Out> | undefined
  /** Two connections of one session may be open at once: a successor is dialed before the old one is dropped. */
  readonly overlap?: boolean | undefined
  /** From an open channel to a usable one. Absent: usable at once. */
  handshake?(link: HandshakeLink<In, Out>): Promise<Ready>
  /** The answer to a ping of the peer, written at once, in the handshake too; undefined: the message is not a ping. */
  pong?(message: In): Out | undefined
  /**
   * Called first for every message after the handshake. `true`: the message is the protocol's own and does not reach
   * the app. With `taken` it does, and that is called when the app is done with it.
   */
  receive?(message: In, context: ProtocolContext<Out>): boolean | ForApp
  /** An event stream's id changed, with an event or without one: the value of `Last-Event-ID` at the next dial. */
  cursor?(id: string): void
  /**
   * The app is done with a message that {@link ClientProtocol.receive} let through: handlers have returned, or their promises
   * have settled, and every stream has asked for the next; or it was reported as part of a gap. Called in order of arrival. The
   * place for acknowledgements that mean "processed". `context` is that of the connection that is open now, if there is one.
   */
  taken?(message: In, context: ProtocolContext<Out> | undefined): void
  /** Renews credentials in band. Absent: the connection is rotated instead. */
  renew?(credentials: Credentials<Out>, context: ProtocolContext<Out>): void
  /** The session is gone (decision `newSession`): positions and ids of it are worthless. */
  forget?(): void
  /** Retry or stop. Default: {@link defaultRetryPolicy}. */
  retryPolicy?(cause: Cause, context: RetryContext): RetryDecision
}
