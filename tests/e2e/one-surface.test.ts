import * as acp from '@holdfast/acp'
import type { CloseOptions, ConnectionMetrics, ConnectOptions, SseEvent, Status, Transport } from '@holdfast/core'
import { addresses } from '@holdfast/core/addresses'
import type { ClientEvents, ClientOptions, Fresh, ListenersOf } from '@holdfast/core/client'
import * as hub from '@holdfast/hub'
import * as sessions from '@holdfast/sessions'
import * as shell from '@holdfast/shell'
import { leakGuard, scriptedServer, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import * as tracker from '@holdfast/tracker'
import { describe, expect, it } from 'vitest'

/** What every client is, whatever it speaks. */
interface Client {
  readonly status: Status
  readonly isConnected: boolean
  readonly metrics: ConnectionMetrics
  explain(): string
  connect(options?: ConnectOptions): Promise<unknown>
  reconnect(): void
  close(options?: CloseOptions): Promise<void>
  on<Name extends keyof ClientEvents<object>>(
    name: Name,
    // A client tells more than this, never less.
    listener: (event: ClientEvents<object>[Name]) => unknown,
  ): () => void
  [Symbol.asyncIterator](): AsyncIterator<unknown, unknown>
  [Symbol.asyncDispose](): Promise<void>
}

/** What every client takes. */
type Options = ClientOptions & Pick<ListenersOf<ClientEvents<object>>, 'onStatus' | 'onProblem'>

/** An observer sends nothing; a shell's output has one order. What else is left out does not compile. */
type TakesAll<Given, But extends keyof ClientOptions = never> =
  Exclude<keyof ClientOptions, But> extends keyof Given
    ? Exclude<keyof ListenersOf<ClientEvents<object>>, never> extends keyof Given
      ? true
      : never
    : never
const TAKEN: readonly [
  TakesAll<hub.HubOptions>,
  TakesAll<hub.HubObserverOptions, 'queue'>,
  TakesAll<shell.ShellSessionOptions, 'concurrency'>,
  TakesAll<sessions.SessionSubscriptionOptions>,
  TakesAll<tracker.TrackerAgentOptions>,
  TakesAll<acp.AcpStreamOptions>,
] = [true, true, true, true, true, true]

/** What a client of this suite is made with. */
type Made = Omit<Options, 'transport' | 'url'> & { readonly url: Fresh }

interface Kind {
  readonly type: object
  make(options: Made, network: ReturnType<typeof simulatedNetwork>): Client
}

/** A transport of event streams that is refused as the memory network says. */
function streams(transport: Transport): Transport<SseEvent, never> {
  const { name, traits, liveness } = transport
  const open: Transport<SseEvent, never>['open'] = async (target, options) => {
    await transport.open(target, options)
    throw new Error('this network carries no events')
  }
  return { name, traits, liveness, open }
}

const at = { token: () => 'secret' }
const KINDS: Readonly<Record<string, Kind>> = {
  HubClient: {
    type: hub.HubClient,
    make: (options, { transport }) => new hub.HubClient({ ...options, ...at, transport }),
  },
  HubObserver: {
    type: hub.HubObserver,
    make: (options, { transport }) =>
      new hub.HubObserver({ ...options, ...at, sessionId: 's', transport: streams(transport) }),
  },
  ShellSession: {
    type: shell.ShellSession,
    make: (options, { transport }) => new shell.ShellSession({ ...options, ...at, transport }),
  },
  SessionSubscription: {
    type: sessions.SessionSubscription,
    make: (options, { transport }) =>
      new sessions.SessionSubscription({ ...options, ...at, sessionId: 's', transport }),
  },
  TrackerAgent: {
    type: tracker.TrackerAgent,
    make: (options, { transport }) => new tracker.TrackerAgent({ ...options, ...at, transport }),
  },
  AcpStream: {
    type: acp.AcpStream,
    make: (options, { transport }) => new acp.AcpStream({ ...options, ...at, transport }),
  },
}

class World {
  readonly clock = new VirtualClock()
  readonly network = simulatedNetwork({ clock: this.clock })
  readonly server = scriptedServer({ network: this.network, clock: this.clock })

  client(kind: Kind, options: Omit<Options, 'transport'> = {}): Client {
    const { url = 'http://server', ...more } = options
    return kind.make({ clock: this.clock, random: seededRandom(1), ...more, url }, this.network)
  }

  async end(client: Client): Promise<void> {
    await this.clock.passing(client.close({ flushMs: 0 }))
    this.server.close()
    await this.clock.advance(30_000)
    leakGuard({ clock: this.clock, network: this.network }).noLeaks()
  }
}

const PACKAGES: readonly object[] = [hub, shell, sessions, tracker, acp]

it('every class of a client package that connects is a client of this suite', () => {
  const classes = PACKAGES.flatMap((one) => Object.values(one)).filter(
    (value) => typeof value === 'function' && typeof value.prototype?.connect === 'function',
  )
  expect(new Set(classes)).toEqual(new Set(Object.values(KINDS).map(({ type }) => type)))
  expect(TAKEN).toHaveLength(classes.length)
})

/** Words of the machine, and not of people; a count that is not one; two full stops. */
const NOT_WORDS = /governor|authRequired|exhausted|hint|backoff|undefined|\b1 attempts|\.\.|\. \./

describe.each(Object.entries(KINDS))('%s', (_name, kind) => {
  it('has every member of the surface', () => {
    const world = new World()
    const client = world.client(kind)
    for (const name of ['connect', 'reconnect', 'close', 'explain', 'on', Symbol.asyncIterator, Symbol.asyncDispose]) {
      expect(Reflect.get(client, name)).toBeTypeOf('function')
    }
    expect(client.status).toEqual({ state: 'idle' })
    expect(client.isConnected).toBe(false)
    expect(client.metrics).toMatchObject({ dials: 0, opens: 0, queued: 0, rttP50: undefined })
    expect(client.explain()).toBe('Not started. Call connect().')
  })

  it('reports an outage once as a problem with a code, and explains it in a sentence', async () => {
    const world = new World()
    world.network.dials({ refuse: {} })
    const [byOption, byListener, states]: [string[], string[], string[]] = [[], [], []]
    const client = world.client(kind, {
      onProblem: ({ code }) => void byOption.push(code),
      onStatus: ({ status }) => void states.push(status.state),
    })
    const off = client.on('problem', ({ code }) => byListener.push(code))
    const opened = client.connect().catch(() => {})
    await world.clock.advance(20_000)
    expect(byListener).toEqual([expect.stringMatching(/^[a-z]+\/unreachable$/)])
    expect(byOption).toEqual(byListener)
    expect(states.slice(0, 3)).toEqual(['preparing', 'dialing', 'waiting'])
    expect(client.metrics.dials).toBeGreaterThan(2)
    expect(client.explain()).toMatch(
      /^(Next attempt in|Rate limit of this client).*nothing listens at that address.*\.$/,
    )
    expect(client.explain()).not.toMatch(NOT_WORDS)
    off()
    await world.end(client)
    await opened
    expect(byListener).toHaveLength(1)
  })

  it('takes several addresses as its url, and tries one after the other', async () => {
    const world = new World()
    const client = world.client(kind, { url: addresses(['http://first', 'http://second']) })
    const opened = client.connect().catch(() => {})
    const hosts: string[] = []
    for (let dial = 0; dial < 3; dial += 1) hosts.push(new URL((await world.server.refuses()).url).hostname)
    expect(hosts).toEqual(['first', 'second', 'first'])
    await world.end(client)
    await opened
  })

  it('ends by close() once, says so, and settles who waits for it', async () => {
    const world = new World()
    world.network.dials('hang')
    const client = world.client(kind)
    const ends: object[] = []
    client.on('closed', (end) => ends.push(end))
    const opened = client.connect().then(
      () => 'open',
      (error: { readonly code?: string }) => error.code,
    )
    await world.clock.advance(1_000)
    client.reconnect()
    const reading = client[Symbol.asyncIterator]()
    const next = reading.next().catch(() => ({ done: true }))
    await world.end(client)
    expect(await opened).toMatch(/^[a-z]+\/[a-z_]+$/)
    expect(await next).toMatchObject({ done: true })
    expect(ends).toMatchObject([{ reason: 'user' }])
    expect(client.status.state).toBe('closed')
    expect(client.explain()).not.toMatch(NOT_WORDS)
  })

  it('rejects connect() with the reason of its signal, and is disposed of like that', async () => {
    const world = new World()
    world.network.dials('hang')
    const client = world.client(kind)
    const stop = new AbortController()
    const reason = new Error('enough')
    const opened = client.connect({ signal: stop.signal }).catch((error: unknown) => error)
    await world.clock.advance(100)
    stop.abort(reason)
    expect(await world.clock.passing(opened)).toBe(reason)
    await world.clock.passing(client[Symbol.asyncDispose]())
    expect(client.status.state).toBe('closed')
    await world.end(client)
  })
})
