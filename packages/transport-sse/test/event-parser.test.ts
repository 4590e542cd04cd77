import type { SseEvent } from '@holdfast/contract'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { eventParser } from '../src/event-parser.ts'

const encoder = new TextEncoder()

interface Parsed {
  readonly events: SseEvent[]
  readonly retries: number[]
  readonly cursors: string[]
  readonly tooLarge: boolean
}

function parse(pieces: Iterable<Uint8Array>, options: { lastId?: string; maxEventChars?: number } = {}): Parsed {
  const events: SseEvent[] = []
  const retries: number[] = []
  const cursors: string[] = []
  let tooLarge = false
  const feed = eventParser({
    lastId: options.lastId ?? '',
    maxEventChars: options.maxEventChars ?? 1_000_000,
    onEvent: (event) => {
      if (!tooLarge) events.push(event)
    },
    onCursor: (id) => cursors.push(id),
    onRetry: (ms) => retries.push(ms),
    onTooLarge: () => {
      tooLarge = true
    },
  })
  for (const piece of pieces) if (!tooLarge) feed(piece)
  return { events, retries, cursors, tooLarge }
}

/** The algorithm of the standard, letter by letter, over a whole stream; an unfinished event is thrown away. */
function reference(text: string): SseEvent[] {
  const events: SseEvent[] = []
  let data: string | undefined
  let event = ''
  let id: string | undefined
  let lastId = ''
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/)
  for (const line of lines.slice(0, -1)) {
    const [, field = '', value = ''] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? []
    if (line === '') {
      lastId = id ?? lastId
      if (data !== undefined) {
        events.push({ event: event || 'message', data, id: lastId })
      }
      ;[data, event, id] = [undefined, '', undefined]
    } else if (field === 'data') data = data === undefined ? value : `${data}\n${value}`
    else if (field === 'event') event = value
    else if (field === 'id' && !value.includes('\0')) id = value
  }
  return events
}

const RECORDED = [
  '\uFEFF: welcome\r\n\r\n',
  'event: snapshot\r\nid: e1.1\r\ndata: {"größe":"🙂"}\r\n\r\n',
  'retry: 1500\n\n',
  'data: first\ndata:second\ndata\nid: e1.2\n\n',
  ': keep-alive\n\n',
  'event: broadcast\rdata: ｆｕｌｌ\rid: e1.3\r\r',
  'data: without an id\n\n',
  'unknown: field\nid: bad\0id\ndata: x\n\n',
  'id\ndata: the id is empty now\r\n\r\n',
].join('')

it('the parser of events gives the same events wherever a stream is cut in two, at every byte', () => {
  const bytes = encoder.encode(RECORDED)
  const expected = reference(RECORDED)
  expect(expected).toHaveLength(6)
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(parse([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual({
      events: expected,
      retries: [1500],
      cursors: ['e1.1', 'e1.2', 'e1.3', ''],
      tooLarge: false,
    })
  }
})

it('the parser of events gives the same events byte by byte', () => {
  const bytes = encoder.encode(RECORDED)
  expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte))).events).toEqual(reference(RECORDED))
})

it('the parser of events gives exactly the complete events when a stream ends, at every byte', () => {
  const bytes = encoder.encode(RECORDED)
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  for (let end = 0; end <= bytes.length; end += 1) {
    // A character that was cut in two stands in no complete event.
    const text = decoder.decode(bytes.subarray(0, end))
    expect(parse([bytes.subarray(0, end)]).events).toEqual(reference(text))
  }
})

const line = fc.oneof(
  fc.constantFrom('data: a', 'data:b', 'data', 'data: ', 'data:  two', 'event: e', 'event', 'id: 1', 'id', 'id: a\0b'),
  fc.constantFrom(
    'retry: 10',
    'retry: x',
    ': comment',
    ':',
    '',
    '',
    '',
    'data : x',
    ' data: x',
    'DATA: x',
    'dat',
    'é: ü',
  ),
  fc.string({ unit: 'grapheme', maxLength: 12 }).map((text) => `data: ${text.replace(/[\r\n]/g, '')}`),
)
const stream = fc
  .array(fc.tuple(line, fc.constantFrom('\n', '\r', '\r\n')), { maxLength: 40 })
  .map((lines) => lines.map(([text, end]) => text + end).join(''))

it('the parser of events agrees with the standard for any stream in any pieces', () => {
  fc.assert(
    fc.property(stream, fc.array(fc.nat({ max: 400 }), { maxLength: 20 }), (text, cuts) => {
      const bytes = encoder.encode(text)
      const edges = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)).sort((a, b) => a - b), bytes.length]
      const pieces = edges.slice(1).map((edge, index) => bytes.subarray(edges[index] ?? 0, edge))
      expect(parse(pieces).events).toEqual(reference(text))
    }),
    { numRuns: 500 },
  )
})

it('the event parser never throws on any bytes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 200 }), { maxLength: 10 }), (pieces) => {
      parse(pieces, { maxEventChars: 64 })
    }),
    { numRuns: 500 },
  )
})

it('the parser of events starts from the id that was sent', () => {
  const { events } = parse([encoder.encode('data: a\n\nid: 2\ndata: b\n\n')], { lastId: 'one' })
  expect(events.map(({ id }) => id)).toEqual(['one', '2'])
})

it.each([
  ['with its event', 'id: 1\ndata: a\n\n', ['1']],
  ['without data', 'id: 1\ndata: a\n\nid: 7\n\n', ['1', '7']],
  ['with an event of no data, which primes a stream', 'id: prime-0\ndata:\n\n', ['prime-0']],
  ['back to none', 'id: 1\ndata: a\n\nid\n\n', ['1', '']],
  ['not by the same id again', 'id: 1\ndata: a\n\nid: 1\ndata: b\n\n', ['1']],
  ['not by an id with NUL', 'id: 1\n\nid: \0\ndata: x\n\n', ['1']],
  ['not by a block that has not ended', 'id: 1\n\nid: 2\ndata: x\n', ['1']],
])('the parser of events reports where the current id moved: %s', (_how, text, wanted) => {
  expect(parse([encoder.encode(text)]).cursors).toEqual(wanted)
})

it('the parser of events ends at a line, an event of many lines, or an event inside one piece that is too large', () => {
  for (const text of ['x'.repeat(200), 'data: 0123456789\n'.repeat(20), `data: ${'x'.repeat(101)}\n\ndata: next\n\n`]) {
    const whole = parse([encoder.encode(`data: before\n\n${text}`)], { maxEventChars: 100 })
    expect(whole).toMatchObject({ events: [{ data: 'before' }], tooLarge: true })
    const bytes = parse(
      Array.from(encoder.encode(text), (byte) => Uint8Array.of(byte)),
      { maxEventChars: 100 },
    )
    expect(bytes).toMatchObject({ events: [], tooLarge: true })
  }
  expect(parse([encoder.encode(`data: ${'x'.repeat(100)}\n\n`)], { maxEventChars: 100 }).events).toHaveLength(1)
})
