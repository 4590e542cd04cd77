import { isUtf8 } from 'node:buffer'
import type { LogEvent } from '@holdfast/log'

/** Who appended, where it said so (protocol §5.2.1): id, epoch, number. */
export type ProducerTuple = readonly [id: string, epoch: number, seq: number]

/** What one append adds to what a stream knows of its writers. */
export interface AppendMarks {
  readonly producer?: ProducerTuple | undefined
  /** `Stream-Seq`. */
  readonly seq?: string | undefined
}

/** One event, before it has an id. */
export interface StoredPart {
  readonly kind: string
  readonly payload: unknown
}

/** What an event of a stream's log says. */
export interface ReadPart extends AppendMarks {
  readonly type: 'data' | 'close'
  /** Bytes, empty for a close. */
  readonly bytes: Buffer
  /** The next event belongs to the same append. */
  readonly continues: boolean
}

/**
 * The kinds of a stream's events: `t` text, `b` bytes in base64, each with `+` where the append continues in the next event;
 * `c` closes the stream. The payload is the content, or `{d, p, s}` of the last event of an append whose writer said who it is.
 */
const CLOSE = 'c'
const MORE = '+'

/** Bytes of one event: as base64 they fit the 256 KiB that a log gives to it. */
const PART_BYTES = 180_000
/** Text whose JSON is longer is kept as base64. */
const TEXT_BYTES = 245_000
/** Of the longest escape of a byte of text. */
const ESCAPE_BYTES = 6

const NOTHING = Buffer.alloc(0)

/** An append as events: all of its bytes, and at the end what its writer said. `closes`: nothing comes after it. */
export function storedAppend(bytes: Buffer, marks: AppendMarks, closes: boolean): readonly StoredPart[] {
  const parts = bytes.length === 0 ? [] : partsOf(bytes)
  if (!closes) return marked(parts, marks)
  return [...parts, { kind: CLOSE, payload: marksIn(marks) ?? {} }]
}

/** Undefined where another program wrote it. */
export function readPart({ kind, payload }: Pick<LogEvent, 'kind' | 'payload'>): ReadPart | undefined {
  const content = contentOf(payload)
  if (kind === CLOSE) return { type: 'close', bytes: NOTHING, continues: false, ...content.marks }
  const encoding = kind.startsWith('t') ? 'utf8' : kind.startsWith('b') ? 'base64' : undefined
  if (encoding === undefined || content.text === undefined) return undefined
  const bytes = Buffer.from(content.text, encoding)
  return { type: 'data', bytes, continues: kind.endsWith(MORE), ...content.marks }
}

/** Whether this event closes its stream. */
export function isClose({ kind }: Pick<LogEvent, 'kind'>): boolean {
  return kind === CLOSE
}

/** Whether the append continues in the next event. */
export function isContinued({ kind }: Pick<LogEvent, 'kind'>): boolean {
  return kind.endsWith(MORE)
}

/** What the writer said, without the content. */
export function marksOf({ payload }: Pick<LogEvent, 'payload'>): AppendMarks {
  return contentOf(payload).marks
}

function partsOf(bytes: Buffer): StoredPart[] {
  const parts: StoredPart[] = []
  for (let from = 0; from < bytes.length; ) {
    const end = cutAt(bytes, from)
    const piece = bytes.subarray(from, end)
    const { kind, payload } = partOf(piece)
    parts.push({ kind: end < bytes.length ? `${kind}${MORE}` : kind, payload })
    from = end
  }
  return parts
}

/** No later than a part may end, and between two characters where there are any. */
function cutAt(bytes: Buffer, from: number): number {
  let end = from + PART_BYTES
  if (end >= bytes.length) return bytes.length
  for (let back = 0; back < 3 && ((bytes[end] ?? 0) & 0xc0) === 0x80; back++) end--
  return end
}

function partOf(piece: Buffer): StoredPart {
  if (isUtf8(piece)) {
    const text = piece.toString()
    const isShort = piece.length * ESCAPE_BYTES <= TEXT_BYTES || Buffer.byteLength(JSON.stringify(text)) <= TEXT_BYTES
    if (isShort) return { kind: 't', payload: text }
  }
  return { kind: 'b', payload: piece.toString('base64') }
}

function marked(parts: readonly StoredPart[], marks: AppendMarks): readonly StoredPart[] {
  const said = marksIn(marks)
  const last = parts.at(-1)
  if (said === undefined || last === undefined) return parts
  return [...parts.slice(0, -1), { kind: last.kind, payload: { d: last.payload, ...said } }]
}

function marksIn({ producer, seq }: AppendMarks): object | undefined {
  if (producer === undefined && seq === undefined) return undefined
  return { ...(producer === undefined ? {} : { p: producer }), ...(seq === undefined ? {} : { s: seq }) }
}

function contentOf(payload: unknown): { readonly text?: string | undefined; readonly marks: AppendMarks } {
  if (typeof payload === 'string') return { text: payload, marks: {} }
  if (typeof payload !== 'object' || payload === null) return { marks: {} }
  const { d, p, s }: { d?: unknown; p?: unknown; s?: unknown } = payload
  const producer = tupleOf(p)
  return {
    ...(typeof d === 'string' ? { text: d } : {}),
    marks: {
      ...(producer === undefined ? {} : { producer }),
      ...(typeof s === 'string' ? { seq: s } : {}),
    },
  }
}

function tupleOf(value: unknown): ProducerTuple | undefined {
  if (!Array.isArray(value)) return undefined
  const [id, epoch, seq]: readonly unknown[] = value
  const isTuple = typeof id === 'string' && typeof epoch === 'number' && typeof seq === 'number'
  return isTuple ? [id, epoch, seq] : undefined
}
