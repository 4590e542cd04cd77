import { type Decoded, jsonText } from '@holdfast/contract'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { contentLength, lengthPrefixed, lines, parserCodec, type StreamCodec } from './index.ts'

const utf8 = new TextEncoder()

/** The frames of all messages as one stream of bytes. */
function streamOf<Out>(codec: StreamCodec<unknown, Out>, messages: readonly Out[]): Uint8Array {
  const frames = messages.flatMap((message) => [...(codec.encode(message) as Iterable<Uint8Array>)])
  return Uint8Array.from(frames.flatMap((frame) => [...frame]))
}

/** What a channel makes of a stream that comes in these pieces, for an app that always reads. */
function read<In>(codec: StreamCodec<In, never>, pieces: readonly Uint8Array[]): readonly Decoded<In>[] {
  const all: Decoded<In>[] = []
  const thrown: unknown[] = []
  const reader = codec.reader?.({
    isPaused: false,
    decoded: (one) => void all.push(one),
    threw: (error) => void thrown.push(error),
  })
  for (const piece of pieces) reader?.frame(piece)
  expect(thrown).toEqual([])
  return all
}

function messagesOf<In>(decoded: readonly Decoded<In>[]): readonly unknown[] {
  return decoded.map((one) => (one.ok ? one.message : one.issue))
}

function cutAt(bytes: Uint8Array, ...places: readonly number[]): readonly Uint8Array[] {
  const ends = [...places, bytes.length]
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end))
}

interface Case {
  readonly name: string
  readonly codec: StreamCodec<unknown, never>
  readonly message: fc.Arbitrary<unknown>
}

const json = fc.jsonValue({ maxDepth: 2 })
const line = fc.string({ unit: 'grapheme' }).filter((text) => !/\n|\r$/.test(text))
const bytes = fc.uint8Array({ maxLength: 300 })
const CASES: readonly Case[] = [
  { name: 'lines()', codec: lines(), message: line },
  { name: 'lines(jsonText())', codec: lines(jsonText()), message: json },
  { name: 'lengthPrefixed()', codec: lengthPrefixed(), message: bytes },
  {
    name: 'lengthPrefixed() with two bytes, the least first',
    codec: lengthPrefixed(undefined, { lengthBytes: 2, littleEndian: true }),
    message: bytes,
  },
  { name: 'lengthPrefixed(jsonText()) as text', codec: lengthPrefixed(jsonText(), { text: true }), message: json },
  { name: 'contentLength()', codec: contentLength(), message: json },
].map((one) => one as unknown as Case)

describe.each(CASES)('$name', ({ codec, message }) => {
  const messages = fc.array(message, { maxLength: 6 })

  it('reads what it wrote, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(messages, fc.array(fc.nat(2_000), { maxLength: 12 }), (sent, places) => {
        const stream = streamOf(codec, sent as never[])
        const sorted = places.map((place) => Math.min(place, stream.length)).sort((a, b) => a - b)
        expect(messagesOf(read(codec, cutAt(stream, ...sorted)))).toEqual(asRead(sent))
      }),
      { numRuns: process.env['HOLDFAST_LONG'] === '1' ? 2_000 : 30 },
    )
  })

  it('reads the same when it is cut at any one byte, and byte for byte', () => {
    const sent = fc.sample(messages, { numRuns: process.env['HOLDFAST_LONG'] === '1' ? 8 : 4, seed: 3 }).flat()
    const stream = streamOf(codec, sent as never[])
    for (let place = 0; place <= stream.length; place += 1) {
      expect(messagesOf(read(codec, cutAt(stream, place)))).toEqual(asRead(sent))
    }
    expect(messagesOf(read(codec, cutAt(stream, ...stream.keys())))).toEqual(asRead(sent))
  })

  it('does not glue what one channel cut off to what another brings', () => {
    const [one, other] = fc.sample(message, { numRuns: 2, seed: 5 })
    const [cut = new Uint8Array(0)] = cutAt(streamOf(codec, [one] as never[]), 1)
    expect(messagesOf(read(codec, [cut]))).toEqual([])
    expect(messagesOf(read(codec, [streamOf(codec, [other] as never[])]))).toEqual(asRead([other]))
  })

  it('never throws, whatever comes', () => {
    fc.assert(fc.property(fc.array(bytes), (pieces) => void read(codec, pieces)))
  })
})

/** JSON makes 0 of -0. */
function asRead(sent: readonly unknown[]): readonly unknown[] {
  return sent.map((one) =>
    one instanceof Uint8Array || typeof one === 'string' ? one : JSON.parse(JSON.stringify(one)),
  )
}

describe('a message that is too large', () => {
  const tooLarge = (name: string): unknown =>
    expect.stringMatching(new RegExp(`more than 10 bytes was left out: raise maxBytes of ${name}`))

  it.each([
    ['lines', lines(undefined, { maxBytes: 10 })],
    ['lengthPrefixed', lengthPrefixed(undefined, { maxBytes: 10 })],
    ['contentLength', contentLength(jsonText<string, string>(), { maxBytes: 10 })],
  ] as const)('is left out of %s() and reported once, and the next one is read', (name, given) => {
    const codec = given as unknown as StreamCodec<unknown, unknown>
    const of = (text: string): unknown => (name === 'lengthPrefixed' ? utf8.encode(text) : text)
    const stream = streamOf(codec, [of('short'), of('x'.repeat(5_000)), of('next')])
    for (const places of [[], [...stream.keys()]]) {
      const got = messagesOf(read(codec as StreamCodec<unknown, never>, cutAt(stream, ...places)))
      expect(got).toEqual([of('short'), tooLarge(name), of('next')])
    }
  })

  it('is not kept while it comes', () => {
    const codec = lines(undefined, { maxBytes: 1_000 })
    const piece = new Uint8Array(100_000).fill(120)
    const issues = read(
      codec as never,
      Array.from({ length: 1_000 }, () => piece),
    )
    expect(issues).toHaveLength(1)
  })
})

it('an empty line is a message, or none where it keeps a connection alive', () => {
  const stream = utf8.encode('a\r\n\r\nb\n\n')
  expect(messagesOf(read(lines() as never, [stream]))).toEqual(['a', '', 'b', ''])
  expect(messagesOf(read(lines(undefined, { skipEmpty: true }) as never, [stream]))).toEqual(['a', 'b'])
})

it('bytes that are no UTF-8 are an invalid message, and the next line is read', () => {
  const stream = Uint8Array.from([0xff, 10, 97, 10])
  expect(messagesOf(read(lines() as never, [stream]))).toEqual(['not valid UTF-8', 'a'])
})

it('contentLength() ignores other headers, in either case and with either line end', () => {
  const stream = utf8.encode('content-length: 1\nContent-Type: x; charset=utf-8\n\n1\r\nCONTENT-LENGTH:2\r\n\r\n22')
  expect(messagesOf(read(contentLength() as never, [stream]))).toEqual([1, 22])
})

it('a header without a length is reported, and the next header is looked for', () => {
  const stream = utf8.encode('Content-Type: x\r\n\r\nContent-Length: 1\r\n\r\n1')
  expect(messagesOf(read(contentLength() as never, [stream]))).toEqual([
    'a header without a Content-Length that can be read',
    1,
  ])
  const endless = Array.from({ length: 20 }, () => new Uint8Array(1_000).fill(120))
  expect(read(contentLength() as never, endless).length).toBeGreaterThan(0)
})

it('a codec refuses what cannot be framed before it is written', () => {
  const refused: unknown = expect.objectContaining({ code: 'codec/unframeable' })
  expect(() => lines().encode('two\nlines')).toThrow(refused)
  expect(() => lengthPrefixed(undefined, { lengthBytes: 1 }).encode(new Uint8Array(256))).toThrow(refused)
  expect(() => lines(undefined, { maxBytes: 0 })).toThrow(expect.objectContaining({ code: 'codec/invalid_option' }))
  expect(() => lengthPrefixed(undefined, { lengthBytes: 3 as 4 })).toThrow('lengthBytes must be 1, 2 or 4')
})

it('a message says how many bytes it took', () => {
  const decoded = read(lines() as never, [utf8.encode('12345\n1\n')])
  expect(decoded.map((one) => one.ok && one.bytes)).toEqual([5, 1])
})

describe('a codec around a parser', () => {
  /** Words that end with a space; one that is empty is an error. */
  const words = parserCodec<string, string>({
    open() {
      let rest = ''
      return function* cut(piece) {
        const parts = (rest + piece).split(' ')
        rest = parts.pop() ?? ''
        for (const part of parts) {
          if (part === '') throw new Error('an empty word')
          yield part
        }
      }
    },
    encode: (word) => `${word} `,
  })
  const readText = (...pieces: readonly string[]) => {
    const all: Decoded<string>[] = []
    const taker = { isPaused: false, decoded: (one: Decoded<string>) => void all.push(one), threw: () => {} }
    const reader = words.reader?.(taker)
    for (const piece of pieces) reader?.frame(piece)
    return { all, reader, taker }
  }

  it('gives the messages that end in a piece, and remembers the rest for this channel alone', () => {
    expect(messagesOf(readText('one tw', 'o three ', 'four').all)).toEqual(['one', 'two', 'three'])
    expect(messagesOf(readText('five ').all)).toEqual(['five'])
    expect([words.decode('one '), words.decode('one two ')]).toEqual([
      { ok: true, message: 'one', bytes: 4 },
      { ok: false, issue: 'expected one whole message' },
    ])
  })

  it('reports what the parser throws behind what it gave before, and gives it the next piece', () => {
    expect(messagesOf(readText('one  ', 'two ').all)).toEqual(['one', 'an empty word', 'two'])
  })

  it('counts every byte that came for a message', () => {
    const bytes = readText('a'.repeat(50), 'a'.repeat(50), ' b ').all.map((one) => one.ok && one.bytes)
    expect(bytes).toEqual([52, 52])
  })

  it('keeps what came at once without a reader', () => {
    const { all, reader, taker } = readText()
    taker.isPaused = true
    reader?.frame('one two ')
    expect(all).toEqual([])
    reader?.readOn(true)
    expect(messagesOf(all)).toEqual(['one', 'two'])
  })
})
