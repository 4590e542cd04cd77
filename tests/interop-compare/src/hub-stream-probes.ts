import type { ServerResponse } from 'node:http'
import { freePort } from '../../e2e/support/free-port.ts'
import type { Probe } from './compare.ts'
import type { Coder } from './hub-module.ts'
import { broadcast, drain, hub, QUICK, say, streamClient } from './hub-support.ts'
import { sleep, socketServer, soon, until, webServer } from './servers.ts'

const probes: Probe<Coder>[] = []
const probe = (name: string, run: (coder: Coder) => Promise<unknown>): void => void probes.push({ name, run })

// ---- loops over WebSocket -----------------------------------------------------------------------

const session = { sessionId: 's1', apiKey: '' }

probe('loop-final-before-ready', async (coder) => {
  const server = await socketServer((socket) => socket.close(4404, 'no'))
  const ended = await soon(drain(coder.subscribeToCoderHub({ ...session, url: server.url })), 10_000)
  server.stop()
  return ended
})
probe('loop-final-after-ready', async (coder) => {
  const server = await hub('observer', (socket) => setTimeout(() => socket.close(4404, 'no'), 50))
  const ended = await soon(drain(coder.subscribeToCoderHub({ ...session, url: server.url })), 10_000)
  server.stop()
  return ended
})
probe('loop-refused', async (coder) => {
  const server = await socketServer((socket) => say(socket, { error: 'bad key' }))
  const ended = await soon(drain(coder.subscribeToCoderHub({ ...session, url: server.url })), 10_000)
  server.stop()
  return ended
})
probe('loop-without-retries', async (coder) => {
  const server = await hub('observer', (socket) => {
    say(socket, broadcast(1))
    setTimeout(() => socket.close(1000), 50)
  })
  const loop = coder.subscribeToCoderHub({ ...session, url: server.url, autoReconnect: false })
  const ended = await soon(drain(loop), 10_000)
  server.stop()
  return ended
})
probe('loop-unreachable', async (coder) => {
  const url = `ws://127.0.0.1:${await freePort()}`
  const loop = coder.subscribeToCoderHub({ ...session, url, ...QUICK, maxReconnectAttempts: 2 })
  return soon(drain(loop), 10_000)
})
probe('loop-unreachable-without-retries', async (coder) => {
  const url = `ws://127.0.0.1:${await freePort()}`
  return soon(drain(coder.subscribeToCoderHub({ ...session, url, autoReconnect: false })), 10_000)
})
probe('loop-callbacks', async (coder) => {
  const server = await hub('observer', (socket) => {
    say(socket, broadcast(1))
    say(socket, broadcast(2))
  })
  const log: string[] = []
  const callbacks = {
    onMessage: () => log.push('onMessage'),
    onInit: () => log.push('onInit'),
    onOpen: () => log.push('onOpen'),
    onStateChange: (state: string) => log.push(state),
  }
  let count = 0
  for await (const { type } of coder.subscribeToCoderHub({ ...session, url: server.url, ...callbacks })) {
    log.push(type ?? 'response')
    count += 1
    if (count === 2) break
  }
  await until(() => server.live() === 0)
  server.stop()
  return { log, live: server.live() }
})
probe('loop-is-a-generator', async (coder) => {
  const loop = coder.subscribeToCoderHub({ ...session, url: 'ws://127.0.0.1:9' })
  const members = ['next', 'return', 'throw'].map((name) => typeof Reflect.get(loop, name))
  const thrown = await loop.throw(new Error('mine')).catch((error: unknown) => String(error))
  return { members, thrown, after: await loop.next() }
})
probe('loop-is-lazy', async (coder) => {
  const server = await hub('observer')
  const loop = coder.subscribeToCoderHub({ ...session, url: server.url })
  await sleep(150)
  const before = server.seen.length
  const first = loop.next()
  await until(() => server.seen.length > 0)
  for (const { socket } of server.seen) say(socket, broadcast(1))
  await soon(first)
  await loop.return(undefined)
  server.stop()
  return { before, after: server.seen.length }
})

// ---- event streams ------------------------------------------------------------------------------

const event = (name: string, data: object): string => `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`
const snapshot = {
  sessionId: 's1',
  label: 'L',
  status: 'active',
  createdAt: '2026-01-01T00:00:00Z',
  mode: 'tui',
  participants: [],
  taskCount: 0,
  agentActivity: {},
}
const EVERY_EVENT = [
  event('snapshot', snapshot),
  event('hydration', { sessionId: 's1', entries: [] }),
  event('presence', { event: 'session_join', sessionId: 's1', timestamp: 1 }),
  event('broadcast', { event: 'e', category: 'c', sessionId: 's1', timestamp: 1, data: {} }),
  `data: ${JSON.stringify(broadcast(3))}\n\n`,
  event('other', broadcast(4)),
].join('')

function stream(response: ServerResponse, text: string = ''): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  response.flushHeaders()
  if (text !== '') response.write(text)
}

probe('stream-url', async (coder) => {
  const server = await webServer((response) => stream(response))
  const options = { url: `${server.url}/`, sessionId: 'a b/c', orgId: 'O', subscribe: ['task_*', 'x'], apiKey: '' }
  const client = streamClient(coder, options, [])
  client.connect()
  await until(() => server.hits.length > 0)
  client.close()
  server.stop()
  const { url, headers } = server.hits[0] ?? {}
  return { path: url?.pathname, query: [...(url?.searchParams ?? [])].sort(), accept: headers?.accept }
})
probe('stream-api-key', async (coder) => {
  const server = await webServer((response) => stream(response))
  const client = streamClient(coder, { url: server.url, apiKey: 'K' }, [])
  client.connect()
  await until(() => server.hits.length > 0)
  client.close()
  server.stop()
  const { url, headers } = server.hits[0] ?? {}
  return [url?.searchParams.get('api_key') ?? null, headers?.authorization ?? null]
})
probe('stream-events', async (coder) => {
  const server = await webServer((response) => stream(response, EVERY_EVENT))
  const log: string[] = []
  const client = streamClient(coder, { url: server.url }, log)
  client.connect()
  await until(() => log.includes('event other') && log.length >= 13)
  const open = [client.state, client.isConnected]
  client.close()
  await sleep(30)
  server.stop()
  return { open, closed: [client.state, client.isConnected], log }
})
probe('stream-drop', async (coder) => {
  const server = await webServer((response, hit) => {
    stream(response)
    if (hit === 0) setTimeout(() => response.end(), 50)
  })
  const log: string[] = []
  const client = streamClient(coder, { url: server.url, ...QUICK }, log)
  client.connect()
  await until(() => log.filter((line) => line === 'open').length === 2)
  const { state } = client
  client.close()
  server.stop()
  return { state, log }
})
// More often than there are retries: a stream that opened is no failed attempt.
for (const [name, says] of [
  ['stream-opens-and-ends', event('snapshot', snapshot)],
  ['stream-opens-and-says-nothing', ''],
] as const) {
  probe(name, async (coder) => {
    const server = await webServer((response, hit) => {
      stream(response)
      response.write(says)
      if (hit < 5) setTimeout(() => response.end(), 50)
    })
    const log: string[] = []
    const client = streamClient(coder, { url: server.url, ...QUICK, maxReconnectAttempts: 2 }, log)
    client.connect()
    const isSpent = (): boolean => log.some((line) => line.includes('max_reconnects_exceeded'))
    await until(() => server.hits.length > 5 || isSpent())
    client.close()
    server.stop()
    return { isSpent: isSpent() }
  })
}
probe('stream-drop-without-retries', async (coder) => {
  const server = await webServer((response) => {
    stream(response)
    setTimeout(() => response.end(), 50)
  })
  const log: string[] = []
  const client = streamClient(coder, { url: server.url, reconnect: false }, log)
  client.connect()
  await until(() => log.includes('open') && client.state === 'closed')
  await sleep(100)
  const { state } = client
  client.close()
  server.stop()
  return { state, hits: server.hits.length, log }
})
probe('stream-unreachable', async (coder) => {
  const url = `http://127.0.0.1:${await freePort()}`
  const log: string[] = []
  const client = streamClient(coder, { url, ...QUICK, maxReconnectAttempts: 2 }, log)
  client.connect()
  await until(() => log.some((line) => line.includes('max_reconnects_exceeded')))
  await sleep(30)
  const { state } = client
  client.close()
  return { state, log }
})
probe('stream-unreachable-without-retries', async (coder) => {
  const url = `http://127.0.0.1:${await freePort()}`
  const log: string[] = []
  const client = streamClient(coder, { url, reconnect: false }, log)
  client.connect()
  await until(() => log.length > 0)
  await sleep(50)
  client.close()
  return log
})
for (const status of [400, 401, 403, 404, 410, 429, 500, 503]) {
  probe(`stream-http-${status}`, async (coder) => {
    const server = await webServer((response) => response.writeHead(status).end())
    const log: string[] = []
    const client = streamClient(coder, { url: server.url, ...QUICK, maxReconnectAttempts: 2 }, log)
    client.connect()
    await until(() => log.length > 0 && client.state === 'closed' && log.length >= 4, 3_000)
    client.close()
    server.stop()
    return { hits: server.hits.length, log }
  })
  probe(`stream-loop-http-${status}`, async (coder) => {
    const server = await webServer((response) => response.writeHead(status).end())
    const options = { ...session, url: server.url, ...QUICK, maxReconnectAttempts: 2 }
    const ended = await soon(drain(coder.streamCoderSessionSSE(options)), 10_000)
    server.stop()
    return { hits: server.hits.length, ended }
  })
}
probe('stream-loop', async (coder) => {
  const server = await webServer((response) => stream(response, EVERY_EVENT))
  const stop = new AbortController()
  const seen: string[] = []
  const options = { ...session, url: server.url, signal: stop.signal }
  for await (const { event: name, data } of coder.streamCoderSessionSSE(options)) {
    seen.push(`${name} ${data.type}`)
    if (seen.length === 6) stop.abort()
  }
  await until(() => server.open.size === 0)
  server.stop()
  return { seen, open: server.open.size }
})
probe('stream-loop-aborted-before', async (coder) => {
  const server = await webServer((response) => stream(response))
  const options = { ...session, url: server.url, signal: AbortSignal.abort() }
  const ended = await soon(drain(coder.streamCoderSessionSSE(options)))
  server.stop()
  return { ended, hits: server.hits.length }
})
probe('stream-loop-is-a-generator', async (coder) => {
  const loop = coder.streamCoderSessionSSE({ ...session, url: 'http://127.0.0.1:9' })
  return ['next', 'return', 'throw'].map((name) => typeof Reflect.get(loop, name))
})
probe('stream-loop-is-lazy', async (coder) => {
  const server = await webServer((response) => stream(response, EVERY_EVENT))
  const loop = coder.streamCoderSessionSSE({ ...session, url: server.url })
  await sleep(150)
  const before = server.hits.length
  await soon(loop.next())
  await loop.return(undefined)
  server.stop()
  return { before, after: server.hits.length }
})
probe('stream-loop-without-retries', async (coder) => {
  const server = await webServer((response) => {
    stream(response, event('broadcast', broadcast(1)))
    setTimeout(() => response.end(), 50)
  })
  const ended = await soon(
    drain(coder.streamCoderSessionSSE({ ...session, url: server.url, reconnect: false })),
    10_000,
  )
  server.stop()
  return ended
})
probe('stream-loop-unreachable-without-retries', async (coder) => {
  const url = `http://127.0.0.1:${await freePort()}`
  return soon(drain(coder.streamCoderSessionSSE({ ...session, url, reconnect: false })), 10_000)
})
probe('stream-connect-after-close', async (coder) => {
  const server = await webServer((response) => stream(response))
  const client = streamClient(coder, { url: server.url }, [])
  client.connect()
  await until(() => client.isConnected)
  client.close()
  client.connect()
  await until(() => client.isConnected)
  const { state } = client
  client.close()
  await until(() => server.open.size === 0)
  server.stop()
  return { state, hits: server.hits.length, open: server.open.size }
})

export const streamProbes: readonly Probe<Coder>[] = probes
