import { endOfPlain } from './sequence-scanner.ts'

const ESC = 0x1b
const NEWLINE = 0x0a
const RETURN = 0x0d
const COLOR = 0x6d // m
/** What ends plain text, beside sequences: another character set, and the lead byte of C1 characters. */
const ENDS = [0x0e, 0x0f, 0xc2]
/** Shorter text is drawn: finding out costs as much. */
const MIN_BYTES = 32_768
/** A search that is native costs as much as looking at so many bytes. */
const NEAR_BYTES = 64
/** Those of a typed array look at every byte by itself: forty times as long for what is far. */
const { indexOf, lastIndexOf } = Buffer.prototype
const RESETS: ReadonlySet<string> = new Set(['\u001b[m', '\u001b[0m'])

/** Text of which nothing is left when what follows it has been drawn. */
export interface UnseenText {
  readonly from: number
  /** At the end of a line, which is not a part of it. */
  readonly to: number
  /** What it changes all the same: how characters are written. Sequences. */
  readonly pen: Uint8Array
}

/**
 * Lines of plain text that scroll out of all that is kept before anybody can see them: in front of them as many lines as the
 * screen has, so that each further one scrolls, and behind them as many as are kept. It is right where the whole screen
 * scrolls.
 * @param from where to begin looking
 * @param rows lines of the screen
 * @param keptLines lines of the screen and above it
 * @returns undefined where there are none
 */
export function unseenText(
  chunk: Uint8Array,
  from: number,
  { rows, keptLines }: { readonly rows: number; readonly keptLines: number },
): UnseenText | undefined {
  const next = ENDS.map((byte) => positionOf(chunk, byte, from))
  for (let at = from; chunk.length - at >= MIN_BYTES; ) {
    const end = endOfText(chunk, at, next)
    const unseen = end - at < MIN_BYTES ? undefined : within(chunk, at, end, rows, keptLines)
    if (unseen !== undefined) return unseen
    at = end + 1
  }
  return undefined
}

/** Where text and colours end. `next`: where each of `ENDS` is met, brought up to date. */
function endOfText(chunk: Uint8Array, from: number, next: number[]): number {
  for (const [index, position] of next.entries()) {
    if (position < from) next[index] = positionOf(chunk, ENDS[index] ?? 0, from)
  }
  const limit = Math.min(...next)
  for (let at = from; ; ) {
    const sequence = nextEscape(chunk, at, limit)
    if (sequence === limit) return limit
    at = endOfColor(chunk, sequence)
    if (at === sequence) return sequence
  }
}

function within(chunk: Uint8Array, from: number, end: number, rows: number, keptLines: number): UnseenText | undefined {
  const begin = afterLines(chunk, from, end, rows)
  const last = beforeLines(chunk, begin, end, keptLines + 1)
  return last - begin < MIN_BYTES ? undefined : { from: begin, to: last, pen: penOf(chunk, begin, last) }
}

/** Behind so many lines. */
function afterLines(chunk: Uint8Array, from: number, end: number, lines: number): number {
  let at = from
  for (let line = 0; line < lines && at < end; line++) at = Math.min(end, positionOf(chunk, NEWLINE, at) + 1)
  return at
}

/** In front of the end of a line that so many more follow; the cursor is in the first column behind it. */
function beforeLines(chunk: Uint8Array, from: number, end: number, lines: number): number {
  let at = end
  for (let line = 0; at > from; line++) {
    at = lastIndexOf.call(chunk, NEWLINE, at - 1)
    if (at <= from) return from
    if (line >= lines && chunk[at - 1] === RETURN) return at - 1
  }
  return from
}

/** The colours that are in force at the end: those behind the last reset. */
function penOf(chunk: Uint8Array, from: number, end: number): Uint8Array {
  let begin = end
  for (let at = lastIndexOf.call(chunk, ESC, end - 1); at >= from; at = lastIndexOf.call(chunk, ESC, at - 1)) {
    begin = at
    if (isReset(chunk.subarray(at, endOfColor(chunk, at)))) break
  }
  const sequences: Uint8Array[] = []
  for (let at = begin; at < end; at = nextEscape(chunk, at, end)) {
    const sequence = chunk.subarray(at, endOfColor(chunk, at))
    sequences.push(sequence)
    at += sequence.length
  }
  return Buffer.concat(sequences)
}

function isReset(sequence: Uint8Array): boolean {
  return sequence.length <= 4 && RESETS.has(String.fromCharCode(...sequence))
}

function endOfColor(chunk: Uint8Array, from: number): number {
  const end = endOfPlain(chunk, from)
  return chunk[end - 1] === COLOR ? end : from
}

/** `end` where there is none in front of it. */
function nextEscape(chunk: Uint8Array, from: number, end: number): number {
  const near = Math.min(end, from + NEAR_BYTES)
  for (let at = from; at < near; at++) if (chunk[at] === ESC) return at
  return near === end ? end : Math.min(end, positionOf(chunk, ESC, near))
}

/** The end where it is not met. */
function positionOf(chunk: Uint8Array, byte: number, from: number): number {
  const at = indexOf.call(chunk, byte, from)
  return at < 0 ? chunk.length : at
}
