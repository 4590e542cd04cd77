import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { WebSocket } from 'ws'
import { BROWSER_TRAITS, browserWebSocket } from '../src/index.ts'

// The one of Chromium is in conformance.browser.test.ts; here a constructor is given.
transportConformance({
  name: 'browserWebSocket on a given constructor',
  expected: { traits: BROWSER_TRAITS, refusalStatus: false },
  async setup() {
    const server = await startWebSocketServer()
    return {
      transport: browserWebSocket({ WebSocket }),
      target: { url: server.url },
      deadTarget: { url: 'ws://127.0.0.1:1/' },
      server,
      teardown: () => server.close(),
    }
  },
})
