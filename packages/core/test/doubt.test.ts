import { NEARNESS, type WakeSignal } from '@holdfast/contract'
import { leakGuard, simulatedNetwork, VirtualClock, type VirtualProcess } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  Connection,
  type ConnectionOptions,
  jsonText,
  type Target,
  type WebSocketChannel,
  type WebSocketFrame,
} from '../src/index.ts'

let clock: VirtualClock
let engine: VirtualProcess
let network: ReturnType<typeof simulatedNetwork>
let listener: { close(): void }
let channels: WebSocketChannel[]
let authorizations: (string | undefined)[]
/** The status that dials are refused with. */
let refuses: number | undefined
let targets: Target[]
let online: boolean
let tell: (signal: WakeSignal) => void
let made: Connection | undefined

beforeEach(() => {
  clock = new VirtualClock()
  engine = clock.process()
  network = simulatedNetwork({ clock })
  channels = []
  authorizations = []
  targets = []
  refuses = undefined
  online = true
  tell = () => {}
  listener = network.listen((request) => {
    authorizations.push(request.headers['authorization'])
    targets.push({ url: request.url, headers: request.headers, protocols: request.protocols })
    if (refuses !== undefined) return request.refuse({ status: refuses })
    const channel = request.accept()
    channels.push(channel)
    channel.start({ frame: () => {}, closed: () => {} })
  })
})

afterEach(async () => {
  if (made !== undefined) await clock.passing(made.close({ flushMs: 0 }))
  made = undefined
  listener.close()
  await clock.advance(20_000)
  leakGuard({ clock, network }).noLeaks()
})

type Options = ConnectionOptions<unknown, unknown, WebSocketFrame, WebSocketFrame, undefined>

/** A connection of a page: its runtime has no pings. */
async function opened(options: Partial<Options> = {}, pings = false): Promise<Connection> {
  const connection = new Connection({
    transport: network.transportFor({ traits: { ping: pings } }),
    target: 'ws://server.example/',
    clock: engine,
    random: () => 0.5,
    signals: {
      get online() {
        return online
      },
      visible: true,
      nearness: NEARNESS,
      subscribe(listener) {
        tell = listener
        return () => {}
      },
    },
    ...options,
  })
  made = connection
  connection.connect()
  await clock.advance(1_000)
  return connection
}

describe('where nothing can confirm', () => {
  it('says that a message was written, and nothing more', async () => {
    const connection = await opened()
    expect(connection.guarantees.confirmation).toBe('none')
    expect(await clock.passing(Promise.resolve(connection.send({ n: 1 })))).toBe('written')
  })

  it('a sleep or a change of network dials another link beside; it takes over, and what may be missing is reported', async () => {
    for (const what of ['sleep', 'online'] as const) {
      const connection = await opened()
      const gaps: unknown[] = []
      connection.on('gap', (gap) => gaps.push(gap))
      network.blackHole()
      if (what === 'sleep') engine.sleep(45_000)
      else tell('online')
      await clock.advance(what === 'sleep' ? 45_000 : 0)
      network.heal()
      await clock.advance(10_000)
      expect([what, connection.state, connection.metrics.dials, gaps.length]).toEqual([what, 'open', 2, 1])
      expect(await clock.passing(Promise.resolve(connection.send({ n: 1 })))).toBe('written')
      expect(network.links).toHaveLength(1)
      await clock.passing(connection.close())
    }
  })

  it('the old link stays when anything comes from it first, and what was held is written to it', async () => {
    const connection = await opened()
    tell('online')
    const sent = connection.send({ n: 1 })
    expect([connection.state, sent.state]).toEqual(['draining', 'queued'])
    channels[0]?.send('{"hello":1}')
    await clock.advance(10_000)
    expect([connection.state, connection.metrics.dials, sent.state]).toEqual(['open', 1, 'written'])
  })

  it('the old link stays when the server refuses a second one', async () => {
    const connection = await opened()
    refuses = 409
    tell('online')
    await clock.advance(10_000)
    expect([connection.state, connection.metrics.dials]).toEqual(['open', 2])
  })

  it('a page that was only hidden does nothing', async () => {
    const connection = await opened()
    tell('hidden')
    await clock.advance(300_000)
    tell('visible')
    tell('wake')
    await clock.advance(10_000)
    expect([connection.state, connection.metrics.dials]).toEqual(['open', 1])
  })
})

describe('a protocol without a rule of its own for dead links', () => {
  const silent = { name: 'silent', codec: jsonText() }

  it('has the pings of the transport, and a half-open link is noticed', async () => {
    const connection = await opened({ protocol: silent }, true)
    expect(connection.guarantees).toMatchObject({ liveness: 'probe', confirmation: 'probe' })
    network.blackHole()
    await clock.advance(31_000)
    expect(connection.state).not.toBe('open')
    network.heal('reset')
  })

  it('is not watched where that is asked for', async () => {
    const connection = await opened({ protocol: { ...silent, liveness: 'none' } }, true)
    expect(connection.guarantees).toMatchObject({ liveness: 'none', confirmation: 'none' })
    tell('online')
    await clock.advance(60_000)
    expect(connection.metrics.dials).toBe(1)
  })
})

describe('a runtime that claims to be offline', () => {
  const credentials = () => ({ headers: { authorization: 'secret' } })
  const ALWAYS = ['ws://127.0.0.1:4600/', 'ws://localhost/', 'ws://[::1]:8080/', 'ws://hub.localhost/']

  it.each(ALWAYS)('is not believed for this machine itself: %s', async (target) => {
    online = false
    const connection = await opened({ target, credentials })
    expect(connection.state).toBe('open')
    tell('offline')
    channels[0]?.terminate()
    await clock.advance(3_000)
    expect([connection.state, authorizations]).toEqual(['open', ['secret', 'secret']])
  })

  it('is tried all the same at first, and every 30 s', async () => {
    online = false
    refuses = 503
    const connection = await opened({ target: 'wss://hub.example/' })
    expect(connection.status).toMatchObject({ state: 'waiting', reason: 'offline' })
    await clock.advance(90_000)
    expect(authorizations).toHaveLength(4)
  })

  it.each(['ws://192.168.1.5/', 'ws://10.0.0.7:4600/', 'ws://172.20.1.1/', 'ws://[fd00::1]/', 'ws://printer.local/'])(
    'does not make it send credentials in plain text to an address that was never open: %s',
    async (target) => {
      online = false
      await opened({ target, credentials })
      expect(authorizations).toEqual([undefined])
    },
  )

  it.each([
    ['headers', { headers: { 'x-session': 's3cret' } }],
    ['subprotocols', { protocols: ['v1', 'bearer.s3cret'] }],
    ['the query', { url: 'ws://192.168.1.5/a?room=7&access_token=s3cret' }],
    ['user info', { url: 'ws://me:s3cret@192.168.1.5/a?room=7' }],
  ] as const)('does not send them where a function for the target brings them, in %s', async (_where, secret) => {
    online = false
    const connection = await opened({ target: () => ({ url: 'ws://192.168.1.5/a?room=7', ...secret }) })
    expect(targets).toEqual([{ url: 'ws://192.168.1.5/a?room=7', headers: {}, protocols: [] }])
    tell('online')
    connection.reconnect()
    await clock.advance(1_000)
    expect(JSON.stringify(targets[1])).toContain('s3cret')
  })

  it('does not keep credentials from the address that was open, or from a link that is encrypted', async () => {
    const connection = await opened({ target: 'ws://192.168.1.5/', credentials })
    tell('offline')
    channels[0]?.terminate()
    await clock.advance(40_000)
    expect([connection.state, authorizations]).toEqual(['open', ['secret', 'secret']])
  })
})
