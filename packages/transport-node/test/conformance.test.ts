import { readFileSync } from 'node:fs'
import { transportConformance } from '@holdfast/testkit/conformance'
import { startWebSocketServer } from '@holdfast/testkit/conformance/web-socket-server'
import { NODE_TRAITS, nodeWebSocket } from '../src/index.ts'
import { acceptedFixture } from './accepted-fixture.ts'

const pem = (name: string): string => readFileSync(new URL(`./fixtures/${name}`, import.meta.url), 'utf8')

/** Long enough for a peer that answers, also on a machine under load; a peer that does not is waited for in two tests. */
const closeTimeoutMs = 300

transportConformance({
  name: 'nodeWebSocket',
  expected: { traits: NODE_TRAITS },
  async setup() {
    const server = await startWebSocketServer()
    return {
      transport: nodeWebSocket({ closeTimeoutMs, proxy: false }),
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
      transport: nodeWebSocket({ closeTimeoutMs, proxy: false, tls: { ca: pem('ca.crt') } }),
      target: { url: server.url },
      server,
      teardown: () => server.close(),
    }
  },
})

transportConformance({
  name: 'acceptChannel',
  expected: { traits: NODE_TRAITS, dials: false },
  setup: () => acceptedFixture({ closeTimeoutMs }),
})
