import type { WebSocketFrame } from '@holdfast/contract'
import { expect } from 'vitest'
import { drained } from './expecting.ts'
import { RecordingSink } from './recording-sink.ts'
import type { TransportCase } from './transport-case.ts'

/** How a channel ends: once, last, and with what was truly reported. */
export const CLOSING_CASES: readonly TransportCase[] = [
  {
    name: "tells the peer's close code and reason, after the frames before it",
    async run(context) {
      const { link, sink } = await context.start()
      await link.send('last words')
      await link.close(4001, 'because')
      expect(await context.until(sink.ended())).toEqual({ code: 4001, reason: 'because', clean: true })
      expect(sink.frames).toEqual(['last words'])
    },
  },
  {
    name: 'makes no code up where the close frame carried none',
    async run(context) {
      const { link, sink } = await context.start()
      await link.close()
      const end = await context.until(sink.ended())
      expect([end.code, end.reason, end.clean]).toEqual([undefined, '', true])
    },
  },
  {
    name: 'makes no code up where the connection was lost, and tells the end once',
    async run(context) {
      const { link, sink } = await context.start()
      await link.drop()
      const end = await context.until(sink.ended())
      expect([end.code, end.reason, end.clean]).toEqual([undefined, '', false])
      await context.barrier()
      expect([sink.ends.length, sink.late]).toEqual([1, []])
    },
  },
  {
    name: 'closes with a code and a reason that the peer sees, after the frames before it',
    async run(context) {
      const { channel, link, sink } = await context.start()
      channel.send('last words')
      channel.close(4002, 'bye')
      expect(await context.until(link.received(1))).toEqual(['last words'])
      expect(await context.until(link.ended())).toMatchObject({ code: 4002, reason: 'bye' })
      expect(await context.until(sink.ended())).toMatchObject({ clean: true })
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'closes with a normal code, and without one',
    async run(context) {
      const first = await context.start()
      first.channel.close(1000, 'done')
      expect(await context.until(first.link.ended())).toMatchObject({ code: 1000, reason: 'done' })
      const second = await context.start()
      second.channel.close()
      const end = await context.until(second.sink.ended())
      expect([end.reason, end.clean]).toEqual(['', true])
    },
  },
  {
    name: 'ends once when both sides close at the same time',
    async run(context) {
      const { channel, link, sink } = await context.start()
      channel.close(4003, 'mine')
      await link.close(4004, 'yours')
      await context.until(sink.ended())
      await context.until(context.fixture.server.idle())
      await context.barrier()
      expect([sink.ends.length, sink.late]).toEqual([1, []])
    },
  },
  {
    name: 'ends after close() even where the peer never answers',
    async run(context) {
      const { channel, link, sink } = await context.start()
      await link.stall()
      channel.close(1000)
      const end = await context.until(sink.ended())
      expect([end.code, end.clean]).toEqual([undefined, false])
    },
  },
  {
    name: 'ends at once on terminate(), however silent the peer is',
    async run(context) {
      const { channel, link, sink } = await context.start()
      await link.stall()
      channel.send('into the void')
      channel.terminate()
      await context.barrier()
      expect(sink.ends).toMatchObject([{ clean: false }])
      expect(sink.ends[0]?.code).toBeUndefined()
      await link.unstall()
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'lets terminate() cut a close() short',
    async run(context) {
      const { channel, link, sink } = await context.start()
      await link.stall()
      channel.close(1000)
      channel.terminate()
      await context.barrier()
      expect(sink.ends).toMatchObject([{ clean: false }])
    },
  },
  {
    name: 'takes close() and terminate() any number of times, in any order',
    async run(context) {
      const { channel, sink } = await context.start()
      channel.terminate()
      channel.terminate()
      channel.close(4000)
      await context.until(sink.ended())
      channel.close(4000)
      channel.terminate()
      await context.barrier()
      expect([sink.ends.length, sink.late]).toEqual([1, []])
    },
  },
  {
    name: 'does nothing on use after the end',
    async run(context) {
      const { channel, link, sink } = await context.start()
      await link.close(1000)
      await context.until(sink.ended())
      channel.send('too late')
      channel.pause()
      channel.resume()
      expect(channel.bufferedBytes).toBe(0)
      await context.until(drained(channel))
      await context.barrier()
      expect([sink.ends.length, sink.late]).toEqual([1, []])
    },
  },
  {
    name: 'tells an end from before start() after start(), once',
    async run(context) {
      for (const end of ['close', 'terminate'] as const) {
        const { channel } = await context.open()
        channel[end]()
        await context.barrier()
        const sink = new RecordingSink<WebSocketFrame>()
        channel.start(sink)
        expect(sink.ends).toEqual([])
        await context.until(sink.ended())
        expect(sink.ends.length).toBe(1)
      }
      await context.until(context.fixture.server.idle())
    },
  },
  {
    name: 'leaves no connection behind after many channels',
    async run(context) {
      for (let round = 0; round < 10; round++) {
        const { channel, link, sink } = await context.start()
        channel.send('x')
        await context.until(link.received(1))
        if (round % 3 === 0) channel.close(1000)
        else if (round % 3 === 1) channel.terminate()
        else await link.drop()
        await context.until(sink.ended())
      }
      await context.until(context.fixture.server.idle())
    },
  },
]
