import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HubClient, type HubError, HubObserver, type HubOptions } from '@holdfast/hub'
import { HubEventCount, readHubStamp } from '@holdfast/protocol/hub'
import { createHub, type Hub, memoryLog, tokenAuthenticate } from '@holdfast/server'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'

let server: Server
let hub: Hub
let url: string
let clients: { close(): Promise<void> }[]
const errors: HubError[] = []
const reports: unknown[] = []

beforeEach(async () => {
  server = createServer((_request, response) => response.writeHead(404).end())
  hub = createHub({ log: memoryLog(), limits: { markIntervalMs: 50 } })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  clients = []
  errors.length = 0
  reports.length = 0
})

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()))
  await hub.close()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

async function client(options: Partial<HubOptions>): Promise<HubClient> {
  const made = new HubClient({
    transport: nodeWebSocket(),
    url,
    // These tests cut links more often than the defaults let a client dial.
    retry: { baseMs: 20, firstMs: 20, capMs: 100, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
    onProblem: (error) => void errors.push(error),
    onDelivery: (report) => void reports.push(report),
    onClosed: ({ error }) => void (error !== undefined && errors.push(error)),
    ...options,
  })
  clients.push(made)
  await made.connect()
  return made
}

function observer(sessionId: string, seen: number[]): HubObserver {
  const made = new HubObserver({
    transport: eventStream(),
    url,
    sessionId,
    subscribe: ['task_*'],
    retry: { baseMs: 20, firstMs: 20, capMs: 100, limits: [{ max: 1_000, perMs: 1_000 }], flapLimits: [] },
    onMessage: ({ data }) => void (data.type === 'broadcast' && seen.push(Number(Object(data['data']).n))),
    onProblem: (error) => void errors.push(error),
  })
  clients.push(made)
  return made
}

describe('our clients on our hub', () => {
  it('a lead leads, a controller steers, observers watch over both transports', async () => {
    const asked: unknown[] = []
    const lead = await client({
      role: 'lead',
      onRequest: (request) => {
        asked.push(request.type)
        return [{ action: 'RETURN', result: 'done' }]
      },
    })
    const sessionId = lead.sessionId ?? ''
    expect(lead.initMessage?.role).toBe('lead')
    const watched: unknown[] = []
    await client({ sessionId, onMessage: (message) => void watched.push(message.type) })
    const streamed: number[] = []
    await observer(sessionId, streamed).connect()
    const controller = await client({ sessionId, role: 'controller' })
    const answer = await controller.command('go', 'north')
    expect(answer.actions).toEqual([{ action: 'RETURN', result: 'done' }])
    expect(asked).toEqual(['command'])
    await lead.event('task_start', { n: 1 })
    await vi.waitFor(() => expect(watched).toContain('broadcast'))
    await vi.waitFor(() => expect(streamed).toEqual([1]))
    expect(errors).toEqual([])
    expect(reports).toEqual([])
  })

  it('an observer moves past what is for others, and stays connected', async () => {
    const lead = await client({ role: 'lead', onRequest: () => [{ action: 'ACK' }] })
    const sessionId = lead.sessionId ?? ''
    const watcher = await client({ sessionId, onMessage: () => {} })
    const controller = await client({ sessionId, role: 'controller' })
    await controller.command('go', 'north')
    // The lead came before; then the request and its answer.
    await vi.waitFor(() => expect(watcher.position).toMatch(/\.3\./))
    expect(watcher.metrics.dials).toBe(1)
  })

  it('loses, doubles and reorders nothing while links are cut under load', async () => {
    const count = 2_000
    const lead = await client({ role: 'lead', queue: { maxCount: count } })
    const sessionId = lead.sessionId ?? ''
    const [all, filtered, streamed]: number[][] = [[], [], []]
    const gaps: unknown[] = []
    const numberOf = (message: { readonly [member: string]: unknown }): number | undefined =>
      message['type'] === 'broadcast' ? Number((message['data'] as { n: number }).n) : undefined
    const into = (list: number[] | undefined) => (message: object) => {
      const n = numberOf({ ...message })
      if (n !== undefined) list?.push(n)
    }
    const onGap = (gap: unknown): void => void gaps.push(gap)
    const plain = await client({ sessionId, onMessage: into(all), onGap })
    const narrow = await client({ sessionId, subscribe: ['task_*'], onMessage: into(filtered), onGap })
    await observer(sessionId, streamed ?? []).connect()
    const cut = [lead, plain, narrow]
    for (let n = 1; n <= count; n += 1) {
      const event = n % 2 === 0 ? 'task_start' : 'turn_start'
      lead.send({ type: 'event', id: `e${n}`, event, data: { n } })
      if (n % 97 === 0) cut[n % 3]?.reconnect()
      if (n % 401 === 0) server.closeAllConnections()
      if (n % 20 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const expected = Array.from({ length: count }, (_, index) => index + 1)
    const even = expected.filter((n) => n % 2 === 0)
    await vi.waitFor(() => expect([all?.length, filtered?.length, streamed?.length]).toEqual([count, 1_000, 1_000]), {
      timeout: 50_000,
    })
    expect(all).toEqual(expected)
    expect(filtered).toEqual(even)
    expect(streamed).toEqual(even)
    expect(gaps).toEqual([])
    // Links that end again and again are told; nothing else went wrong.
    expect(errors.filter(({ code }) => code !== 'hub/unreachable')).toEqual([])
    expect(reports).toEqual([])
  })

  it('answers a carried request of a controller that was cut off, once', async () => {
    let runs = 0
    let release = (): void => {}
    const lead = await client({
      role: 'lead',
      onRequest: async () => {
        runs += 1
        await new Promise<void>((resolve) => {
          release = resolve
        })
        return [{ action: 'ACK' }]
      },
    })
    const controller = await client({ sessionId: lead.sessionId, role: 'controller' })
    const answer = controller.event('steer', {}, { onDrop: 'carry' })
    await vi.waitFor(() => expect(runs).toBe(1))
    controller.reconnect()
    await vi.waitFor(() => expect(controller.isConnected).toBe(true))
    release()
    expect((await answer).actions).toEqual([{ action: 'ACK' }])
    expect(runs).toBe(1)
  })

  it('a reader counts no event as missing where the answer to its own request is the one before', async () => {
    const lead = await client({ role: 'lead', onRequest: () => [{ action: 'RETURN', result: 'done' }] })
    const { sessionId } = lead
    const count = new HubEventCount()
    const plain = nodeWebSocket()
    const counted: number[] = []
    const reader = await client({
      sessionId,
      role: 'controller',
      transport: {
        ...plain,
        open: async (...request) => {
          const channel = await plain.open(...request)
          const start = channel.start.bind(channel)
          channel.start = (sink) => {
            start({
              pong: () => sink.pong?.(),
              closed: (end) => sink.closed(end),
              frame: (frame) => {
                count.arrived(String(frame))
                sink.frame(frame)
              },
            })
          }
          return channel
        },
      },
      onMessage: (message) => {
        const stamp = readHubStamp(message)
        if (message.type === 'session_hydration') count.jump(stamp?.seq ?? 0)
        else if (stamp !== undefined && count.take(stamp)) counted.push(stamp.seq)
      },
    })
    const other = await client({ sessionId, role: 'controller' })
    await lead.event('task_start', { n: 1 })
    await reader.event('steer', { content: 'left' })
    await other.event('steer', { content: 'right' })
    const before = counted.length
    await lead.event('task_complete', { n: 1 })
    await expect.poll(() => counted.length).toBe(before + 1)
    expect([count.missing, count.repeated]).toEqual([0, 0])
  })

  it('reports a message that the hub refuses, and goes on', async () => {
    const lead = await client({ role: 'lead' })
    const watcher = await client({ sessionId: lead.sessionId })
    const refused = watcher.sessionEntry('p', 'x')
    await expect(Promise.resolve(refused)).rejects.toMatchObject({ code: 'hub/message_refused' })
    expect(watcher.isConnected).toBe(true)
  })

  it('stops where the hub says so: no such session, a second lead', async () => {
    await expect(client({ sessionId: 'nowhere' })).rejects.toMatchObject({ details: { closeCode: 4404 } })
    const lead = await client({ role: 'lead' })
    const second = client({ role: 'lead', sessionId: lead.sessionId })
    await expect(second).rejects.toMatchObject({ details: { closeCode: 4409 } })
  })
})

it('a message that is larger than the hub takes is refused, and the lead goes on with what is behind it', async () => {
  const lead = await client({ role: 'lead' })
  const large = lead.sessionEntry('p', 'x'.repeat(1_100_000))
  const small = lead.sessionEntry('p', 'small')
  await small
  expect(large).toMatchObject({ state: 'rejected', error: { code: 'delivery/too_large' } })
  expect(lead.connection.metrics.opens).toBe(1)
})

it('a client without a credential learns that at once', async () => {
  await hub.close()
  hub = createHub({ log: memoryLog(), authenticate: tokenAuthenticate([{ secret: 'good', principal: 'ann' }]) })
  hub.attach(server)
  const refused = client({ role: 'observer', sessionId: 's' })
  await expect(refused).rejects.toMatchObject({ code: 'hub/auth_failed', details: { closeCode: 4401 } })
  expect(errors).toMatchObject([{ code: 'hub/auth_failed' }])
})
