import { startChaosProxy } from '@holdfast/chaos-proxy'
import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { NODE_TRAITS, nodeWebSocket } from '../src/index.ts'

// The proxy with its faults off must not be noticed.
transportConformance({
  name: 'nodeWebSocket through the chaos proxy',
  expected: { traits: NODE_TRAITS },
  async setup() {
    const server = await startWebSocketServer()
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port: server.port } })
    return {
      transport: nodeWebSocket({ proxy: false }),
      target: { url: `ws://${proxy.address}/` },
      server,
      async teardown() {
        await proxy.close()
        await server.close()
      },
    }
  },
})
