import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HubClient, HubObserver, type HubOptions } from '@holdfast/hub'
import { type HubConversationEntry, isKnownHubSseMessage } from '@holdfast/protocol/hub'
import type { HubHistoryPage } from '@holdfast/protocol/hub/messages'
import { createHub, type HubLimits, memoryLog, type SessionLog } from '@holdfast/server'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { expect, it, onTestFinished } from 'vitest'
import { WebSocket } from 'ws'

const COUNT = 3_000

/** A hub with one long session, of which its state holds a little and its log the rest. */
async function startHub(limits: Partial<HubLimits> = {}, keepEvents?: number): Promise<{ url: string; cut(): void }> {
  const log = memoryLog()
  await fill(log)
  if (keepEvents !== undefined) {
    await log.putSnapshot('long', COUNT, { v: 0 })
    await log.trim('long', { maxEvents: keepEvents })
  }
  const server = createServer()
  const hub = createHub({ log, limits: { hydrationBytes: 40_000, ...limits } })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await hub.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, cut: () => server.closeAllConnections() }
}

async function fill(log: SessionLog): Promise<void> {
  await log.createSession('long')
  const events = Array.from({ length: COUNT }, (_, at) => {
    // Two of three say nothing that is kept, and some tools are told under two names.
    const n = at + 1
    const event = ['message_end', 'message_update', n % 2 === 0 ? 'tool_call' : 'tool_execution_start'][n % 3]
    const data = { content: `${n}`, toolCallId: `call-${Math.floor(n / 6)}`, text: 'x'.repeat(50) }
    return { id: `e${n}`, kind: 'e', at: n, payload: { t: 'event', event, category: '', data } }
  })
  for (let at = 0; at < COUNT; at += 500) {
    await log.append('long', events.slice(at, at + 500), { producer: { id: 'p', fence: 0 } })
  }
}

/** The numbers of all entries, as the whole log tells them. */
async function everyEntry(url: string): Promise<number[]> {
  const { entries } = await (await fetch(`${url}/hub/session/long/replay`)).json()
  return timesOf(entries)
}

function timesOf(entries: readonly HubConversationEntry[]): number[] {
  return entries.map(({ timestamp }) => timestamp)
}

async function joined(options: Partial<HubOptions> & Pick<HubOptions, 'url'>): Promise<HubClient> {
  const client = new HubClient({
    transport: nodeWebSocket(),
    sessionId: 'long',
    retry: { baseMs: 10, firstMs: 10, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
    ...options,
  })
  onTestFinished(() => client.close({ flushMs: 0 }))
  return client
}

it.each([
  [{}, false],
  [{ pagedHydration: true }, false],
  [{ pagedHydration: true }, true],
] as const)(
  'an observer gets all of a long session over WebSocket, options %j, cut off between pages: %s',
  async (options, cuts) => {
    const { url } = await startHub()
    const all: number[] = []
    let resolve: () => void = () => {}
    const hydrated = new Promise<void>((done) => {
      resolve = done
    })
    const client = await joined({
      url,
      ...options,
      onHydration: ({ hydration: { entries } }) => {
        all.push(...timesOf(entries))
        resolve()
      },
    })
    await client.connect()
    await hydrated
    let pages = 0
    for await (const { entries } of client.history()) {
      all.unshift(...timesOf(entries))
      pages += 1
      if (cuts) client.reconnect()
    }
    expect(all).toEqual(await everyEntry(url))
    expect(pages).toBeGreaterThan(3)
  },
)

it('an observer gets all of a long session over server-sent events, cut off between pages', async () => {
  const { url, cut } = await startHub()
  const all: number[] = []
  let isComplete = false
  const observer = new HubObserver({
    url,
    transport: eventStream(),
    sessionId: 'long',
    pagedHydration: true,
    retry: { baseMs: 10, firstMs: 10, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
    onHydration: ({ hydration: { entries } }) => void all.unshift(...timesOf(entries)),
    onMessage: ({ data }) => {
      if (!isKnownHubSseMessage(data) || data.type !== 'history') return
      all.unshift(...timesOf(data.entries))
      isComplete = data.earlier === undefined
      cut()
    },
  })
  onTestFinished(() => observer.close())
  await observer.connect()
  while (!isComplete) await new Promise((resolve) => setImmediate(resolve))
  expect(all).toEqual(await everyEntry(url))
  expect(observer.metrics.dials).toBeGreaterThan(1)
})

it('an observer learns what the log no longer has', async () => {
  const { url } = await startHub({}, 1_000)
  const pages: HubHistoryPage[] = []
  const client = await joined({ url, pagedHydration: true })
  await client.connect()
  for await (const page of client.history({ before: COUNT })) pages.push(page)
  expect(pages.at(-1)).toMatchObject({ lost: { from: 1, to: COUNT - 1_000 } })
  expect(pages.slice(0, -1).every(({ lost }) => lost === undefined)).toBe(true)
  expect(timesOf(pages.at(-1)?.entries ?? [])[0]).toBeGreaterThan(COUNT - 1_000)
})

it('a client that did not ask to resume gets no history', async () => {
  const { url } = await startHub()
  const socket = new WebSocket(`${url.replace('http', 'ws')}/api/ws?sessionId=long&paged=1`)
  onTestFinished(() => socket.terminate())
  const frames: object[] = []
  socket.on('message', (data) => void frames.push(JSON.parse(String(data))))
  await new Promise((resolve) => socket.on('open', resolve))
  socket.send(JSON.stringify({ type: 'history', id: '1', before: 100 }))
  const typed = (type: string): object | undefined => frames.find((frame) => Object(frame).type === type)
  while (typed('protocol_error') === undefined) await new Promise((resolve) => setImmediate(resolve))
  const hydration = Object(typed('session_hydration'))
  expect(hydration).not.toHaveProperty('earlier')
  expect(hydration.entries.length).toBeGreaterThan(100)
  expect(typed('protocol_error')).toMatchObject({ code: 'unknown_type' })
})
