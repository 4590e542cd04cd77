import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { WebSocket as NodeWebSocket } from 'ws'
import { BROWSER_TRAITS, browserWebSocket } from '../src/index.ts'

// The one of Chromium is in conformance.browser.test.ts. Node.js 20 has none, and is given one.
const given = typeof WebSocket === 'undefined' ? { WebSocket: NodeWebSocket } : {}

transportConformance({
  name: 'browserWebSocket outside of browsers',
  expected: { traits: BROWSER_TRAITS, refusalStatus: false },
  async setup() {
    const server = await startWebSocketServer()
    return {
      transport: browserWebSocket({ ...given, classify: false }),
      target: { url: server.url },
      deadTarget: { url: 'ws://127.0.0.1:1/' },
      server,
      teardown: () => server.close(),
    }
  },
})
