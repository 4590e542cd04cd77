import { leakGuard, recordingLogger, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  Connection,
  type ConnectionOptions,
  CredentialsRefused,
  type HandshakeResult,
  messages,
  type WebSocketFrame,
} from '../src/index.ts'

type Options = Partial<ConnectionOptions<unknown, unknown, WebSocketFrame, WebSocketFrame, HandshakeResult | undefined>>

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
let problems: string[]
/** How dials are answered; undefined: accepted. */
let refusal: Parameters<Parameters<Parameters<typeof network.listen>[0]>[0]['refuse']>[0] | undefined
let dials: number[]
let connection: Connection<unknown>
let listener: ReturnType<typeof network.listen>

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  problems = []
  dials = []
  refusal = undefined
  listener = network.listen((request) => {
    dials.push(clock.now())
    if (refusal !== undefined) return request.refuse(refusal)
    request.accept().start({ frame: () => {}, closed: () => {} })
  })
})

afterEach(async () => {
  await clock.passing(connection.close())
  listener.close()
  await clock.advance(10_000)
  leakGuard({ clock, network }).noLeaks()
})

function make(options: Options = {}): Connection<unknown> {
  connection = new Connection<unknown>({
    transport: network.transport,
    target: 'ws://server/',
    clock,
    random: seededRandom(1),
    ...options,
  })
  connection.on('problem', ({ what }) => problems.push(what))
  return connection
}

/** How the promise has settled, if it has. */
function settling(promise: PromiseLike<unknown>): { readonly now: unknown } {
  const result: { now: unknown } = { now: 'pending' }
  promise.then(
    () => {
      result.now = 'resolved'
    },
    (error: { code?: string }) => {
      result.now = error.code ?? error
    },
  )
  return result
}

describe('an answer of something in between, once the connection was open', () => {
  it.each([
    ['403', { status: 403 }],
    ['404', { status: 404, body: '404 page not found' }],
    ['200 with a page', { status: 200, body: '<html>' }],
    ['302', { status: 302 }],
    ['a redirect', { code: 'channel/redirected' }],
    ['a certificate that is not trusted', { code: 'channel/untrusted_certificate' }],
  ] as const)('%s for 4 s and for 60 s is ridden out, and the queue lives', async (_what, how) => {
    const c = make()
    await clock.passing(c.connect())
    await clock.advance(20_000)
    for (const awayMs of [4_000, 60_000]) {
      refusal = how
      network.reset()
      await clock.advance(1_000)
      const sent = settling(c.send({ waits: awayMs }))
      const opened = settling(c.connect())
      await clock.advance(awayMs - 1_000)
      expect([sent.now, opened.now, c.status]).toMatchObject(['pending', 'pending', { state: 'waiting' }])
      refusal = undefined
      await clock.advance(60_000)
      expect([sent.now, opened.now, c.state]).toEqual(['resolved', 'resolved', 'open'])
    }
  })

  it('is reported, with when it is final, and is final then', async () => {
    const c = make()
    await clock.passing(c.connect())
    refusal = { status: 404 }
    network.reset()
    await clock.advance(20_000)
    expect(c.status).toMatchObject({ refusal: { error: { code: 'connection/refused' } } })
    expect(c.explain()).toMatch(
      /^Next attempt in .* \(\d+ attempts so far\)\. It worked before, so the answer is not believed yet: it is final in 5 min\. Last failure: the server refused \(404\)\.$/,
    )
    expect(problems.at(-1)).toContain('(404)')
    const before = dials.length
    await clock.advance(300_000)
    expect(c.status).toMatchObject({ state: 'closed', outcome: { error: { details: { status: 404 } } } })
    expect(dials.length - before).toBeLessThanOrEqual(9)
  })

  it("is believed at once when it is the peer's own word", async () => {
    const c = make()
    await clock.passing(c.connect())
    refusal = { status: 404, body: '{"error":{"code":"hub/not_found","message":"no such session"}}' }
    network.reset()
    await clock.advance(1_000)
    expect(c.explain()).toBe('Closed for good: The answer was HTTP 404 (no such session).')
  })
})

describe('what no retry cures', () => {
  it.each([
    'channel/invalid_url',
    'channel/invalid_protocols',
    'channel/invalid_header',
    'channel/redirected',
    'channel/untrusted_certificate',
    'channel/protocol_not_selected',
  ] as const)('rejects the first connect() within one dial: %s', async (code) => {
    refusal = { code }
    const opened = settling(make().connect())
    await clock.advance(100)
    expect([opened.now, dials.length]).toEqual([code, 1])
  })

  it('rejects a target that is nothing, and says which option', async () => {
    const opened = settling(make({ credentials: () => ({ url: '' }) }).connect())
    await clock.advance(100)
    expect(opened.now).toBe('connection/invalid_option')
  })

  it('waits for a server that starts later, where the program asks for it', async () => {
    refusal = { status: 404 }
    const opened = settling(make({ retry: { retryFirst: true } }).connect())
    await clock.advance(20_000)
    expect(opened.now).toBe('pending')
    refusal = undefined
    await clock.advance(30_000)
    expect(opened.now).toBe('resolved')
  })
})

describe('a link that worked', () => {
  /** How long each of five outages was, behind links that were open this long. */
  async function outagesBehind(openMs: number, options: Options = {}): Promise<readonly number[]> {
    listener.close()
    listener = network.listen((request) => {
      const channel = request.accept()
      channel.start({ frame: () => {}, closed: () => {} })
      channel.send('"hello"')
    })
    const c = make({ onMessage: () => {}, ...options })
    await clock.passing(c.connect())
    const outages: number[] = []
    for (let cut = 0; cut < 5; cut += 1) {
      await clock.advance(openMs)
      network.reset()
      const at = clock.now()
      await clock.runUntil(() => c.state === 'open', 60_000)
      outages.push(clock.now() - at)
    }
    return outages
  }

  it('for 3 s ends its outage: an eager client is back at once each time', async () => {
    expect(Math.max(...(await outagesBehind(3_000)))).toBeLessThanOrEqual(300)
  })

  it('for 3 s does not for a fleet, which spares a server that fails under its clients', async () => {
    expect(Math.max(...(await outagesBehind(3_000, { retry: { preset: 'fleet' } })))).toBeGreaterThan(2_000)
  })

  it('for 1 s is a flap: twelve dials a minute', async () => {
    expect((await outagesBehind(1_000)).reduce((sum, ms) => sum + ms, 0)).toBeGreaterThan(1_000)
  })
})

describe('an outage', () => {
  it('is reported after three failed dials, and again when its cause changes, with the next attempt', async () => {
    const logger = recordingLogger()
    refusal = {}
    make({ logger }).connect()
    await clock.advance(3_000)
    expect(problems).toHaveLength(1)
    expect(problems[0]).toMatch(
      /^Not connected\. Next attempt in 0\.\d s \(3 attempts so far\)\. Last failure: nothing listens at that address \(ECONNREFUSED\)\.$/,
    )
    expect(logger.text()).toContain('nothing listens')
    await clock.advance(60_000)
    expect(problems).toHaveLength(1)
    refusal = { status: 502 }
    await clock.advance(10_000)
    expect(problems).toHaveLength(2)
    refusal = {}
    await clock.advance(10_000)
    expect(problems).toHaveLength(2)
  })

  it('is reported after five seconds where nothing answers, with what is usually the matter', async () => {
    network.dials('hang')
    make({ transport: { ...network.transport, usually: 'a proxy that keeps the stream' } }).connect()
    await clock.advance(5_000)
    expect(problems).toEqual([
      'Not connected. Connecting (attempt 1). No answer so far; usually a proxy that keeps the stream.',
    ])
    await clock.advance(5_000)
    expect(problems[1]).toMatch(/Last failure: no answer came in time; usually a proxy that keeps the stream\.$/)
    expect(connection.explain()).toContain('usually a proxy')
  })

  it('is not reported when it is over at once', async () => {
    const c = make()
    await clock.passing(c.connect())
    await clock.advance(20_000)
    network.reset()
    await clock.advance(60_000)
    expect([problems, c.state]).toEqual([[], 'open'])
  })

  it('of a server that accepts and drops is reported too', async () => {
    network.dials('drop')
    make().connect()
    await clock.advance(10_000)
    expect(problems.length).toBeGreaterThanOrEqual(1)
  })
})

describe('connect()', () => {
  it('rejects when the credentials are refused, twice by the server or once by the app', async () => {
    refusal = { status: 401 }
    const byServer = settling(make().connect())
    await clock.advance(1_000)
    expect([byServer.now, connection.state]).toEqual(['connection/credentials_refused', 'authRequired'])
    await clock.passing(connection.close())
    const byApp = settling(
      make({
        credentials: () => {
          throw new CredentialsRefused()
        },
      }).connect(),
    )
    await clock.advance(1_000)
    expect([byApp.now, connection.state]).toEqual(['connection/credentials_refused', 'authRequired'])
  })

  it('rejects when it is suspended, by the app or by its limits', async () => {
    refusal = {}
    const c = make({ retry: { maxAttempts: 2 } })
    const spent = settling(c.connect())
    await clock.advance(10_000)
    expect([spent.now, c.status]).toMatchObject(['connection/exhausted', { state: 'suspended', reason: 'budget' }])
    const paused = settling(c.connect())
    c.suspend()
    await clock.settle()
    expect(paused.now).toBe('connection/suspended')
  })

  it('rejects after timeoutMs and goes on trying', async () => {
    refusal = {}
    const c = make()
    const opened = settling(c.connect({ timeoutMs: 2_000 }))
    await clock.advance(2_000)
    expect([opened.now, c.state]).toEqual(['connection/connect_timeout', 'waiting'])
    refusal = undefined
    await clock.advance(2_000)
    expect(c.state).toBe('open')
  })

  it('has one listener on a signal, however often it is called, and none afterwards', async () => {
    const controller = new AbortController()
    const listen = vi.spyOn(controller.signal, 'addEventListener')
    const leave = vi.spyOn(controller.signal, 'removeEventListener')
    refusal = {}
    const c = make()
    const all = Array.from({ length: 20 }, () => settling(c.connect({ signal: controller.signal })))
    expect(listen).toHaveBeenCalledTimes(1)
    controller.abort(new Error('enough'))
    await clock.settle()
    expect(all.every(({ now }) => now instanceof Error)).toBe(true)
    expect(leave).toHaveBeenCalledTimes(1)
    expect(settling(c.connect({ signal: controller.signal })).now).toBe('pending')
  })

  it('while it closes opens again after that, and keeps what is sent and read for it', async () => {
    const c = make()
    await clock.passing(c.connect())
    network.throttle(0)
    const old: unknown[] = []
    const before = messages(c)
    void before.next().then((result) => old.push(result))
    c.send({ unconfirmed: true })
    const closed = settling(c.close())
    expect(c.state).toBe('draining')
    const again = settling(c.connect())
    const read = settling(messages(c).next())
    const sent = settling(c.send({ for: 'later' }))
    network.throttle(Number.POSITIVE_INFINITY)
    await clock.advance(2_000)
    expect([closed.now, again.now, sent.now, c.state]).toEqual(['resolved', 'resolved', 'resolved', 'open'])
    expect([old, read.now]).toEqual([[{ value: undefined, done: true }], 'pending'])
  })

  it('close(), connect() in one turn: the first call is rejected, the second opens', async () => {
    const c = make()
    const first = settling(c.connect())
    void c.close()
    const second = settling(c.connect())
    await clock.advance(100)
    expect([first.now, second.now, c.state]).toEqual(['connection/closed', 'resolved', 'open'])
  })

  it('inside the callback that reports the end is answered by what comes after it', async () => {
    const c = make()
    await clock.passing(c.connect())
    let again: { readonly now: unknown } | undefined
    c.on('status', ({ status }) => {
      if (status.state === 'closed') again ??= settling(c.connect())
    })
    void c.close({ flushMs: 0 })
    refusal = {}
    await clock.advance(100)
    expect(again?.now).toBe('pending')
    refusal = undefined
    await clock.advance(1_000)
    expect(again?.now).toBe('resolved')
  })
})

describe('a long absence', () => {
  it.each([5 * 60_000, 30 * 3_600_000])('of %i ms ends within five minutes of the return', async (awayMs) => {
    const c = make()
    await clock.passing(c.connect())
    await clock.advance(20_000)
    refusal = {}
    network.reset()
    await clock.advance(awayMs)
    refusal = undefined
    await clock.advance(300_000)
    expect(c.state).toBe('open')
    const pauses = dials.slice(1).map((at, index) => at - (dials[index] ?? 0))
    expect(Math.max(...pauses)).toBeLessThanOrEqual(300_000)
  })
})
