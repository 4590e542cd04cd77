import { type Transport, transportPing } from '@holdfast/core'

/** What `ws` takes in one message by default: a program that worked with the published client gets as large ones here. */
const MAX_PAYLOAD_BYTES = 104_857_600

/**
 * The transport of who gives none, in Node.js and Deno; bundles for browsers get `default-transport-browser.ts`. Loaded at
 * the first dial: who gives a transport does not install it.
 */
export const defaultTransport: Transport = {
  name: 'node-web-socket',
  traits: { binary: true, ping: true, pause: true, requestHeaders: true },
  liveness: transportPing(),
  async open(target, options) {
    const { nodeWebSocket } = await import('@holdfast/transport-node')
    return nodeWebSocket({ maxPayloadBytes: MAX_PAYLOAD_BYTES }).open(target, options)
  },
}
