import { describe, expect, it } from 'vitest'
import { entry, init, ours, published, question, Stub, says } from './stub.ts'

describe('hub §9.1 a server that accepts and says nothing', () => {
  it('holds the published client in authenticating, and ours dials again', async () => {
    const holding = await Stub.start(() => {})
    const left = await Stub.start(() => {})
    const held = published(holding.url, { heartbeatIntervalMs: 10, heartbeatTimeoutMs: 50 })
    await holding.sockets.next()
    ours(left.url, { deadlines: { handshakeMs: 300 } })
    for (let dial = 0; dial < 3; dial++) await left.sockets.next()
    expect(held.client.state).toBe('authenticating')
    expect(holding.sockets.items).toHaveLength(1)
    expect(held.errors.items).toEqual([])
  })
})

describe('hub §9.3 a server that accepts and drops', () => {
  const options = { maxAttempts: 3 }
  const start = (): Promise<Stub> =>
    Stub.start((socket) => {
      init(socket)
      socket.close(1011, 'not now')
    })

  it('is dialed without end by the published client', async () => {
    const stub = await start()
    const client = published(stub.url, { maxReconnectAttempts: options.maxAttempts })
    for (let dial = 0; dial < 20; dial++) await stub.sockets.next()
    expect(client.errors.items).toEqual([])
  })

  it('is reported by ours, which dials it a few times and then seldom', async () => {
    const stub = await start()
    const client = ours(stub.url, { retry: options })
    expect(await client.errors.next()).toMatchObject({ code: 'hub/unreachable' })
    const dials = stub.sockets.items.length
    await new Promise((resolve) => setTimeout(resolve, 2_000))
    expect(dials).toBeLessThan(8)
    expect(stub.sockets.items.length).toBeLessThan(dials + 4)
  })
})

describe('hub §9.7 a request in flight when the socket drops', () => {
  const start = (): Promise<Stub> =>
    Stub.start((socket) => {
      init(socket)
      socket.on('message', (data) => {
        if (JSON.parse(String(data)).type === 'tool') socket.terminate()
      })
    })
  const code = (error: unknown): unknown => Reflect.get(Object(error), 'code')

  it('waits for its timeout in the published client, long after it is back', async () => {
    const { client, inits } = published((await start()).url)
    await inits.next()
    let isSettled = false
    const asked = client.sendAndWait(question, 1_500).catch((error: unknown) => {
      isSettled = true
      return error
    })
    await inits.next()
    expect(isSettled).toBe(false)
    expect(code(await asked)).toBe('response_timeout')
  })

  it('is rejected at once by ours, which says that it may have arrived', async () => {
    const { client, inits } = ours((await start()).url)
    await inits.next()
    const asked = client.request(question, { timeoutMs: 600_000 }).catch((error: unknown) => error)
    expect(await asked).toMatchObject({ code: 'hub/connection_error', details: { delivery: 'inDoubt' } })
    await inits.next()
  })
})

describe('hub §9.9 what is sent while the server hears nothing any more', () => {
  const sent = Array.from({ length: 501 }, (_, n) => String(n))
  /** The first connection is not read; the second is. */
  const start = (): Promise<Stub> =>
    Stub.start((socket, dial) => {
      init(socket)
      if (dial === 0) socket.pause()
    })

  it('vanishes from the published client without an error', async () => {
    const stub = await start()
    const { client, inits, errors } = published(stub.url)
    await inits.next()
    for (const line of sent) client.send(entry(line))
    stub.sockets.items[0]?.terminate()
    await inits.next()
    client.send(entry('last'))
    expect(await stub.lines('last')).toEqual(['last'])
    expect(errors.items).toEqual([])
  })

  it('arrives from ours, or is named as doubtful', async () => {
    const stub = await start()
    const { client, inits, errors } = ours(stub.url)
    await inits.next()
    const deliveries = sent.map((line) => ({ line, delivery: client.send(entry(line)) }))
    stub.sockets.items[0]?.terminate()
    await inits.next()
    client.send(entry('last'))
    const arrived = new Set(await stub.lines('last'))
    const doubtful = deliveries.filter(({ delivery }) => delivery.state === 'inDoubt')
    expect(deliveries.filter(({ line }) => !arrived.has(line))).toEqual(doubtful)
    expect(errors.items.length > 0).toBe(doubtful.length > 0)
    for (const report of errors.items) expect(report).toMatchObject({ kind: 'inDoubt' })
  })
})

describe.each(['null', '7', '"text"'])('hub §9.10 text that is JSON but no message: %s', (frame) => {
  it('is reported by ours, and the stream lives on', async () => {
    const { url } = await Stub.start((socket) => {
      init(socket)
      socket.send(frame)
      says(socket, { type: 'broadcast', event: 'e', data: {}, category: 'c', sessionId: 's', timestamp: 1 })
    })
    const { messages, errors } = ours(url)
    expect(await messages.next()).toMatchObject({ type: 'broadcast', event: 'e' })
    expect(errors.items).toMatchObject([{ code: 'hub/invalid_message' }])
  })
})
