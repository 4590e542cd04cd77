import type { Channel, Transport, WebSocketFrame } from '@holdfast/core'

/** Loaded at the first dial: who gives a transport does not install it. */
export const nodeTransport: Transport = {
  name: 'node-web-socket',
  traits: { binary: true, ping: true, pause: true, requestHeaders: true },
  open: async (target, options): Promise<Channel<WebSocketFrame, WebSocketFrame>> => {
    const { nodeWebSocket } = await import('@holdfast/transport-node')
    return nodeWebSocket().open(target, options)
  },
}
