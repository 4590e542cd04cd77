import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { NODE_TRAITS, nodeWebSocket } from '../src/index.ts'
import { acceptedFixture } from './accepted-fixture.ts'
import { pem } from './support.ts'

transportConformance({
  name: 'nodeWebSocket',
  expected: { traits: NODE_TRAITS },
  async setup() {
    const server = await startWebSocketServer()
    return {
      transport: nodeWebSocket({ proxy: false }),
      target: { url: server.url },
      deadTarget: { url: 'ws://127.0.0.1:1/' },
      server,
      teardown: () => server.close(),
    }
  },
})

transportConformance({
  name: 'nodeWebSocket over TLS',
  expected: { traits: NODE_TRAITS },
  async setup() {
    const server = await startWebSocketServer({ tls: { cert: pem('server.crt'), key: pem('server.key') } })
    return {
      transport: nodeWebSocket({ proxy: false, tls: { ca: pem('ca.crt') } }),
      target: { url: server.url },
      server,
      teardown: () => server.close(),
    }
  },
})

transportConformance({
  name: 'acceptChannel',
  expected: { traits: NODE_TRAITS, dials: false },
  setup: acceptedFixture,
})
