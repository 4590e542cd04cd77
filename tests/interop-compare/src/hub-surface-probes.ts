import type { Probe } from './compare.ts'
import type { Coder } from './hub-module.ts'
import { fact } from './hub-module.ts'
import { broadcast, hub } from './hub-support.ts'
import { until, webServer } from './servers.ts'

const CODES = [1000, 1006, 3999, 4000, 4399, 4400, 4408, 4429, 4500, 4999, 5000]
const FACTS = {
  code: 'auth_failed',
  message: 'x',
  sessionId: 's',
  serverCode: 'c',
  serverMessage: 'm',
  serverMessageType: 'protocol_error',
  closeCode: 4401,
  closeReason: 'r',
}

/** Sets the environment for as long as it runs. */
async function withEnvironment<T>(variables: Readonly<Record<string, string>>, run: () => Promise<T>): Promise<T> {
  const before = { ...process.env }
  Object.assign(process.env, variables)
  try {
    return await run()
  } finally {
    for (const name of Object.keys(variables)) delete process.env[name]
    Object.assign(process.env, before)
  }
}

async function firstFrame(coder: Coder, variables: Readonly<Record<string, string>>): Promise<unknown> {
  const server = await hub('lead')
  return withEnvironment({ ...variables, AGENTUITY_CODER_URL: server.url }, async () => {
    const client = new coder.CoderHubWebSocketClient({ role: 'lead' })
    client.connect()
    await until(() => (server.seen[0]?.messages.length ?? 0) > 0)
    client.close()
    server.stop()
    return server.seen[0]?.messages[0]
  })
}

function shapeOf(error: Error): unknown {
  const json = Object.keys(JSON.parse(JSON.stringify(error))).sort()
  const members = Object.keys(FACTS).map((name) => fact(error, name))
  return { name: error.name, tag: fact(error, '_tag'), isError: error instanceof Error, members, json }
}

export const surfaceProbes: readonly Probe<Coder>[] = [
  { name: 'close-codes', run: async (coder) => coder.CODER_WS_CLOSE_CODE },
  { name: 'final-codes', run: async (coder) => CODES.map((code) => coder.isTerminalCloseCode(code)) },
  { name: 'error-of-sockets', run: async (coder) => shapeOf(new coder.CoderHubWebSocketError(FACTS)) },
  {
    name: 'error-of-streams',
    run: async (coder) => {
      const error = new coder.CoderSSEError({ code: 'parse_error', message: 'x', sessionId: 's' })
      return { ...Object(shapeOf(error)), isOther: error instanceof coder.CoderHubWebSocketError }
    },
  },
  {
    name: 'parsers',
    run: async (coder) =>
      [
        coder.parseServerMessage(broadcast(1)),
        coder.parseServerMessage({ type: 'nope' }),
        coder.parseServerMessage(null),
        coder.parseServerMessage({ id: 'x', actions: [{ action: 'ACK' }] }),
        coder.parseServerMessage({ id: 'x', actions: [{ action: 'WHAT' }] }),
        coder.parseServerMessage({ type: 'presence', event: 'odd', sessionId: 's', timestamp: 1 }),
        coder.parseClientMessage({ type: 'ping', timestamp: 1 }),
        coder.parseClientMessage({ type: 'nope' }),
        coder.parseObserverSseMessage(broadcast(1)),
        coder.parseObserverSseMessage({}),
      ].map((message) => (message === null ? null : (fact(message, 'type') ?? 'response'))),
  },
  { name: 'environment-cli-key', alone: true, run: (coder) => firstFrame(coder, { AGENTUITY_CLI_KEY: 'cli' }) },
  {
    name: 'environment-both-keys',
    alone: true,
    run: (coder) => firstFrame(coder, { AGENTUITY_CLI_KEY: 'cli', AGENTUITY_SDK_KEY: 'sdk' }),
  },
  {
    name: 'environment-lookup',
    alone: true,
    run: async (coder) => {
      const server = await hub('observer')
      const service = await webServer((response) => {
        response.setHeader('content-type', 'application/json')
        response.end(JSON.stringify({ url: server.url.replace('ws:', 'http:') }))
      })
      return withEnvironment({ AGENTUITY_CATALYST_URL: service.url }, async () => {
        const client = new coder.CoderHubWebSocketClient({ apiKey: 'k1', orgId: 'o9' })
        client.connect()
        await until(() => server.seen.length > 0)
        client.close()
        server.stop()
        service.stop()
        const { url, headers } = service.hits[0] ?? {}
        return [url?.pathname, headers?.authorization, headers?.['x-agentuity-orgid'], server.seen.length]
      })
    },
  },
]
