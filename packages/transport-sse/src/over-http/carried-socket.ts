import type { ChannelSink, ChannelTraits, Opening, WebSocketFrame } from '@holdfast/contract'
import { type ChannelBounds, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'
import type { CarriedItem } from '@holdfast/contract/over-http'
import { PostQueue, type PostQueueParts } from './post-queue.ts'

/** What a WebSocket over plain HTTP can do: all that a WebSocket can. */
export const OVER_HTTP_TRAITS: ChannelTraits = { binary: true, ping: true, pause: true, requestHeaders: true }

/** What a server that takes no message as large as this says on a WebSocket (RFC 6455 §7.4.1). Proxies can say it by a status alone. */
const TOO_LARGE = { code: 1009, reason: 'The request that brought it is too large.', clean: true }

/** Where what the server says comes from. */
export interface Upstream {
  /** Whether to read on; it does not at first. */
  read(isWanted: boolean): void
  stop(): void
}

/** What a {@link CarriedSocket} is made of. */
export interface CarriedParts extends Omit<PostQueueParts, 'emptied' | 'tooLarge' | 'lost'> {
  readonly upstream: Upstream
  readonly opening: Opening
  readonly bounds: ChannelBounds
}

/** A WebSocket that is carried by requests, as `defineChannel()` needs it. */
export class CarriedSocket implements ChannelSocket<WebSocketFrame, WebSocketFrame> {
  readonly traits: ChannelTraits = OVER_HTTP_TRAITS
  readonly opening: Opening
  readonly channel: DefinedChannel<WebSocketFrame, WebSocketFrame>
  readonly #upstream: Upstream
  readonly #posts: PostQueue

  constructor({ upstream, opening, bounds, ...posts }: CarriedParts) {
    this.opening = opening
    this.#upstream = upstream
    this.#posts = new PostQueue({
      ...posts,
      emptied: () => this.channel.flushed(),
      tooLarge: () => this.channel.ended(TOO_LARGE),
      lost: (cause) => this.lost(cause),
    })
    this.channel = defineChannel(this, bounds)
  }

  get bufferedBytes(): number {
    return this.#posts.waiting
  }

  sink(given: ChannelSink<WebSocketFrame>): ChannelSink<WebSocketFrame> {
    return given
  }

  send(frame: WebSocketFrame): void {
    this.#posts.send({ kind: 'frame', frame })
  }

  read(isWanted: boolean): void {
    this.#upstream.read(isWanted)
  }

  ping(): void {
    this.#posts.send({ kind: 'ping' })
  }

  close(code: number | undefined, reason: string): void {
    this.#posts.send({ kind: 'close', code, reason })
  }

  free(): void {
    this.#posts.stop()
    this.#upstream.stop()
  }

  /** Something came. */
  deliver(item: CarriedItem): void {
    if (item.kind === 'frame') this.channel.frame(item.frame)
    else if (item.kind === 'ping') this.#posts.send({ kind: 'pong' })
    else if (item.kind === 'pong') this.channel.pong()
    else if (item.kind === 'close') {
      const { code, reason } = item
      this.channel.ended({ ...(code === undefined ? {} : { code }), reason, clean: true })
    }
  }

  lost(cause: unknown): void {
    this.channel.ended({ cause })
  }
}
