import type { Transport } from '@holdfast/core'
import { doubtAfterSleep } from '@holdfast/core/contract'

/** The transport of who gives none, by the runtime's own `WebSocket`. */
export const defaultTransport: Transport = {
  name: 'browser-web-socket',
  traits: { binary: true, ping: false, pause: false, requestHeaders: false },
  liveness: doubtAfterSleep(),
  async open(target, options) {
    const { browserWebSocket } = await import('@holdfast/transport-browser')
    return browserWebSocket().open(target, options)
  },
}
