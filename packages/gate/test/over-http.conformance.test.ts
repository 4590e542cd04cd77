import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { eventStreamAndPosts, longPoll, OVER_HTTP_TRAITS } from '@holdfast/transport-sse/over-http'
import { overHttp } from '../src/index.ts'

for (const transport of [eventStreamAndPosts({ proxy: false }), longPoll({ proxy: false })]) {
  transportConformance({
    name: transport.name,
    // Within one process only the buffers of two sockets are on the way.
    expected: { traits: OVER_HTTP_TRAITS, floodBytes: 6_291_456 },
    async setup() {
      const server = await startWebSocketServer({
        carry: (upgrade) => {
          const carried = overHttp({ upgrades: [{ handles: () => true, upgrade }] })
          return { handle: (request, response) => carried.handle(request, response), close: () => carried.close() }
        },
      })
      return {
        transport,
        target: { url: server.url },
        deadTarget: { url: 'ws://127.0.0.1:1/' },
        server,
        teardown: () => server.close(),
      }
    },
  })
}
