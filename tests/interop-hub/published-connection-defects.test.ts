import { CoderHubWebSocketClient } from '@agentuity/core/coder'
import { HubClient } from '@holdfast/hub'
import { discoverHubUrl } from '@holdfast/hub/node'
import { nodeWebSocket } from '@holdfast/transport-node'
import { describe, expect, it, onTestFinished } from 'vitest'
import { entry, init, ours, published, Stub } from './stub.ts'
import { Record } from './support.ts'

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

describe('hub §9.2 a lookup of the URL that fails once, during a reconnect', () => {
  /** Knows the hub's URL at the first and every later question, but not at the second. */
  async function forgetful(hub: Stub): Promise<Stub> {
    let asked = 0
    return Stub.start(
      () => {},
      (_request, response) => {
        asked += 1
        response.writeHead(asked === 2 ? 500 : 200, { 'content-type': 'application/json' })
        response.end(
          JSON.stringify(asked === 2 ? { success: false } : { success: true, data: { url: hub.url }, url: hub.url }),
        )
      },
    )
  }

  it('ends the published client', async () => {
    const hub = await Stub.start(init)
    const lookup = await forgetful(hub)
    process.env['AGENTUITY_CATALYST_URL'] = lookup.url
    onTestFinished(() => void delete process.env['AGENTUITY_CATALYST_URL'])
    const inits = new Record<unknown>()
    const errors = new Record<unknown>()
    const client = new CoderHubWebSocketClient({
      sessionId: 's',
      role: 'lead',
      apiKey: 'k',
      reconnectDelayMs: 10,
      onInit: inits.add,
      onError: errors.add,
    })
    onTestFinished(() => client.close())
    client.connect()
    await inits.next()
    hub.sockets.items[0]?.terminate()
    await errors.next()
    await sleep(500)
    expect(client.state).toBe('closed')
    expect(hub.sockets.items).toHaveLength(1)
  })

  it('is one failed attempt to ours', async () => {
    const hub = await Stub.start(init)
    const lookup = await forgetful(hub)
    const inits = new Record<unknown>()
    const client = new HubClient({
      transport: nodeWebSocket(),
      url: () => discoverHubUrl({ catalyst: lookup.url, token: 'k' }),
      sessionId: 's',
      role: 'lead',
      retry: { baseMs: 10, firstMs: 10 },
      onInit: inits.add,
    })
    onTestFinished(() => client.close({ flushMs: 0 }))
    void client.connect()
    await inits.next()
    hub.sockets.items[0]?.terminate()
    await inits.next()
    expect(lookup.requests).toBe(3)
  })
})

describe('hub §9.4 a socket whose peer is gone', () => {
  /** The first connection is taken and then neither read nor answered. */
  const start = (): Promise<Stub> =>
    Stub.start((socket, dial) => {
      init(socket)
      if (dial === 0) socket.pause()
    })
  const quick = { heartbeatIntervalMs: 20, heartbeatTimeoutMs: 100 }

  it('is waited for by the published client long after it was declared dead', async () => {
    const stub = await start()
    const { inits } = published(stub.url, quick)
    await inits.next()
    await sleep(1_500)
    expect(stub.sockets.items).toHaveLength(1)
  })

  it('is left by ours', async () => {
    const stub = await start()
    const { inits } = ours(stub.url, { liveness: { intervalMs: 20, timeoutMs: 100 } })
    await inits.next()
    await inits.next()
    expect(stub.sockets.items).toHaveLength(2)
  })
})

describe('hub §9.5 connect() and close() in one tick', () => {
  it('leave the published client connected', async () => {
    const stub = await Stub.start(init)
    const { client } = published(stub.url)
    client.close()
    await stub.sockets.next()
    await sleep(200)
    expect([client.state, stub.sockets.items[0]?.readyState]).toEqual(['connected', 1])
  })

  it('leave nothing of ours', async () => {
    const stub = await Stub.start(init)
    const { client } = ours(stub.url)
    await client.close()
    await sleep(200)
    expect(stub.sockets.items.filter(({ readyState }) => readyState === 1)).toEqual([])
    expect(client.status.state).toBe('closed')
  })
})

describe('hub §9.6 the key', () => {
  it('is in the URL of the published client', async () => {
    const stub = await Stub.start(init)
    const client = new CoderHubWebSocketClient({ url: stub.url, sessionId: 's', role: 'lead', apiKey: 'geheim' })
    onTestFinished(() => client.close())
    client.connect()
    await stub.sockets.next()
    expect(stub.targets[0]).toContain('geheim')
  })

  it('is not in ours', async () => {
    const stub = await Stub.start(init)
    const { inits } = ours(stub.url, { token: 'geheim' })
    await inits.next()
    expect(stub.targets[0]).not.toContain('geheim')
  })
})

describe('hub §9.8 what is sent from a callback while it comes back', () => {
  const order = async (
    stub: Stub,
    client: { send(message: ReturnType<typeof entry>): unknown },
    inits: Record<unknown>,
  ): Promise<unknown> => {
    await inits.next()
    stub.sockets.items[0]?.terminate()
    await sleep(50)
    client.send(entry('queued'))
    await stub.frames.next(({ line }) => line !== undefined)
    await stub.frames.next(({ line }) => line !== undefined)
    return stub.frames.items.flatMap(({ line }) => (line === undefined ? [] : [line]))
  }
  it('overtakes what was queued before in the published client', async () => {
    const stub = await Stub.start(init)
    const inits = new Record<unknown>()
    const client = new CoderHubWebSocketClient({
      url: stub.url,
      sessionId: 's',
      role: 'lead',
      reconnectDelayMs: 400,
      onInit: (message) => {
        inits.add(message)
        if (inits.items.length === 2) client.send(entry('sent from onInit'))
      },
    })
    onTestFinished(() => client.close())
    client.connect()
    expect(await order(stub, client, inits)).toEqual(['sent from onInit', 'queued'])
  })

  it('comes after it in ours', async () => {
    const stub = await Stub.start(init)
    const inits = new Record<unknown>()
    const client = new HubClient({
      transport: nodeWebSocket(),
      url: stub.url,
      sessionId: 's',
      role: 'lead',
      retry: { baseMs: 400, firstMs: 400, jitter: 0 },
      onInit: (message) => {
        inits.add(message)
        if (inits.items.length === 2) client.send(entry('sent from onInit'))
      },
    })
    onTestFinished(() => client.close({ flushMs: 0 }))
    void client.connect()
    expect(await order(stub, client, inits)).toEqual(['queued', 'sent from onInit'])
  })
})
