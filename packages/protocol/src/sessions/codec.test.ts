import type { Decoded } from '@holdfast/contract'
import { expect, it } from 'vitest'
import { decodeSessionFrame, sessionsCodec } from './codec.ts'
import type { SessionMessage } from './generated/types.ts'

it.each([
  ['bare', '{"type":"a"}', ['a']],
  ['ended by a line feed', '{"type":"a"}\n', ['a']],
  ['several in one frame', '{"type":"a"}\n{"type":"b"}\r\n\n{"type":"c"}', ['a', 'b', 'c']],
  ['none in a blank frame', '\n', []],
])('the sessions codec reads messages of a frame, a text a line: %s', (_what, frame, types) => {
  const read: Decoded<SessionMessage>[] = []
  const taker = { isPaused: false, decoded: (one: Decoded<SessionMessage>) => void read.push(one), threw: () => {} }
  sessionsCodec.reader?.(taker).frame(frame)
  expect(read.map((decoded) => decoded.ok && decoded.message.type)).toEqual(types)
})

it('a line that is no message is reported, and those around it are read', () => {
  const read = decodeSessionFrame('{"type":"a"}\nnot JSON\n{"type":"b"}\n')
  expect(read.map(({ ok }) => ok)).toEqual([true, false, true])
})
