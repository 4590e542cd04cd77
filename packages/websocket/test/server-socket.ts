import type { WebSocketChannel } from '@holdfast/core/contract'
import type { ServerSocket } from '../src/server/index.ts'

/** A channel of the simulated network, with the interface of `ws`. */
export function socketOf(
  channel: WebSocketChannel,
  paused: (isPaused: boolean) => void = () => {},
): Required<ServerSocket> {
  const listeners: { message: ((data: unknown, isBinary: boolean) => void)[]; close: (() => void)[] } = {
    message: [],
    close: [],
  }
  channel.start({
    frame: (frame) => {
      for (const listener of listeners.message) listener(frame, typeof frame !== 'string')
    },
    closed: () => {
      for (const listener of listeners.close) listener()
    },
  })
  return {
    send: (frame) => void channel.send(frame),
    close: (code, reason) => channel.close(code, reason),
    pause: () => {
      paused(true)
      channel.pause()
    },
    resume: () => {
      paused(false)
      channel.resume()
    },
    on(event: string, listener: never) {
      if (event === 'message') listeners.message.push(listener)
      if (event === 'close') listeners.close.push(listener)
    },
  }
}
