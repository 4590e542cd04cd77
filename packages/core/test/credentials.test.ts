import { leakGuard, seededRandom, simulatedNetwork, VirtualClock } from '@holdfast/testkit'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type AttemptContext,
  type ClientProtocol,
  Connection,
  type ConnectionOptions,
  jsonText,
  type WebSocketFrame,
} from '../src/index.ts'
import { retryPolicyBy } from '../src/protocol.ts'

let clock: VirtualClock
let network: ReturnType<typeof simulatedNetwork>
/** A refusal for these values of the header. */
let refused: readonly string[]
let listener: { close(): void }
let connections: Connection[]
let problems: string[]
/** Calls of the credentials function: all, those under way, and the most at once. */
let calls: { reasons: string[]; running: number; most: number }

beforeEach(() => {
  clock = new VirtualClock()
  network = simulatedNetwork({ clock })
  refused = []
  listener = network.listen((request) => {
    if (refused.includes(request.headers['authorization'] ?? '')) request.refuse({ status: 401 })
    else request.accept().start({ frame: () => {}, closed: () => {} })
  })
  connections = []
  problems = []
  calls = { reasons: [], running: 0, most: 0 }
})

afterEach(async () => {
  for (const connection of connections) await clock.passing(connection.close({ flushMs: 0 }))
  listener.close()
  await clock.advance(200_000)
  leakGuard({ clock, network }).noLeaks()
})

type Options = ConnectionOptions<unknown, unknown, WebSocketFrame, WebSocketFrame, undefined>

function connection(options: Partial<Options>): Connection {
  const made = new Connection({ transport: network.transport, target: 'ws://server/', clock, ...options })
  made.on('problem', ({ what }) => problems.push(what))
  connections.push(made)
  return made
}

/** A function that takes so long, and what it brings. */
function takes(ms: (call: number) => number, brings: (call: number) => object = () => ({})) {
  return async ({ reason }: AttemptContext): Promise<object> => {
    calls.reasons.push(reason)
    const call = calls.reasons.length
    calls.running += 1
    calls.most = Math.max(calls.most, calls.running)
    await new Promise<void>((resolve) => void clock.after(ms(call), resolve))
    calls.running -= 1
    return brings(call)
  }
}

describe('a function for credentials', () => {
  it('may take as long as a login does', async () => {
    const made = connection({ credentials: takes(() => 45_000) })
    made.connect()
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect([calls.reasons, made.metrics.dials]).toEqual([['initial'], 1])
  })

  it('is not called again while it runs, and what it brings late is used by the next attempt', async () => {
    const made = connection({ credentials: takes(() => 14_000), deadlines: { prepareMs: 10_000 } })
    made.connect()
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect([calls.most, calls.reasons.length]).toEqual([1, 1])
  })

  it('is called anew for what came late but has expired meanwhile', async () => {
    const made = connection({
      credentials: takes(
        (call) => (call === 1 ? 10_500 : 10),
        () => ({ expiresAt: clock.epoch() + 1 }),
      ),
      deadlines: { prepareMs: 10_000 },
      retry: { preset: 'fleet' },
      random: () => 0.999,
    })
    made.connect()
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect(calls.reasons.length).toBe(2)
  })

  it.each(['reconnect', 'close and connect'])('runs once at a time over %s', async (what) => {
    const made = connection({ credentials: takes(() => 3_000) })
    made.connect()
    for (let n = 0; n < 4; n++) {
      await clock.advance(500)
      if (what === 'reconnect') made.reconnect()
      else {
        await clock.passing(made.close())
        made.connect()
      }
    }
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect(calls.most).toBe(1)
    expect(calls.reasons.length).toBe(what === 'reconnect' ? 1 : 2)
  })

  it('is asked again though a call before close() never ended', async () => {
    const made = connection({ credentials: takes((call) => (call === 1 ? 10_000_000 : 10)) })
    made.connect()
    await clock.advance(1_000)
    await clock.passing(made.close())
    made.connect()
    await clock.runUntil(() => made.state === 'open', 11_000)
    await clock.advance(10_000_000)
  })

  it('is asked again though a call never ended', async () => {
    const made = connection({ credentials: takes((call) => (call === 1 ? 10_000_000 : 10)) })
    made.connect()
    await clock.runUntil(() => made.state === 'open', 140_000)
    await clock.advance(10_000_000)
  })

  it('is asked anew after a refusal, when the call that began before it is over', async () => {
    refused = ['old']
    const made = connection({
      credentials: takes(
        () => 2_000,
        (call) => ({ headers: { authorization: call === 1 ? 'old' : 'new' } }),
      ),
    })
    made.connect()
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect([calls.reasons, calls.most]).toEqual([['initial', 'refused'], 1])
  })
})

it('a call that never ends is left behind by a new life of the connection', async () => {
  let asked = 0
  const made = connection({
    deadlines: { prepareMs: 10_000 },
    credentials: () => {
      asked += 1
      return asked === 1 ? new Promise<object>(() => {}) : {}
    },
  })
  made.connect()
  await clock.advance(1_000)
  await clock.passing(made.close())
  made.connect()
  await clock.runUntil(() => made.state === 'open', 60_000)
  expect(asked).toBe(2)
})

describe('a clock that is wrong', () => {
  const LIFE_MS = 600_000
  const AHEAD_MS = 660_000
  /** A token of ten minutes by the server's clock. */
  const token = (): { expiresAt: number } => ({ expiresAt: clock.epoch() - AHEAD_MS + LIFE_MS })

  it("renews nothing ahead of time where the server's is not known, and says so once", async () => {
    let asked = 0
    const made = connection({
      credentials: () => {
        asked += 1
        return token()
      },
    })
    made.connect()
    await clock.advance(300_000)
    expect([made.state, made.metrics.dials, asked]).toEqual(['open', 1, 1])
    expect(problems).toEqual([expect.stringMatching(/expired 60 s ago: the clock of this device is ahead/)])
  })

  it('is corrected by the Date of the server where that is seen', async () => {
    let asked = 0
    const made = connection({
      random: () => 0,
      transport: {
        ...network.transport,
        open: async (target, how) => {
          const channel = await network.transport.open(target, how)
          const date = new Date(clock.epoch() - AHEAD_MS).toUTCString()
          return {
            traits: channel.traits,
            opening: { protocol: '', headers: { date } },
            bufferedBytes: 0,
            start: (sink) => channel.start(sink),
            send: (frame) => channel.send(frame),
            ping: () => channel.ping(),
            pause: () => channel.pause(),
            resume: () => channel.resume(),
            drained: () => channel.drained(),
            close: (code, reason) => channel.close(code, reason),
            terminate: () => channel.terminate(),
          }
        },
      },
      credentials: () => {
        asked += 1
        return token()
      },
    })
    made.connect()
    await clock.advance(500_000)
    expect(asked).toBe(1)
    await clock.advance(60_000)
    expect([asked, problems]).toEqual([2, []])
  })

  it('never renews twice in a minute', async () => {
    let asked = 0
    const made = connection({
      random: seededRandom(1),
      credentials: () => {
        asked += 1
        return { expiresAt: clock.epoch() + 5_000 }
      },
    })
    made.connect()
    await clock.advance(600_000)
    expect(asked).toBeLessThanOrEqual(12)
  })
})

describe('a fixed credential that a client showed too late, since its machine stood still', () => {
  const CREDENTIALS_MISSING = 3000

  /** A server that waits 5 s for it; `standsStill`: for how long a dial of the client does nothing. */
  function late(standsStill: (dial: number) => number): Connection {
    listener.close()
    listener = network.listen((request) => {
      const channel = request.accept()
      const waiting = clock.after(5_000, () => channel.close(CREDENTIALS_MISSING, 'no credential came'))
      const frame = (): void => {
        waiting.cancel()
        channel.send('"welcome"')
      }
      channel.start({ frame, closed: () => waiting.cancel() })
    })
    let dials = 0
    const protocol: ClientProtocol<unknown, unknown, WebSocketFrame, WebSocketFrame, undefined> = {
      name: 'late',
      codec: jsonText(),
      retryPolicy: retryPolicyBy({ refreshable: false, whenRefused: 'stop' }),
      handshake: async (link) => {
        dials += 1
        await new Promise<void>((resolve) => void clock.after(standsStill(dials), resolve))
        link.send('token')
        await link.next()
      },
    }
    return connection({ protocol, retry: { preset: 'eager' } })
  }

  it('a credential that came too late is shown once more', async () => {
    const made = late((dial) => (dial === 1 ? 7_000 : 10))
    made.connect().catch(() => {})
    await clock.runUntil(() => made.state === 'open', 60_000)
    expect(made.metrics.dials).toBe(2)
  })

  it('a credential that always comes too late is not shown for ever', async () => {
    const made = late(() => 7_000)
    const ended = made.connect().catch(({ code }) => code)
    await clock.advance(60_000)
    expect([await ended, made.metrics.dials]).toEqual(['connection/credentials_refused', 2])
  })
})
