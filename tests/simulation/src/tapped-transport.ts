import type { Transport, WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import type { ChannelSink } from '@holdfast/core/contract'

/** One channel of the client, seen from outside. */
export interface TappedLink {
  readonly id: number
  /** Neither ended nor asked to end. */
  writing: boolean
  /** How this side ended it; `undefined` while it has not. */
  ended: 'close' | 'terminate' | 'peer' | undefined
  /** Anything came in on it. */
  heard: boolean
}

/** Who watches. */
export interface Watcher {
  /** A dial begins. */
  dialed(link: number): void
  opened(link: TappedLink): void
  /** A frame is written. */
  sent(link: TappedLink, frame: WebSocketFrame): void
  /** A ping of the transport leaves. */
  pinged(link: TappedLink): void
  ended(link: TappedLink): void
}

/** The same transport, with everything that the engine does on it shown to a watcher. */
export function tappedTransport(transport: Transport, watcher: Watcher, lastDial: () => number): Transport {
  return {
    name: transport.name,
    traits: transport.traits,
    liveness: transport.liveness,
    async open(target, options) {
      const opening = transport.open(target, options)
      const id = lastDial()
      watcher.dialed(id)
      const channel = await opening
      const link: TappedLink = { id, writing: true, ended: undefined, heard: false }
      watcher.opened(link)
      return tapped(channel, link, watcher)
    },
  }
}

function tapped(channel: WebSocketChannel, link: TappedLink, watcher: Watcher): WebSocketChannel {
  const ends = (how: 'close' | 'terminate' | 'peer'): void => {
    if (link.ended !== undefined) return
    link.ended = how
    link.writing = false
    watcher.ended(link)
  }
  return {
    traits: channel.traits,
    get opening() {
      return channel.opening
    },
    get bufferedBytes() {
      return channel.bufferedBytes
    },
    start: (sink: ChannelSink<WebSocketFrame>) =>
      channel.start({
        frame: (frame) => {
          link.heard = true
          sink.frame(frame)
        },
        pong: () => {
          link.heard = true
          sink.pong?.()
        },
        closed: (end) => {
          ends('peer')
          sink.closed(end)
        },
      }),
    send: (frame) => {
      channel.send(frame)
      watcher.sent(link, frame)
    },
    drained: (signal) => channel.drained(signal),
    pause: () => channel.pause(),
    resume: () => channel.resume(),
    ping: () => {
      channel.ping()
      watcher.pinged(link)
    },
    close: (code, reason) => {
      ends('close')
      channel.close(code, reason)
    },
    terminate: () => {
      ends('terminate')
      channel.terminate()
    },
  }
}
