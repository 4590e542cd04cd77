import { freePort } from '../../e2e/support/free-port.ts'
import type { Probe } from './compare.ts'
import type { Coder, Options } from './hub-module.ts'
import { fact } from './hub-module.ts'
import {
  answering,
  broadcast,
  entry,
  errorLine,
  hub,
  QUICK,
  question,
  say,
  socketClient,
  withoutStates,
} from './hub-support.ts'
import { sleep, socketServer, until } from './servers.ts'

const probes: Probe<Coder>[] = []
const probe = (name: string, run: (coder: Coder) => Promise<unknown>): void => void probes.push({ name, run })

/** What a hub sees of a client with these options, once `count` frames came. */
async function dialled(coder: Coder, role: string, path: string, options: Options, count: number): Promise<unknown> {
  const server = await hub(role)
  const client = new coder.CoderHubWebSocketClient({ url: server.url + path, ...options })
  client.connect()
  await until(() => (server.seen[0]?.messages.length ?? -1) >= count)
  const { path: asked, query, messages = [] } = server.seen[0] ?? {}
  client.close()
  server.stop()
  return { asked, query, messages: messages.slice(0, count) }
}

const everything = {
  sessionId: 's1',
  orgId: 'o1',
  agent: 'scout',
  parentSessionId: 'par',
  task: 'a task',
  label: 'lab',
  subscribe: ['task_*', 'agent'],
  origin: 'web',
  driverMode: 'rpc',
  driverInstanceId: 'di',
  driverVersion: '1.2',
  role: 'observer',
}

probe('url-defaults', (coder) => dialled(coder, 'observer', '', { apiKey: '' }, 0))
probe('url-everything', (coder) => dialled(coder, 'observer', '/', { ...everything, apiKey: '' }, 1))
probe('url-has-path', async (coder) => fact(await dialled(coder, 'lead', '/base', { apiKey: '' }, 0), 'asked'))
probe('url-has-api-ws', async (coder) => fact(await dialled(coder, 'lead', '/api/ws', { apiKey: '' }, 0), 'asked'))
probe('url-api-key', async (coder) => {
  const seen = await dialled(coder, 'lead', '', { apiKey: 'K' }, 1)
  return { key: fact(fact(seen, 'query'), 'api_key'), messages: fact(seen, 'messages') }
})
probe('bootstrap-controller', async (coder) =>
  fact(await dialled(coder, 'controller', '', { role: 'controller', apiKey: 'K', orgId: 'O' }, 2), 'messages'),
)
probe('first-frames', async (coder) => {
  const server = await hub('observer')
  const client = new coder.CoderHubWebSocketClient({ url: server.url, apiKey: '' })
  client.connect()
  await until(() => client.isConnected)
  await sleep(100)
  client.close()
  server.stop()
  return server.seen[0]?.messages.map((text) => JSON.parse(text).type)
})

// ---- callbacks ----------------------------------------------------------------------------------

probe('callbacks', async (coder) => {
  const server = await hub('observer')
  const log: string[] = []
  const inside: unknown[] = []
  const client = socketClient(coder, { url: server.url, onOpen: () => inside.push(client.isConnected) }, log)
  client.connect()
  await until(() => client.isConnected)
  for (const { socket } of server.seen) say(socket, broadcast(1))
  await until(() => log.includes('message broadcast'))
  client.close()
  server.stop()
  return { log, inside }
})
probe('callbacks-connected-in-onInit', async (coder) => {
  const server = await hub('observer')
  const inside: unknown[] = []
  const onInit = (): void => void inside.push(client.isConnected, client.state)
  const client = socketClient(coder, { url: server.url, onInit }, [])
  client.connect()
  await until(() => inside.length > 0)
  client.close()
  server.stop()
  return inside
})
probe('callbacks-without-init', async (coder) => {
  const server = await socketServer((socket) => say(socket, broadcast(7)))
  const log: string[] = []
  const client = socketClient(coder, { url: server.url }, log)
  client.connect()
  await until(() => log.includes('message broadcast') && log.includes('open'))
  const { sessionId, initMessage } = client
  client.close()
  server.stop()
  return { log, sessionId, initMessage }
})
probe('callbacks-hydration-first', async (coder) => {
  const server = await socketServer((socket) =>
    say(socket, { type: 'session_hydration', sessionId: 'sX', resumedAt: 1, entries: [] }),
  )
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, sessionId: undefined }, log)
  client.connect()
  await until(() => client.isConnected)
  const { sessionId } = client
  client.close()
  server.stop()
  return { sessionId, log: withoutStates(log) }
})
probe('messages', async (coder) => {
  const server = await hub('controller')
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, role: 'controller' }, log)
  client.connect()
  await until(() => client.isConnected)
  for (const { socket } of server.seen) for (const message of MESSAGES) say(socket, message)
  await until(() => log.includes('message brand_new'))
  client.close()
  server.stop()
  return log.filter((line) => line.startsWith('message'))
})
const MESSAGES = [
  { type: 'pong', timestamp: 1 },
  { id: 'nobody-asked', actions: [] },
  { type: 'session_hydration', sessionId: 's1', resumedAt: 1, entries: [] },
  { type: 'session_stream_ready', streamId: 'a', streamUrl: 'b' },
  { type: 'session_resume', streamId: 'a', streamUrl: 'b' },
  { type: 'presence', event: 'session_join', sessionId: 's1', timestamp: 1 },
  broadcast(1),
  { type: 'rpc_event', event: {}, timestamp: 1 },
  { type: 'rpc_response', response: {} },
  { type: 'rpc_ui_request', id: 'u', method: 'm', params: {} },
  { type: 'protocol_error', code: 'c', message: 'm', timestamp: 1 },
  { type: 'init', role: 'controller' },
  { type: 'brand_new', x: 1 },
]

// ---- getters ------------------------------------------------------------------------------------

probe('getters-before', async (coder) => {
  const { state, sessionId, initMessage, isConnected } = new coder.CoderHubWebSocketClient({ sessionId: 'zz' })
  return { state, sessionId, initMessage, isConnected }
})
probe('getters-before-no-session', async (coder) => new coder.CoderHubWebSocketClient({}).sessionId ?? 'undefined')
probe('getters-connected-and-closed', async (coder) => {
  const server = await hub('lead')
  const client = socketClient(coder, { url: server.url, role: 'lead', sessionId: undefined }, [])
  const all = () => [client.state, client.sessionId, client.initMessage, client.isConnected]
  client.connect()
  await until(() => client.isConnected)
  const connected = all()
  client.close()
  server.stop()
  return [connected, all()]
})

// ---- endings ------------------------------------------------------------------------------------

const refusals = {
  'error-frame': { error: 'bad key' },
  'connection-rejected': { type: 'connection_rejected', code: 'session_expired', message: 'it is over', timestamp: 1 },
  'protocol-error': { type: 'protocol_error', code: 'bad', message: 'm', timestamp: 1 },
}
for (const [name, refusal] of Object.entries(refusals)) {
  probe(`refused-${name}`, async (coder) => {
    const server = await socketServer((socket) => say(socket, refusal))
    const log: string[] = []
    const client = socketClient(coder, { url: server.url, ...QUICK }, log)
    client.connect()
    await until(() => log.some((line) => line.startsWith('close')) && server.seen[0]?.closed !== undefined)
    await sleep(150)
    client.close()
    server.stop()
    return { log, dials: server.seen.length, closed: server.seen[0]?.closed }
  })
}
for (const code of [4000, 4400, 4401, 4403, 4404, 4409, 4410, 4500, 4999]) {
  probe(`final-before-ready-${code}`, async (coder) => {
    const server = await socketServer((socket) => socket.close(code, 'why'))
    return closes(coder, server, 1)
  })
  probe(`final-after-ready-${code}`, async (coder) => {
    const server = await hub('observer', (socket) => setTimeout(() => socket.close(code, 'why'), 50))
    return closes(coder, server, 1)
  })
}
for (const code of [1000, 1011]) {
  probe(`passing-before-ready-${code}`, async (coder) => {
    const server = await socketServer((socket) => socket.close(code, 'why'))
    return closes(coder, server, 3)
  })
}

/** What is told, without texts, until nothing more is dialled. */
async function closes(coder: Coder, server: Awaited<ReturnType<typeof hub>>, dials: number): Promise<unknown> {
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, ...QUICK, maxReconnectAttempts: 2 }, log)
  client.connect()
  // A machine that is busy is no difference: what is waited for has time.
  const last = dials === 1 ? 'close' : 'error max_reconnects_exceeded'
  await until(() => server.seen.length >= dials && log.some((line) => line.startsWith(last)), 10_000)
  await sleep(150)
  const { state } = client
  client.close()
  server.stop()
  return { dials: server.seen.length, state, log: withoutStates(log) }
}
probe('rate-limited', async (coder) => {
  const server = await socketServer((socket) => socket.close(4429, 'slow down'))
  const client = socketClient(coder, { url: server.url, ...QUICK }, [])
  client.connect()
  await until(() => server.seen.length > 1, 3_000)
  client.close()
  server.stop()
  return server.seen.length > 1 ? 'dials again at once' : 'waits'
})
probe('error-texts', async (coder) => {
  const server = await socketServer((socket) => socket.close(4404, 'why'))
  const texts: string[] = []
  const onError = (error: Error): void => void texts.push(error.message)
  const client = socketClient(coder, { url: server.url, onError }, [])
  client.connect()
  await until(() => texts.length > 0)
  client.close()
  server.stop()
  return texts
})
probe('passing-after-ready', async (coder) => {
  const server = await hub('observer', (socket, dial) => {
    if (dial === 0) setTimeout(() => socket.close(1011, 'why'), 50)
  })
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, ...QUICK }, log)
  client.connect()
  await until(() => log.filter((line) => line === 'open').length === 2)
  client.close()
  server.stop()
  return { again: server.seen[1]?.query['sessionId'], log: withoutStates(log) }
})
probe('states-of-a-drop', async (coder) => {
  const server = await hub('observer')
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, ...QUICK }, log)
  client.connect()
  await until(() => client.isConnected)
  server.reset()
  await until(() => log.filter((line) => line === 'open').length === 2)
  client.close()
  server.stop()
  return log.filter((line) => line.startsWith('state'))
})
probe('session-of-the-hub-kept', async (coder) => {
  const server = await hub('lead')
  const client = socketClient(coder, { url: server.url, role: 'lead', sessionId: undefined, ...QUICK }, [])
  client.connect()
  await until(() => client.isConnected)
  server.reset()
  await until(() => server.seen.length > 1)
  client.close()
  server.stop()
  return server.seen.map(({ query }) => query['sessionId'] ?? null)
})
probe('unreachable', async (coder) => {
  const log: string[] = []
  const url = `ws://127.0.0.1:${await freePort()}`
  const client = socketClient(coder, { url, ...QUICK, maxReconnectAttempts: 2 }, log)
  client.connect()
  await until(() => log.some((line) => line.includes('max_reconnects_exceeded')))
  await sleep(50)
  const { state } = client
  client.close()
  return { state, log }
})
probe('unreachable-without-retries', async (coder) => {
  const log: string[] = []
  const url = `ws://127.0.0.1:${await freePort()}`
  const client = socketClient(coder, { url, autoReconnect: false }, log)
  client.connect()
  await until(() => log.some((line) => line.startsWith('close')))
  await sleep(50)
  client.close()
  return withoutStates(log)
})
probe('drop-without-retries', async (coder) => {
  const server = await hub('observer')
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, autoReconnect: false }, log)
  client.connect()
  await until(() => client.isConnected)
  server.reset()
  await until(() => log.some((line) => line.startsWith('close')))
  await sleep(100)
  const { state } = client
  client.close()
  server.stop()
  return { dials: server.seen.length, state, log }
})
probe('silent-link', async (coder) => {
  const server = await hub('observer')
  const log: string[] = []
  const quick = { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 300, ...QUICK }
  const client = socketClient(coder, { url: server.url, ...quick }, log)
  client.connect()
  await until(() => server.seen.length > 1)
  client.close()
  server.stop()
  return log.find((line) => line.startsWith('close'))
})
probe('heartbeat', async (coder) => {
  const server = await hub('observer', (socket) => {
    socket.on('message', (data) => {
      const { type, timestamp } = JSON.parse(String(data))
      if (type === 'ping') say(socket, { type: 'pong', timestamp: 1, echoedTimestamp: timestamp })
    })
  })
  const client = socketClient(coder, { url: server.url, heartbeatIntervalMs: 100, heartbeatTimeoutMs: 2_000 }, [])
  client.connect()
  const pings = (): string[] => server.seen[0]?.messages.filter((text) => text.includes('"ping"')) ?? []
  await until(() => pings().length >= 3)
  client.close()
  server.stop()
  return {
    enough: pings().length >= 3,
    members: Object.keys(JSON.parse(pings()[0] ?? '{}')),
    dials: server.seen.length,
  }
})
probe('close-code-and-reason', async (coder) => {
  const server = await hub('observer')
  const log: string[] = []
  for (const [code, reason] of [[4100, 'bye'] as const, [] as const]) {
    const client = socketClient(coder, { url: server.url }, log)
    client.connect()
    await until(() => client.isConnected)
    client.close(code, reason)
  }
  await until(() => server.live() === 0)
  server.stop()
  return { closed: server.seen.map(({ closed }) => closed), log: log.filter((line) => line.startsWith('close')) }
})
probe('connect-while-connected', async (coder) => {
  const server = await hub('observer')
  const client = socketClient(coder, { url: server.url }, [])
  client.connect()
  client.connect()
  await until(() => client.isConnected)
  client.connect()
  await sleep(50)
  client.close()
  server.stop()
  return server.seen.length
})

// ---- sending ------------------------------------------------------------------------------------

probe('request-answered', async (coder) => {
  const server = await answering((id) => ({ id, actions: [{ action: 'RETURN', result: 5 }] }))
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, role: 'lead' }, log)
  client.connect()
  await until(() => client.isConnected)
  const { id, ...answer } = await client.sendAndWait(question)
  await sleep(30)
  client.close()
  server.stop()
  return { answer, id: typeof id, log: log.filter((line) => line.startsWith('message')) }
})
probe('request-answered-without-actions', async (coder) => {
  const server = await answering((id) => ({ id, nothing: 1 }))
  return failedRequest(coder, server, 8_000)
})
probe('request-unanswered', async (coder) => failedRequest(coder, await hub('lead'), 100))
probe('request-under-way-at-close', async (coder) => {
  const server = await hub('lead')
  const client = socketClient(coder, { url: server.url, role: 'lead' }, [])
  client.connect()
  await until(() => client.isConnected)
  const asked = client.sendAndWait(question, 3_000).catch((error: unknown) => error)
  await sleep(30)
  client.close()
  const error = await asked
  server.stop()
  return errorLine(error)
})
probe('request-never-connected', async (coder) => {
  const client = new coder.CoderHubWebSocketClient({ url: 'ws://127.0.0.1:9', apiKey: '' })
  return errorLine(await client.sendAndWait(question, 100).catch((error: unknown) => error))
})

async function failedRequest(coder: Coder, server: Awaited<ReturnType<typeof hub>>, timeoutMs: number) {
  const client = socketClient(coder, { url: server.url, role: 'lead' }, [])
  client.connect()
  await until(() => client.isConnected)
  const from = Date.now()
  const error: unknown = await client.sendAndWait(question, timeoutMs).catch((caught: unknown) => caught)
  const isQuick = Date.now() - from < 4_000
  client.close()
  server.stop()
  const isTheirs = error instanceof coder.CoderHubWebSocketError
  return { error: errorLine(error), name: fact(error, 'name'), sessionId: fact(error, 'sessionId'), isTheirs, isQuick }
}

const lines = (messages: readonly string[] = []): unknown[] =>
  messages.flatMap((text) => (text.includes('session_entry') ? [JSON.parse(text).line] : []))

probe('queue-before-connect', async (coder) => {
  const server = await hub('lead')
  const client = socketClient(coder, { url: server.url, role: 'lead' }, [])
  for (const line of ['1', '2', '3']) client.send(entry(line))
  client.connect()
  await until(() => lines(server.seen[0]?.messages).length === 3)
  client.close()
  server.stop()
  return lines(server.seen[0]?.messages)
})
probe('queue-survives-close', async (coder) => {
  const server = await hub('lead')
  const log: string[] = []
  const client = socketClient(coder, { url: server.url, role: 'lead' }, log)
  client.send(entry('before'))
  client.close()
  client.send(entry('between'))
  await sleep(30)
  client.connect()
  await until(() => client.isConnected)
  await until(() => lines(server.seen[0]?.messages).length === 2)
  client.close()
  server.stop()
  return { lines: lines(server.seen[0]?.messages), log: log.filter((line) => line.startsWith('error')) }
})
probe('queue-survives-exhaustion', async (coder) => {
  const log: string[] = []
  let refused = true
  const server = await socketServer(
    (socket) => say(socket, { type: 'init', role: 'lead', sessionId: 's1' }),
    () => (refused ? 503 : undefined),
  )
  const client = socketClient(coder, { url: server.url, role: 'lead', ...QUICK, maxReconnectAttempts: 1 }, log)
  client.send(entry('kept'))
  client.connect()
  await until(() => log.some((line) => line.includes('max_reconnects_exceeded')))
  await sleep(30)
  refused = false
  client.connect()
  await until(() => lines(server.seen[0]?.messages).length === 1, 3_000)
  client.close()
  server.stop()
  return lines(server.seen[0]?.messages)
})
probe('queue-full', async (coder) => {
  const log: string[] = []
  const client = socketClient(coder, { url: 'ws://127.0.0.1:9', maxMessageQueueSize: 2, autoReconnect: false }, log)
  for (const line of ['1', '2', '3']) client.send(entry(line))
  await sleep(30)
  client.close()
  return log
})
probe('message-members', async (coder) => {
  const server = await hub('lead')
  const client = socketClient(coder, { url: server.url, role: 'lead' }, [])
  client.connect()
  await until(() => client.isConnected)
  client.send(entry('1'))
  await until(() => lines(server.seen[0]?.messages).length === 1)
  client.close()
  server.stop()
  const sent = server.seen[0]?.messages.find((text) => text.includes('session_entry')) ?? '{}'
  return Object.keys(JSON.parse(sent)).sort()
})

export const socketProbes: readonly Probe<Coder>[] = probes
