import type { WebSocketFrame } from '@holdfast/contract'
import { expect } from 'vitest'
import { RecordingSink } from './recording-sink.ts'
import type { TransportCase } from './transport-case.ts'

const MANY = 500

/** Frames as arrays of numbers or strings, so that a failed test shows them whatever class their bytes have. */
function plain(frames: readonly WebSocketFrame[]): readonly (string | readonly number[])[] {
  return frames.map((frame) => (typeof frame === 'string' ? frame : [...frame]))
}

function numbered(prefix: string, count = MANY): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix} ${index}`)
}

/** Not a Buffer: its `slice()` is a window on memory that others use, and a plain array's is a copy of its own. */
function expectPlainBytes(frame: WebSocketFrame): void {
  if (typeof frame === 'string') return
  expect(Object.getPrototypeOf(frame)).toBe(Uint8Array.prototype)
  expect([...new Uint8Array(frame.slice().buffer)]).toEqual([...frame])
}

/** What is carried, and in which order. */
export const DELIVERY_CASES: readonly TransportCase[] = [
  {
    name: 'delivers frames in order, both ways at once',
    async run(context) {
      const { channel, link, sink } = await context.start()
      for (let index = 0; index < MANY; index++) {
        channel.send(`up ${index}`)
        await link.send(`down ${index}`)
      }
      expect(await context.until(sink.received(MANY))).toEqual(numbered('down'))
      expect(await context.until(link.received(MANY))).toEqual(numbered('up'))
    },
  },
  {
    name: 'keeps the order of a burst sent in one turn',
    async run(context) {
      const { channel, link } = await context.start()
      for (const text of numbered('burst')) channel.send(text)
      expect(await context.until(link.received(MANY))).toEqual(numbered('burst'))
    },
  },
  {
    name: 'keeps the order of each sender when several send at the same time',
    async run(context) {
      const { channel, link } = await context.start()
      const sender = async (name: string): Promise<void> => {
        for (const text of numbered(name, 50)) {
          channel.send(text)
          await Promise.resolve()
        }
      }
      await Promise.all(['a', 'b', 'c', 'd'].map(sender))
      const received = await context.until(link.received(200))
      for (const name of ['a', 'b', 'c', 'd']) {
        expect(received.filter((frame) => typeof frame === 'string' && frame.startsWith(name))).toEqual(
          numbered(name, 50),
        )
      }
    },
  },
  {
    name: 'keeps channels of one transport apart',
    async run(context) {
      const first = await context.start()
      const second = await context.start()
      first.channel.send('first up')
      second.channel.send('second up')
      await first.link.send('first down')
      await second.link.send('second down')
      expect(await context.until(first.link.received(1))).toEqual(['first up'])
      expect(await context.until(second.link.received(1))).toEqual(['second up'])
      expect(await context.until(first.sink.received(1))).toEqual(['first down'])
      expect(await context.until(second.sink.received(1))).toEqual(['second down'])
    },
  },
  {
    name: 'delivers what came with the opening and before start(), in order, after start()',
    async run(context) {
      const { channel, link } = await context.open({ kind: 'accept', greet: ['first', 'second'] })
      await link.send('third')
      await context.barrier()
      const sink = new RecordingSink<WebSocketFrame>()
      channel.start(sink)
      expect(sink.frames).toEqual([])
      expect(await context.until(sink.received(3))).toEqual(['first', 'second', 'third'])
    },
  },
  {
    name: 'delivers frames and the close that came before start(), the close last',
    async run(context) {
      const { channel } = await context.open({
        kind: 'accept',
        greet: ['only'],
        thenClose: { code: 4100, reason: 'early' },
      })
      await context.barrier()
      const sink = new RecordingSink<WebSocketFrame>()
      channel.start(sink)
      expect(sink.ends).toEqual([])
      expect(await context.until(sink.ended())).toMatchObject({ code: 4100, reason: 'early', clean: true })
      expect(sink.frames).toEqual(['only'])
    },
  },
  {
    name: 'throws channel/already_started when started twice, and stays usable',
    async run(context) {
      const { channel, link, sink } = await context.start()
      const second = new RecordingSink<WebSocketFrame>()
      expect(() => channel.start(second)).toThrow(expect.objectContaining({ code: 'channel/already_started' }))
      await link.send('still here')
      expect(await context.until(sink.received(1))).toEqual(['still here'])
      expect(second.frames).toEqual([])
    },
  },
  {
    name: 'carries text of every script, and empty text',
    async run(context) {
      const texts = ['', 'grüße', '漢字', '🧵👩‍💻', '\u0000\u001f\u2028']
      const { channel, link, sink } = await context.start()
      for (const text of texts) {
        channel.send(text)
        await link.send(text)
      }
      expect(await context.until(link.received(texts.length))).toEqual(texts)
      expect(await context.until(sink.received(texts.length))).toEqual(texts)
    },
  },
  {
    name: 'carries bytes as Uint8Array, apart from text, and empty bytes',
    applies: (expected) => expected.traits.binary,
    async run(context) {
      const every = Uint8Array.from({ length: 256 }, (_, index) => index)
      const frames = [every, 'text between', new Uint8Array(0), every.subarray(10, 20)]
      const { channel, link, sink } = await context.start()
      for (const frame of frames) {
        channel.send(frame)
        await link.send(frame)
      }
      expect(plain(await context.until(link.received(frames.length)))).toEqual(plain(frames))
      expect(plain(await context.until(sink.received(frames.length)))).toEqual(plain(frames))
      for (const frame of sink.frames) expectPlainBytes(frame)
    },
  },
  {
    name: 'carries large messages whole',
    async run(context) {
      const text = '0123456789abcdef'.repeat(context.expected.largeBytes / 16)
      const { channel, link, sink } = await context.start()
      channel.send(text)
      channel.send('after')
      await link.send(text)
      await link.send('after')
      const up = await context.until(link.received(2))
      const down = await context.until(sink.received(2))
      expect([up[0] === text, up[1]]).toEqual([true, 'after'])
      expect([down[0] === text, down[1]]).toEqual([true, 'after'])
    },
  },
  {
    name: 'delivers a fragmented message once and whole',
    async run(context) {
      const { link, sink } = await context.start()
      if (link.sendFragments === undefined) await link.send('one two three')
      else await link.sendFragments(['one ', 'two ', 'three'])
      await link.send('next')
      expect(await context.until(sink.received(2))).toEqual(['one two three', 'next'])
    },
  },
]
