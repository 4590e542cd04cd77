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
      /** What is usually the matter with this transport, in words. */
      readonly usually?: string | undefined
      /** What the handshake waited for, where it said so. */
      readonly awaited?: string | undefined
      /** Messages that came meanwhile and were not that. */
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
      /** The next dial goes on behind what was delivered. */
      readonly resumable?: boolean | undefined
    }
  /** The link was declared dead: nothing came (`read`), nothing written was confirmed (`write`), a probe after a wake stayed silent (`probe`). */
  | { readonly kind: 'liveness'; readonly rule: 'read' | 'write' | 'probe' }
  /** The protocol gave this connection up with an error of its own (`context.fail`). */
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
      /** A schedule of its own for this kind of failure: at most so many milliseconds before retry `n` (1, 2, …), at least three fifths. */
      readonly delayMs?: number | undefined
    }
  /** Ask for new credentials once; when those are refused too, park in `authRequired`. */
  | { readonly act: 'refresh'; readonly error?: unknown }
  /** Park in `authRequired` at once. */
  | { readonly act: 'park'; readonly error?: unknown }
  /** The server no longer knows the session: forget it (what was unacknowledged is in doubt), then retry. */
  | { readonly act: 'newSession' }
  /** The server is leaving: come back within `reconnectWindowMs` (default 2 s), spread at random. */
  | { readonly act: 'drain'; readonly reconnectWindowMs?: number | undefined }
  /** Everything that was asked for has come: the connection closes without an error. */
  | { readonly act: 'complete' }
  /**
   * It would be final, but the connection was open before: something on the way may have answered. Tried again for the
   * grace of `retry.graceMs`; final with `error` when it is still so then.
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
  /** The connection was open in this client's life, in whatever attempt: what answers now may only be on the way. */
  readonly openedBefore: boolean
  /** The app wants the first connection judged as if there had been one (`retry.retryFirst`). */
  readonly retryFirst: boolean
  /** Credentials were asked for anew in this outage (decision `refresh`). */
  readonly refreshed: boolean
  /** Retries spent in this outage, under each named budget. */
  readonly spent: Readonly<Record<string, number>>
  /** What the peer itself said of a refused dial; undefined where nothing shows that it was the peer who answered. */
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
 * The talk before a connection is usable. Everything not read here reaches the app afterwards, in order. It has what a function of
 * the app that brings a value for each attempt is told: `await freshOf(options.token, link)`.
 */
export interface HandshakeLink<In, Out> extends AttemptContext {
  readonly traits: ChannelTraits
  readonly opening: Opening
  readonly credentials: Credentials<Out> | undefined
  send(message: Out): void
  /**
   * The next message, or the next that `matches`: those that came before it and do not match are for the app, which gets
   * them after the handshake, in order of arrival; `next()` does not come back to them, so match all that you wait for.
   * Rejects when the attempt is given up. `awaited`: what that is, such as `'a welcome'`, for who reads that it never came.
   */
  next<Found extends In>(matches: (message: In) => message is Found, awaited?: string): Promise<Found>
  next(matches?: (message: In) => boolean, awaited?: string): Promise<In>
  /** The next message, left where it is: for `next()` to read, or else for the app. */
  peek(): Promise<In>
  /** Asks the peer politely to close with this code when the handshake fails, which it should do next. */
  refuse(code: number, reason: string): void
  /** Names what is being waited for, for `status` and `explain()`. */
  step(name: string): void
}

/** What a handshake may tell the engine. A protocol may return more; the app finds it all in `connection.ready`. */
export interface HandshakeResult {
  /** True when the server continued the session: unacknowledged messages are sent again, not put in doubt. */
  readonly resumed?: boolean | undefined
  /** The history that the server now speaks of. */
  readonly epoch?: string | undefined
  /** With `resumed`: the highest client `seq` that the server holds. */
  readonly received?: number | undefined
  /** What is missing before the first message: told before it. */
  readonly gap?: Gap | undefined
  /** The session or the principal is another one: what waits for the old is rejected with `delivery/fenced`. */
  readonly fenced?: boolean | undefined
  /** With `resumed`: the peer remembers nothing of what was written. That is in doubt, and not written again. */
  readonly forgotten?: boolean | undefined
  /** What was never written is stamped anew: this peer wants something else on its messages than the one before. */
  readonly restamp?: boolean | undefined
  /** The largest message that this peer takes, in bytes as written; a larger one is rejected with `delivery/too_large`. */
  readonly maxMessageBytes?: number | undefined
  /** False: this server does not send the acks that the protocol has. @defaultValue true where the protocol has `delivery` */
  readonly acks?: boolean | undefined
}

/** Promise class of an outgoing message. See the delivery section of the README. */
export type DeliveryClass = 'volatile' | 'once' | 'retry' | 'ordered'

/** How a wire carries delivery ids. Absent: nothing is acknowledged by the protocol. */
export interface DeliveryRules<Out> {
  /** Class of messages sent without one. */
  readonly byDefault: DeliveryClass
  /**
   * What is numbered. `epoch`: `ordered` messages, from 1 in every epoch and without holes. `sender`: `ordered` and
   * `retry`, from 1 as long as the connection object lives; no number is ever used for a second message.
   * @defaultValue epoch
   */
  readonly numbers?: 'epoch' | 'sender' | undefined
  /** The message with its id and its number, where its class has one, put where this wire keeps them. */
  stamp(message: Out, mark: DeliveryMark): Out
  /**
   * The wire tells a repetition from a first message: every one is stamped anew, with `again`. What was given to `send()`
   * must not change then until it is settled. @defaultValue false: a repetition is what was written before
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

/** What the engine lets a protocol do while open. */
export interface ProtocolContext<Out> {
  /** A control frame: written now or, when the connection is not open, not at all. Unnumbered, unqueued. */
  send(message: Out): void
  /** The peer holds these messages. */
  acked(ack: { readonly ids: Iterable<string> } | { readonly through: number }): void
  /**
   * The peer has these messages and will say more of them: they are not written again, and stay unconfirmed under their ids
   * until `acked`, over drops too.
   */
  accepted(ids: Iterable<string>): void
  /** The peer will not take these messages: they are rejected with `error`, and not sent again. */
  refused(ids: Iterable<string>, error: HoldfastError): void
  /** Something is missing from the inbound stream at this place. */
  gap(gap: Gap): void
  /** The server says that it will leave: connect elsewhere, spread over `reconnectWindowMs`. */
  drain(reconnectWindowMs?: number): void
  /** The server says that the credentials end soon: they are renewed now, as before their own `expiresAt`. */
  renew(): void
  /** What the server asks for as the time before the next dial, and the base of the backoff: 250 ms … 5 min. An event stream's `retry:` is heard without it. */
  retryBase(ms: number): void
  /** Gives this connection up; `retryPolicy` sees it as a `protocol` cause. */
  fail(error: unknown): void
  /** Reports something wrong that harms only one message. */
  report(issue: string): void
}

/** What `receive` may say of a message that is for the app. */
export interface ForApp {
  readonly app: true
  /**
   * Runs once when the app is done with the message: handlers have returned, or what they promised has settled, and the
   * loop that read it has asked for the next. An acknowledgement through the `context` of `receive` goes to the link that
   * brought the message, and nowhere where that has ended. In place of the protocol's own `taken`. Where several read one
   * link it runs when its own reader is done; `InOrder` of `@holdfast/core/protocol` puts those of a link in order.
   * `isRead` is false where nobody has read it and nobody is told: the loop that it waited for was left, or its subscription is
   * over. A peer that would give it to somebody else must not hear then that it was processed.
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

/**
 * All that differs between one protocol and another. Everything but `name` and `codec` is optional.
 * A custom client is one such object and a `Connection`.
 */
export interface ClientProtocol<
  In,
  Out,
  WireIn = WebSocketFrame,
  WireOut = WebSocketFrame,
  Ready extends object | undefined = HandshakeResult | undefined,
> {
  readonly name: string
  readonly codec: Codec<In, Out, WireIn, WireOut>
  /**
   * How a dead link is noticed. `none`: not at all, until the network refuses something. Where a rule returns undefined,
   * the transport's own watches. @defaultValue the transport's own: its pings, where it has some
   */
  readonly liveness?: Liveness<In, Out> | 'none' | undefined
  readonly delivery?: DeliveryRules<Out> | undefined
  /** Two connections of one session may live side by side: a successor is dialed before the old one is dropped. */
  readonly overlap?: boolean | undefined
  /** From an open channel to a usable one. Absent: usable at once. */
  handshake?(link: HandshakeLink<In, Out>): Promise<Ready>
  /** The answer to a ping of the peer, which is written at once, in the handshake too; undefined: the message is none. */
  pong?(message: In): Out | undefined
  /**
   * Sees every message after the handshake first. `true`: it was the protocol's own and does not reach the app. With
   * `taken` it does, and that is done when the app is done with it.
   */
  receive?(message: In, context: ProtocolContext<Out>): boolean | ForApp
  /** An event stream's id moved, with an event or without one: what `Last-Event-ID` says at the next dial. */
  cursor?(id: string): void
  /**
   * The app is done with a message that {@link ClientProtocol.receive} let through: handlers have returned, or what they
   * promised has settled, and every stream has asked for the next; or it was told as part of a gap. In order of arrival.
   * The place for acknowledgements that mean "processed". `context` is that of the connection that is open now, if one is.
   */
  taken?(message: In, context: ProtocolContext<Out> | undefined): void
  /** Renews credentials in band. Absent: the connection is rotated instead. */
  renew?(credentials: Credentials<Out>, context: ProtocolContext<Out>): void
  /** The session is gone (decision `newSession`): positions and ids of it are worthless. */
  forget?(): void
  /** Retry or stop. Default: {@link defaultRetryPolicy}. */
  retryPolicy?(cause: Cause, context: RetryContext): RetryDecision
}
