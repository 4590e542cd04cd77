import { once } from 'node:events'
import { CoderHubWebSocketClient, ConnectionParamsSchema, parseServerMessage } from '@agentuity/core/coder'
import { HubClient } from '@holdfast/hub'
import { nodeWebSocket } from '@holdfast/transport-node'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket, WebSocketServer } from 'ws'
import { Record, startHub } from './support.ts'

it('a published client sends and gets the events of a coordination job, by name, category and wildcard', async () => {
  const { url } = await startHub()
  const inits = new Record<{ readonly sessionId?: string | undefined }>()
  const lead = new CoderHubWebSocketClient({ url, role: 'lead', onInit: inits.add })
  onTestFinished(() => lead.close())
  lead.connect()
  const { sessionId = '' } = await inits.next()
  const watching = ['coord', 'coord_*', 'coord_task_claimed'].map((pattern) => {
    const told = new Record<unknown>()
    const ready = new Record<unknown>()
    const observer = new CoderHubWebSocketClient({
      url,
      role: 'observer',
      sessionId,
      subscribe: [pattern],
      onInit: ready.add,
      onMessage: told.add,
    })
    onTestFinished(() => observer.close())
    observer.connect()
    return { told, ready }
  })
  await Promise.all(watching.map(({ ready }) => ready.next()))
  const events = ['coord_job_created', 'task_start', 'coord_task_claimed']
  for (const [index, event] of events.entries())
    lead.send({ id: `e${index}`, type: 'event', event, data: { jobId: 'job-1', taskId: 't' } })
  for (const { told } of watching) {
    const last = await told.next((message) => isTold(message, 'coord_task_claimed'))
    expect(parseServerMessage(last)).toMatchObject({ category: 'coord', data: { jobId: 'job-1' } })
    expect(told.items.filter((message) => isTold(message, 'task_start'))).toEqual([])
  }
  const [byCategory, byWildcard] = watching.map(({ told }) => told.items)
  for (const items of [byCategory, byWildcard])
    expect(items?.filter((message) => isTold(message, 'coord_job_created'))).toHaveLength(1)
})

it('the job and the part in it that a connection names, in published words, are sent to all', async () => {
  const { url } = await startHub()
  const named = ConnectionParamsSchema.parse({ role: 'lead', sessionId: 's', coordJobId: 'job-1', coordRole: 'worker' })
  const query = new URLSearchParams(Object.entries(named).map(([name, value]) => [name, `${value}`]))
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws?${query}`)
  onTestFinished(() => socket.terminate())
  await once(socket, 'message')
  const answer = await (await fetch(`${url}/hub/session/s/participants`)).json()
  expect(answer.participants).toMatchObject([{ role: 'lead', metadata: { coordJobId: 'job-1', coordRole: 'worker' } }])
})

it('an unknown notice of a hub about a stream reaches the application, and a client that sends one is answered', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  onTestFinished(() => {
    for (const socket of server.clients) socket.terminate()
    server.close()
  })
  const said = [
    { type: 'session_stream_ready', streamId: 'st', streamUrl: 'https://streams.example/st' },
    { type: 'session_resume', streamId: 'st', streamUrl: 'https://streams.example/st', activePrdKey: 'prd' },
  ]
  server.on('connection', (socket) => {
    for (const message of [{ type: 'init', role: 'controller', sessionId: 's' }, ...said])
      socket.send(JSON.stringify(message))
  })
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  const messages = new Record<unknown>()
  const client = new HubClient({
    transport: nodeWebSocket(),
    url: `http://127.0.0.1:${port}`,
    role: 'controller',
    sessionId: 's',
    onMessage: messages.add,
  })
  onTestFinished(() => client.close())
  await client.connect()
  for (const message of said) expect(await messages.next()).toEqual(message)

  const { url } = await startHub()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws?role=lead&sessionId=s`)
  onTestFinished(() => socket.terminate())
  const frames = new Record<{ readonly [name: string]: unknown }>()
  socket.on('message', (data) => frames.add(JSON.parse(String(data))))
  await frames.next(({ type }) => type === 'init')
  for (const message of said) {
    socket.send(JSON.stringify(message))
    expect(await frames.next(({ type }) => type === 'protocol_error')).toMatchObject({ code: 'unknown_type' })
  }
})

function isTold(message: unknown, event: string): boolean {
  return typeof message === 'object' && message !== null && 'event' in message && message.event === event
}
