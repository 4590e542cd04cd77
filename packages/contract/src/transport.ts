import type { Channel, ChannelTraits, WebSocketFrame } from './channel/channel.ts'
import type { ExchangeRule } from './exchange.ts'
import type { Liveness } from './liveness/liveness-types.ts'
import type { Nearness } from './nearness.ts'

/** Where to dial, and with what. */
export interface Target {
  readonly url: string
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** WebSocket subprotocols to offer, in order of preference. */
  readonly protocols?: readonly string[] | undefined
}

/** Turns a target into one open channel. Depends on a runtime's socket and on no protocol. */
export interface Transport<In = WebSocketFrame, Out = WebSocketFrame> {
  readonly name: string
  readonly traits: ChannelTraits
  /**
   * How a dead link is detected where the protocol brings no rule of its own: `transportPing()` on links with pings,
   * `doubtAfterSleep()` on links without. `none`: only when the network reports an error.
   */
  readonly liveness: Liveness<unknown, never> | 'none'
  /** What is usually the matter when a dial gets no answer, as the end of a sentence. Shown to people beside the failure. */
  readonly usually?: string | undefined
  /**
   * What an end means where a dial is one request with one answer: {@link oneAnswer}. @defaultValue a lasting stream
   */
  readonly exchange?: ExchangeRule | undefined
  /**
   * Opens one channel. Frees everything when it rejects.
   * @throws an {@link OpenError} (`channel/open_failed` with `status`, `retryAfterMs`, `headers` where known, or a more
   * precise code of `OpenErrorCode`), or the signal's reason.
   */
  open(target: Target, options: { readonly signal: AbortSignal }): Promise<Channel<In, Out>>
}

/** External hints that a link may have changed: from a browser's events, or a process's signals. */
export type WakeSignal = 'online' | 'offline' | 'visible' | 'hidden' | 'wake' | 'freeze' | 'restore'

/** A source of wake signals. `subscribe` returns a function that ends the subscription. */
export interface WakeSignals {
  /** False when the runtime reports that there is no network. The report may be wrong. */
  readonly online: boolean
  readonly visible: boolean
  /**
   * By which addresses that need no network are known ({@link NEARNESS}): while `online` is false those are dialed all the
   * same, and credentials are kept from what may have such an address in another network.
   */
  readonly nearness: Nearness
  subscribe(listener: (signal: WakeSignal) => void): () => void
}
