import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { HubClient, type HubError, HubObserver, type HubOptions } from '@holdfast/hub'
import { createHub, memoryLog, SCOPES, type SessionHandle } from '@holdfast/server'
import { VirtualClock } from '@holdfast/testkit'
import { nodeWebSocket } from '@holdfast/transport-node'
import { eventStream } from '@holdfast/transport-sse'
import { expect, it, onTestFinished } from 'vitest'

const LIFE_MS = 90_000
const STEP_MS = 1_000

/** A hub whose keys end, with everybody's time in the test's hand; sockets and log are real. */
async function startHub(): Promise<Fixture> {
  const clock = new VirtualClock()
  const server = createServer()
  const hub = createHub({
    log: memoryLog(),
    clock,
    authenticate: ({ bearer, apiKey }) => {
      const [name = '', until = ''] = (bearer ?? apiKey ?? '').split('/')
      const expiresAt = Number(until)
      return expiresAt > clock.epoch() ? { id: name, scopes: new Set(SCOPES), expiresAt } : undefined
    },
  })
  hub.attach(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(async () => {
    await hub.close()
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return new Fixture(clock, `http://127.0.0.1:${(server.address() as AddressInfo).port}`, await hub.createSession('s'))
}

class Fixture {
  readonly clock: VirtualClock
  readonly url: string
  readonly session: SessionHandle
  readonly errors: HubError[] = []
  readonly seen: unknown[] = []
  readonly closes: unknown[] = []
  asked = 0

  constructor(clock: VirtualClock, url: string, session: SessionHandle) {
    this.clock = clock
    this.url = url
    this.session = session
  }

  /** A key that lives for {@link LIFE_MS}, new at every call. */
  readonly key = (): string => {
    this.asked += 1
    return `ann/${this.clock.epoch() + LIFE_MS}`
  }

  get common(): Pick<HubOptions, 'url' | 'clock' | 'onProblem' | 'onClosed' | 'token'> {
    const fails = (error: HubError | undefined): void => void (error !== undefined && this.errors.push(error))
    return {
      url: this.url,
      clock: this.clock,
      token: this.key,
      onProblem: fails,
      onClosed: ({ error }) => fails(error),
    }
  }

  async client(options: Partial<HubOptions> = {}): Promise<HubClient> {
    const client = new HubClient({
      ...this.common,
      transport: nodeWebSocket(),
      sessionId: 's',
      onMessage: (message) => message.type === 'broadcast' && void this.seen.push(Object(message.data).n),
      ...options,
    })
    client.connection.on(
      'dropped',
      ({ cause }) => void this.closes.push(cause.kind === 'close' ? cause.code : undefined),
    )
    onTestFinished(() => client.close({ flushMs: 0 }))
    await this.passes(client.connect())
    return client
  }

  /** Gives real sockets their turns until the promise has settled. */
  async passes(promise: Promise<unknown>): Promise<void> {
    let isSettled = false
    const settle = (): void => {
      isSettled = true
    }
    promise.then(settle, settle)
    while (!isSettled) await this.turn()
    await promise
  }

  /** Five lives of a key, with an event in every ten seconds. */
  async fiveLives(): Promise<number> {
    let n = 0
    for (let at = 0; at < 5 * LIFE_MS; at += STEP_MS) {
      await this.clock.advance(STEP_MS)
      if (at % 10_000 === 0) await this.session.publish('task_start', { n: ++n })
      for (let turns = 0; turns < 5; turns += 1) await this.turn()
    }
    while (this.seen.length < n) await this.turn()
    return n
  }

  turn(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve))
  }
}

it.each(['frame', 'header', 'url'] as const)(
  'a hub client renews its key in band, given in the %s',
  async (tokenIn) => {
    const hub = await startHub()
    const client = await hub.client({ role: 'lead', tokenIn })
    const count = await hub.fiveLives()
    expect(hub.seen).toEqual(Array.from({ length: count }, (_, at) => at + 1))
    expect(client.metrics.dials).toBe(1)
    // One at the beginning, and one in each thirty seconds: a key of ninety is told of a minute before its end.
    expect(hub.asked).toBe(1 + Math.floor((5 * LIFE_MS) / 30_000))
    expect(hub.errors).toEqual([])
  },
)

it('a hub client dials again where its new key cannot be used, and misses nothing', async () => {
  const hub = await startHub()
  let asked = 0
  const token = (): string => {
    asked += 1
    // Every second one is of somebody else.
    return asked % 2 === 0 ? 'bob/9999999999999' : hub.key()
  }
  const client = await hub.client({ token })
  const count = await hub.fiveLives()
  expect(hub.seen).toEqual(Array.from({ length: count }, (_, at) => at + 1))
  expect(hub.closes).toContain(4401)
  while (!client.isConnected) {
    await hub.clock.advance(STEP_MS)
    await hub.turn()
  }
})

it('a hub client ends with its key where the key is a fixed text', async () => {
  const hub = await startHub()
  const notices: unknown[] = []
  await hub.client({
    token: hub.key(),
    onMessage: ({ type }) => String(type).startsWith('auth') && void notices.push(type),
  })
  while (hub.closes.length === 0) {
    await hub.clock.advance(STEP_MS)
    await hub.turn()
  }
  expect(hub.closes).toEqual([4401])
  expect(notices).toEqual(['auth.expiring'])
  expect(hub.errors.map(({ code }) => code)).toEqual(['hub/auth_failed'])
})

it('an event stream is taken up under a new key, and misses nothing', async () => {
  const hub = await startHub()
  const observer = new HubObserver({
    ...hub.common,
    transport: eventStream(),
    sessionId: 's',
    onMessage: ({ data }) => void (data.type === 'broadcast' && hub.seen.push(Object(data['data']).n)),
  })
  onTestFinished(() => observer.close())
  await hub.passes(observer.connect())
  const count = await hub.fiveLives()
  expect(hub.seen).toEqual(Array.from({ length: count }, (_, at) => at + 1))
  expect(observer.metrics.dials).toBeGreaterThan(4)
  expect(hub.errors).toEqual([])
})
