import fc from 'fast-check'
import { expect, it } from 'vitest'
import {
  CHANNEL_BYTES,
  channelName,
  decodeFrame,
  encodeFrame,
  encodeFrames,
  encodeHalfClose,
  halfClosedStream,
  type KnownChannel,
  MAX_FRAME_BYTES,
  shellCodec,
  splitPayload,
} from './framing.ts'

const channels = fc.constantFrom<KnownChannel[]>(...(Object.keys(CHANNEL_BYTES) as KnownChannel[]))

it('the shell’s framing gives back every payload on every channel', () => {
  fc.assert(
    fc.property(channels, fc.uint8Array({ maxLength: 300 }), (channel, payload) => {
      expect(decodeFrame(encodeFrame(channel, payload))).toEqual({
        ok: true,
        message: { channel, rawChannelByte: CHANNEL_BYTES[channel], payload },
      })
    }),
  )
})

it('the shell’s framing splits any payload at any limit into messages that fit and join to the same bytes', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 4000 }), fc.integer({ min: 2, max: 700 }), (payload, limit) => {
      const frames = [...encodeFrames('stdin', payload, limit)]
      expect(frames.every((frame) => frame.length <= limit && frame[0] === 0)).toBe(true)
      expect(Buffer.concat(frames.map((frame) => frame.subarray(1)))).toEqual(Buffer.from(payload))
      expect(frames).toHaveLength(Math.max(1, Math.ceil(payload.length / (limit - 1))))
    }),
  )
})

it('the shell’s framing reads arbitrary bytes without throwing, and unknown channels with their raw byte', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (message) => {
      const decoded = decodeFrame(message)
      if (message.length === 0) expect(decoded).toMatchObject({ ok: false })
      else {
        expect(decoded).toMatchObject({
          ok: true,
          message: { channel: channelName(message[0] ?? -1), rawChannelByte: message[0] },
        })
      }
    }),
  )
  expect(decodeFrame(new Uint8Array([0x77, 1]))).toMatchObject({
    message: { channel: 'unknown', rawChannelByte: 0x77, payload: new Uint8Array([1]) },
  })
})

it('the shell’s framing refuses an empty message and a text message as issues', () => {
  const codec = shellCodec()
  expect(codec.decode(new Uint8Array(0))).toMatchObject({ ok: false, issue: expect.stringContaining('empty') })
  expect(codec.decode('ls')).toMatchObject({ ok: false, issue: expect.stringContaining('text') })
})

it('the shell’s framing takes exactly 64 KiB with the channel byte, and one byte more only in two messages', () => {
  const largest = new Uint8Array(MAX_FRAME_BYTES - 1)
  expect(encodeFrame('stdin', largest)).toHaveLength(MAX_FRAME_BYTES)
  expect(() => encodeFrame('stdin', new Uint8Array(MAX_FRAME_BYTES))).toThrow(/encodeFrames/)
  expect([...encodeFrames('stdin', new Uint8Array(MAX_FRAME_BYTES))].map((frame) => frame.length)).toEqual([
    MAX_FRAME_BYTES,
    2,
  ])
})

it('the shell’s framing splits without copying', () => {
  const payload = new Uint8Array(200_000)
  for (const piece of splitPayload(payload)) expect(piece.buffer).toBe(payload.buffer)
})

it('the shell’s framing refuses limits that leave no room', () => {
  for (const limit of [0, 1, 1.5, Number.NaN, MAX_FRAME_BYTES + 1]) {
    expect(() => [...splitPayload(new Uint8Array(1), limit)]).toThrow(
      expect.objectContaining({ code: 'framing/bad_frame_limit' }),
    )
  }
})

it('the shell’s framing says the half-close of Kubernetes v5 as two bytes and distinguishes it from the end of the shell', () => {
  const decode = (bytes: Uint8Array) => {
    const decoded = decodeFrame(bytes)
    return decoded.ok ? halfClosedStream(decoded.message) : 'issue'
  }
  expect(encodeHalfClose('stdin')).toEqual(new Uint8Array([255, 0]))
  expect(decode(new Uint8Array([255, 0]))).toBe('stdin')
  expect(decode(new Uint8Array([255]))).toBeUndefined()
  expect(decode(new Uint8Array([255, 0, 0]))).toBeUndefined()
  expect(decode(new Uint8Array([1, 0]))).toBeUndefined()
})
