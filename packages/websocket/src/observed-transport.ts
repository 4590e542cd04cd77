import type { Channel, ChannelEnd, ChannelSink, ChannelTraits, Opening, Transport } from '@holdfast/core/contract'

/** Who wants to see the links of a transport. */
export interface LinkObserver<In, Out> {
  opened(channel: Channel<In, Out>): void
  ended(channel: Channel<In, Out>, end: ChannelEnd): void
}

/** The same transport, seen: who uses its channels notices nothing. */
export function observedTransport<In, Out>(
  transport: Transport<In, Out>,
  observer: LinkObserver<In, Out>,
): Transport<In, Out> {
  return {
    ...transport,
    async open(target, options) {
      const channel = new ObservedChannel(await transport.open(target, options), observer)
      observer.opened(channel)
      return channel
    },
  }
}

class ObservedChannel<In, Out> implements Channel<In, Out> {
  readonly #channel: Channel<In, Out>
  readonly #observer: LinkObserver<In, Out>

  constructor(channel: Channel<In, Out>, observer: LinkObserver<In, Out>) {
    this.#channel = channel
    this.#observer = observer
  }

  get traits(): ChannelTraits {
    return this.#channel.traits
  }
  get opening(): Opening {
    return this.#channel.opening
  }
  get bufferedBytes(): number {
    return this.#channel.bufferedBytes
  }

  start(sink: ChannelSink<In>): void {
    this.#channel.start({
      frame: (frame) => sink.frame(frame),
      pong: () => sink.pong?.(),
      cursor: (id) => sink.cursor?.(id),
      closed: (end) => {
        sink.closed(end)
        this.#observer.ended(this, end)
      },
    })
  }

  send(frame: Out): void {
    this.#channel.send(frame)
  }
  drained(signal?: AbortSignal): Promise<void> {
    return this.#channel.drained(signal)
  }
  pause(): void {
    this.#channel.pause()
  }
  resume(): void {
    this.#channel.resume()
  }
  ping(): void {
    this.#channel.ping()
  }
  close(code?: number, reason?: string): void {
    this.#channel.close(code, reason)
  }
  terminate(): void {
    this.#channel.terminate()
  }
}
