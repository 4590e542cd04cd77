import {
  type ChannelSink,
  doubtAfterSleep,
  type Transport,
  type WebSocketChannel,
  type WebSocketFrame,
} from '@holdfast/contract'
import { expect, test } from 'vitest'
import { CLOSING_CASES } from '../src/conformance/closing-cases.ts'
import { DELIVERY_CASES } from '../src/conformance/delivery-cases.ts'
import { FLOW_CASES } from '../src/conformance/flow-cases.ts'
import { LIVENESS_CASES } from '../src/conformance/liveness-cases.ts'
import { OPENING_CASES } from '../src/conformance/opening-cases.ts'
import { TransportContext } from '../src/conformance/transport-context.ts'
import { memoryFixture } from './memory-fixture.ts'

type Sink = ChannelSink<WebSocketFrame>

/** A way to be wrong, and the cases that must notice it. */
interface Sabotage {
  readonly what: string
  readonly cases: readonly string[]
  channel?(inner: WebSocketChannel): Partial<WebSocketChannel>
  sink?(inner: Sink): Partial<Sink>
  open?(inner: Transport): Transport['open']
  readonly liveness?: Transport['liveness']
}

const never = new AbortController().signal

const SABOTAGES: readonly Sabotage[] = [
  {
    what: 'delivers frames out of order',
    cases: ['delivers frames in order, both ways at once'],
    sink: (inner) => {
      const kept: WebSocketFrame[] = []
      return {
        frame: (frame) =>
          kept.length === 0 ? kept.push(frame) : [frame, ...kept.splice(0)].forEach(inner.frame, inner),
      }
    },
  },
  {
    what: 'loses empty frames',
    cases: [
      'carries text of every script, and empty text',
      'carries bytes as Uint8Array, apart from text, and empty bytes',
    ],
    sink: (inner) => ({ frame: (frame) => (frame.length > 0 ? inner.frame(frame) : undefined) }),
  },
  {
    what: "gives Node's Buffers, windows on a pool",
    cases: ['carries bytes as Uint8Array, apart from text, and empty bytes'],
    sink: (inner) => ({ frame: (frame) => inner.frame(typeof frame === 'string' ? frame : Buffer.from(frame)) }),
  },
  {
    what: 'tells the end twice',
    cases: [
      'makes no code up where the connection was lost, and tells the end once',
      'does nothing on use after the end',
    ],
    sink: (inner) => ({
      closed: (end) => {
        inner.closed(end)
        inner.closed(end)
      },
    }),
  },
  {
    what: 'makes a code up',
    cases: [
      'makes no code up where the connection was lost, and tells the end once',
      'makes no code up where the close frame carried none',
      'ends after close() even where the peer never answers',
      'ends at once on terminate(), however silent the peer is',
    ],
    sink: (inner) => ({ closed: (end) => inner.closed({ ...end, code: end.code ?? 1006 }) }),
  },
  {
    what: 'never tells the end',
    cases: [
      "tells the peer's close code and reason, after the frames before it",
      'tells an end from before start() after start(), once',
    ],
    sink: () => ({ closed: () => {} }),
  },
  {
    what: 'lets itself be started twice',
    cases: ['throws channel/already_started when started twice, and stays usable'],
    channel: (inner) => {
      let started = false
      return {
        start: (sink) => {
          if (!started) inner.start(sink)
          started = true
        },
      }
    },
  },
  {
    what: 'does not pause',
    cases: [
      'delivers nothing while paused, and everything in order after resume()',
      'makes the peer wait while paused',
    ],
    channel: () => ({ pause: () => {} }),
  },
  {
    what: 'does not resume',
    cases: ['delivers nothing while paused, and everything in order after resume()'],
    channel: () => ({ resume: () => {} }),
  },
  {
    what: 'is drained too early',
    cases: ['buffers for a peer that does not read, and is drained once it has read everything'],
    channel: () => ({ drained: () => Promise.resolve() }),
  },
  {
    what: 'is never drained',
    cases: ['is drained at once while nothing is buffered', 'settles drained() when the channel ends'],
    channel: () => ({ drained: () => new Promise(() => {}) }),
  },
  {
    what: 'ignores the signal of drained()',
    cases: ["rejects drained() with its signal's reason"],
    channel: (inner) => ({ drained: () => inner.drained() }),
  },
  {
    what: 'does not answer pings',
    cases: ['tells the pong of a ping'],
    channel: () => ({ ping: () => {} }),
  },
  {
    what: 'does not close',
    cases: ['closes with a code and a reason that the peer sees, after the frames before it'],
    channel: () => ({ close: () => {} }),
  },
  {
    what: 'does not terminate',
    cases: ['ends at once on terminate(), however silent the peer is', 'lets terminate() cut a close() short'],
    channel: () => ({ terminate: () => {} }),
  },
  {
    what: 'throws after the end',
    cases: ['does nothing on use after the end'],
    channel: (inner) => ({
      send: (frame) => {
        if (inner.bufferedBytes === 0 && frame === 'too late') throw new Error('The channel has ended.')
        inner.send(frame)
      },
    }),
  },
  {
    what: 'cannot be aborted',
    cases: [
      'stops a dial that is aborted while the server does not answer',
      'stops a dial that is aborted in the turn in which it began',
      'rejects with the reason of a signal that was aborted before, and does not dial',
    ],
    open: (inner) => (target) => inner.open(target, { signal: never }),
  },
  {
    what: 'fails with an error of any kind',
    cases: [
      'rejects a refused dial with an OpenError, and can dial again',
      'rejects a dial that is cut without an answer with an OpenError',
    ],
    open: (inner) => (target, options) =>
      inner.open(target, options).catch(() => {
        throw new Error('It did not work.')
      }),
  },
  {
    what: 'tells its URL in errors',
    cases: ['keeps secrets of the target out of its errors'],
    open: (inner) => (target, options) =>
      inner.open(target, options).catch((error: unknown) => {
        if (error instanceof Error) error.message += target.url
        throw error
      }),
  },
  {
    what: 'asks with neither headers nor subprotocols',
    cases: ["sends the target's headers"],
    open: (inner) => (target, options) => inner.open({ url: target.url }, options),
  },
  {
    what: 'leaves its links unwatched',
    cases: ['says how a dead link is noticed', 'asks with its own pings, and gives a link up that does not answer'],
    liveness: 'none',
  },
  {
    what: 'has pings and only looks for sleep',
    cases: ['asks with its own pings, and gives a link up that does not answer'],
    liveness: doubtAfterSleep(),
  },
]

const ALL_CASES = [...OPENING_CASES, ...LIVENESS_CASES, ...DELIVERY_CASES, ...FLOW_CASES, ...CLOSING_CASES]
const ROWS = SABOTAGES.flatMap((sabotage) => sabotage.cases.map((name) => ({ what: sabotage.what, name, sabotage })))

test.each(ROWS)('a transport that $what fails "$name"', async ({ name, sabotage }) => {
  await expect(run(name, sabotage)).rejects.toThrow()
})

const SENTENCES: readonly { readonly what: string; readonly name: string; readonly sentence: string }[] = [
  {
    what: 'never tells the end',
    name: "tells the peer's close code and reason, after the frames before it",
    sentence: 'expected closed() to be called, got 1 frames, the last one "last words" and no end',
  },
  {
    what: 'loses empty frames',
    name: 'carries text of every script, and empty text',
    sentence: 'expected 5 calls of frame(), got 4 frames',
  },
  {
    what: 'is never drained',
    name: 'is drained at once while nothing is buffered',
    sentence: 'expected drained() to settle; bufferedBytes is 0',
  },
  {
    what: 'does not answer pings',
    name: 'tells the pong of a ping',
    sentence: 'expected pong() to be called after ping()',
  },
  {
    what: 'cannot be aborted',
    name: 'stops a dial that is aborted while the server does not answer',
    sentence: 'expected open() of sa',
  },
  {
    what: 'does not close',
    name: 'closes with a code and a reason that the peer sees, after the frames before it',
    sentence: 'expected the server to see the end of the connection; it is still open there',
  },
]

test.each(SENTENCES)(
  'a transport that $what gets an error that says what was expected',
  async ({ what, name, sentence }) => {
    const sabotage = SABOTAGES.find((entry) => entry.what === what)
    if (sabotage === undefined) throw new Error(`no sabotage: ${what}`)
    await expect(run(name, sabotage)).rejects.toThrow(sentence)
  },
)

async function run(name: string, sabotage: Sabotage): Promise<void> {
  const found = ALL_CASES.find((entry) => entry.name === name)
  if (found === undefined) throw new Error(`no case: ${name}`)
  const fixture = memoryFixture()
  const expected = {
    traits: fixture.transport.traits,
    dials: true,
    refusalStatus: true,
    protocols: true,
    backpressure: true,
    watches: true,
    largeBytes: 65_536,
    floodBytes: 1_048_576,
  }
  const transport = sabotaged(fixture.transport, sabotage)
  await found.run(new TransportContext({ ...fixture, transport }, expected)).finally(() => fixture.teardown())
}

function sabotaged(inner: Transport, sabotage: Sabotage): Transport {
  const open = sabotage.open?.(inner) ?? inner.open.bind(inner)
  return {
    name: 'sabotaged',
    traits: inner.traits,
    liveness: sabotage.liveness ?? inner.liveness,
    open: async (target, options) => overlay(await open(target, options), sabotage),
  }
}

function overlay(inner: WebSocketChannel, sabotage: Sabotage): WebSocketChannel {
  const plain: WebSocketChannel = {
    traits: inner.traits,
    opening: inner.opening,
    start: (sink) => inner.start(sink),
    send: (frame) => inner.send(frame),
    get bufferedBytes() {
      return inner.bufferedBytes
    },
    drained: (signal) => inner.drained(signal),
    pause: () => inner.pause(),
    resume: () => inner.resume(),
    ping: () => inner.ping(),
    close: (code, reason) => inner.close(code, reason),
    terminate: () => inner.terminate(),
  }
  const wrong = sabotage.channel?.(plain) ?? {}
  const start = wrong.start ?? plain.start
  return Object.defineProperties(plain, {
    ...Object.getOwnPropertyDescriptors(wrong),
    start: {
      value: (sink: Sink) => {
        const own: Sink = {
          frame: (frame) => sink.frame(frame),
          pong: () => sink.pong?.(),
          closed: (end) => sink.closed(end),
        }
        start({ ...own, ...sabotage.sink?.(own) })
      },
    },
  })
}
