import { transportConformance } from '@holdfast/testkit/conformance'
import { BROWSER_TRAITS, browserWebSocket } from '../src/index.ts'
import { startRemoteServer } from './remote-server.ts'

transportConformance({
  name: 'browserWebSocket in Chromium',
  expected: { traits: BROWSER_TRAITS, refusalStatus: false },
  async setup() {
    const server = await startRemoteServer()
    return {
      // Given, so that the types of the DOM are seen to fit.
      transport: browserWebSocket({ WebSocket, classify: false }),
      target: { url: server.url },
      deadTarget: { url: 'ws://127.0.0.1:1/' },
      server,
      teardown: () => server.close(),
    }
  },
})
