import type { WebSocketFrame } from '@holdfast/contract'
import { expect } from 'vitest'
import { drained } from './expecting.ts'
import { RecordingSink } from './recording-sink.ts'
import type { TransportCase } from './transport-case.ts'
import type { OpenLink, TransportContext } from './transport-context.ts'
import type { ServerLink } from './transport-fixture.ts'

/** One message of a flood. */
const PIECE_BYTES = 65_536

/** Sends more than buffers take while the peer does not read. Returns how many messages were sent. */
async function flood(context: TransportContext, { channel, link }: OpenLink): Promise<number> {
  await link.stall()
  const piece = 'x'.repeat(PIECE_BYTES)
  const count = Math.ceil(context.expected.floodBytes / PIECE_BYTES)
  for (let sent = 0; sent < count; sent++) channel.send(piece)
  return count
}

/** Resolves to whether the promise settles before a whole conversation on another channel has passed. */
async function settlesSoon(context: TransportContext, promise: Promise<unknown>): Promise<boolean> {
  let settled = false
  const settle = (): void => {
    settled = true
  }
  promise.then(settle, settle)
  await context.barrier()
  return settled
}

/** Sends more to a channel that does not read than buffers take, and sees it wait. Returns how many messages were sent. */
async function floodChannel(context: TransportContext, link: ServerLink): Promise<number> {
  const piece = 'x'.repeat(PIECE_BYTES)
  const count = Math.ceil(context.expected.floodBytes / PIECE_BYTES)
  for (let sent = 0; sent < count; sent++) await link.send(piece)
  await context.barrier()
  expect(await link.bufferedBytes()).toBeGreaterThan(0)
  return count
}

const pushesBack: TransportCase['applies'] = (expected) => expected.traits.pause && expected.backpressure
const backpressure: TransportCase['applies'] = (expected) => expected.backpressure

/** Backpressure both ways, and probes. */
export const FLOW_CASES: readonly TransportCase[] = [
  {
    name: 'is drained at once while nothing is buffered',
    async run(context) {
      const { channel } = await context.start()
      expect(channel.bufferedBytes).toBe(0)
      await context.until(drained(channel))
    },
  },
  {
    name: 'counts what was sent until it is drained',
    async run(context) {
      const { channel, link } = await context.start()
      channel.send('x'.repeat(1000))
      await context.until(drained(channel))
      expect(channel.bufferedBytes).toBe(0)
      await context.until(link.received(1))
    },
  },
  {
    name: 'buffers for a peer that does not read, and is drained once it has read everything',
    applies: backpressure,
    async run(context) {
      const open = await context.start()
      const count = await flood(context, open)
      const empty = drained(open.channel)
      expect(await settlesSoon(context, empty)).toBe(false)
      expect(open.channel.bufferedBytes).toBeGreaterThan(0)
      const more = await flood(context, open)
      await open.link.unstall()
      await context.until(empty)
      expect(open.channel.bufferedBytes).toBe(0)
      const received = await context.until(open.link.received(count + more))
      expect(received.every((frame) => frame.length === PIECE_BYTES)).toBe(true)
    },
  },
  {
    name: 'settles drained() when the channel ends',
    applies: backpressure,
    async run(context) {
      const open = await context.start()
      await flood(context, open)
      const empty = drained(open.channel)
      open.channel.terminate()
      await context.until(empty)
      expect(await context.until(open.sink.ended())).toMatchObject({ clean: false })
      expect(open.channel.bufferedBytes).toBe(0)
    },
  },
  {
    name: "rejects drained() with its signal's reason",
    applies: backpressure,
    async run(context) {
      const open = await context.start()
      const controller = new AbortController()
      const before = new AbortController()
      before.abort('before')
      await expect(open.channel.drained(before.signal)).rejects.toBe('before')
      await flood(context, open)
      const empty = drained(open.channel, controller.signal)
      controller.abort('enough')
      await expect(context.until(empty)).rejects.toBe('enough')
      open.channel.terminate()
    },
  },
  {
    name: 'delivers nothing while paused, and everything in order after resume()',
    async run(context) {
      const { channel, link, sink } = await context.start((frame, own) => {
        if (frame === 'frame 0') own.pause()
      })
      for (let index = 0; index < 200; index++) await link.send(`frame ${index}`)
      await context.until(sink.received(1))
      await context.barrier()
      expect(sink.frames).toEqual(['frame 0'])
      channel.resume()
      const expected = Array.from({ length: 200 }, (_, index) => `frame ${index}`)
      expect(await context.until(sink.received(200))).toEqual(expected)
    },
  },
  {
    name: 'keeps the order, and tells the end once, when a sink pauses and resumes at every frame',
    async run(context) {
      const { channel, link, sink } = await context.start((_frame, own) => {
        own.pause()
        own.resume()
      })
      channel.pause()
      for (let index = 0; index < 200; index++) await link.send(`frame ${index}`)
      await link.close(4006)
      await context.barrier()
      channel.resume()
      await context.until(sink.ended())
      await context.barrier()
      expect(sink.frames).toEqual(Array.from({ length: 200 }, (_, index) => `frame ${index}`))
      expect([sink.ends.length, sink.late]).toEqual([1, []])
    },
  },
  {
    name: 'tells the end after the frames when both came while paused',
    async run(context) {
      const { channel, link, sink } = await context.start()
      channel.pause()
      await link.send('held')
      await link.close(4005, 'held too')
      await context.barrier()
      channel.resume()
      expect(await context.until(sink.ended())).toMatchObject({ code: 4005, reason: 'held too' })
      expect(sink.frames).toEqual(['held'])
    },
  },
  {
    name: 'ends a paused channel on terminate() and on close()',
    async run(context) {
      for (const end of ['terminate', 'close'] as const) {
        const { channel, sink } = await context.start()
        channel.pause()
        channel[end]()
        await context.until(sink.ended())
        expect(sink.ends.length).toBe(1)
      }
    },
  },
  {
    name: 'makes the peer wait while paused',
    applies: pushesBack,
    async run(context) {
      const { channel, link, sink } = await context.start()
      channel.pause()
      const count = await floodChannel(context, link)
      expect(sink.frames.length).toBe(0)
      channel.resume()
      await context.until(sink.received(count))
    },
  },
  {
    name: 'makes the peer wait before start()',
    applies: pushesBack,
    async run(context) {
      const { channel, link } = await context.open()
      const count = await floodChannel(context, link)
      const sink = new RecordingSink<WebSocketFrame>()
      channel.start(sink)
      await context.until(sink.received(count))
    },
  },
  {
    name: 'tells the pong of a ping',
    applies: (expected) => expected.traits.ping,
    async run(context) {
      const { channel, sink } = await context.start()
      channel.ping()
      await context.until(sink.ponged())
      expect(sink.frames).toEqual([])
    },
  },
  {
    name: 'throws channel/unsupported on ping() without protocol pings',
    applies: (expected) => !expected.traits.ping,
    async run(context) {
      const { channel } = await context.start()
      expect(() => channel.ping()).toThrow(expect.objectContaining({ code: 'channel/unsupported' }))
    },
  },
]
