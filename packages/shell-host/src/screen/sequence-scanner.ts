import { type Token, Tokenizer } from '@holdfast/terminal'

const ESC = 0x1b
/** Lead byte of C1 characters in UTF-8. */
const C1_LEAD = 0xc2
/** Bytes of a character of UTF-8, but the last. */
const MAX_CHARACTER = 3
const BRACKET = 0x5b
/** Longer ones are the tokenizer's, which has a bound on them. */
const MAX_PLAIN_BYTES = 64
/** They move, write or colour: without a prefix or more in front of them they set nothing and ask nothing. */
const PLAIN_FINALS: ReadonlySet<number> = new Set(Buffer.from('ABCDEFGHIJKLMPSTXZ@`abdefm'))
const SHIFT_OUT = 0x0e
const SHIFT_IN = 0x0f
/** P X ] ^ _ behind ESC: a control string, however long. */
const STRING_OPENERS: ReadonlySet<number> = new Set([0x50, 0x58, 0x5d, 0x5e, 0x5f])

/** A sequence that a chunk completes; the offsets are those of the stream. */
export interface ScannedSequence {
  readonly token: Token
  /** Of the sequence's first byte. */
  readonly from: number
  /** After its last byte. */
  readonly end: number
}

/**
 * Finds the sequences in a stream of output that set something, ask or act. Text is passed over at the speed of a search, and
 * so are those that only move, write or colour, which are most of what there is. It knows where a sequence that is not whole
 * yet has begun.
 */
export class SequenceScanner {
  readonly #tokenizer = new Tokenizer()
  #offset: number
  /** Where the open sequence began; undefined between sequences. */
  #openFrom: number | undefined
  #isString = false
  #last = 0
  /** The last bytes. */
  #tail: readonly number[] = []

  constructor(offset: number = 0) {
    this.#offset = offset
  }

  /** The stream up to here was scanned. */
  get offset(): number {
    return this.#offset
  }

  /** Up to here all sequences and all characters are whole. */
  get boundary(): number {
    return this.#openFrom ?? this.#offset - openCharacter(this.#tail)
  }

  /** A sequence is open: what comes belongs to it. */
  get isInside(): boolean {
    return this.#openFrom !== undefined
  }

  /** So many bytes need not be scanned: they are whole lines, and no sequence is open in front of them or behind. */
  pass(length: number): void {
    this.#offset += length
    this.#tail = []
  }

  /** Reports what this chunk completes, and every change of the character set by a control character. */
  scan(chunk: Uint8Array, found: (sequence: ScannedSequence) => void): void {
    const base = this.#offset
    let at = 0
    while (at < chunk.length) {
      if (this.#openFrom === undefined) {
        const next = nextSpecial(chunk, at)
        if (next === chunk.length) break
        at = endOfPlain(chunk, next)
        if (at > next) continue
        this.#openFrom = base + at
      }
      // Behind an escape comes what ends the string, or the next sequence.
      const end = this.#isString && this.#last !== ESC ? endOfPart(chunk, at) : at + 1
      this.#last = chunk[end - 1] ?? 0
      this.#push(chunk.subarray(at, end), base + end, found)
      at = end
    }
    this.#offset = base + chunk.length
    this.#tail = [...this.#tail, ...chunk.subarray(-MAX_CHARACTER)].slice(-MAX_CHARACTER)
  }

  #push(piece: Uint8Array, end: number, found: (sequence: ScannedSequence) => void): void {
    const from = this.#openFrom ?? end
    const tokens = this.#tokenizer.push(piece)
    for (const token of tokens) if (token.kind !== 'text' && !isPlain(token)) found({ token, from, end })
    const { pendingBytes } = this.#tokenizer
    // An escape that cuts off a sequence begins the next one.
    const isCut = tokens.length > 0 && pendingBytes > 0
    this.#openFrom = pendingBytes === 0 ? undefined : isCut ? Math.max(from, end - pendingBytes) : from
    if (pendingBytes === 0) this.#isString = false
    else if (pendingBytes === 2) this.#isString = STRING_OPENERS.has(this.#tokenizer.pending[1] ?? 0)
  }
}

/** One that was cut comes here in the end. */
function isPlain(token: Token): boolean {
  const isBare = token.kind === 'csi' && token.prefix === '' && token.intermediates === ''
  return isBare && PLAIN_FINALS.has(token.final.charCodeAt(0))
}

/** The next byte that may begin a sequence, or switches the character set. */
function nextSpecial(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === ESC || byte === C1_LEAD || byte === SHIFT_OUT || byte === SHIFT_IN) return at
  }
  return chunk.length
}

/** Behind a whole sequence that only moves, writes or colours; where it began if it is another, or not whole. */
export function endOfPlain(chunk: Uint8Array, from: number): number {
  if (chunk[from] !== ESC || chunk[from + 1] !== BRACKET) return from
  const limit = Math.min(chunk.length, from + MAX_PLAIN_BYTES)
  for (let at = from + 2; at < limit; at++) {
    const byte = chunk[at] ?? 0
    if (byte >= 0x30 && byte <= 0x3b) continue
    return PLAIN_FINALS.has(byte) ? at + 1 : from
  }
  return from
}

/** A control string continues at least up to the next control character or byte beyond ASCII. */
function endOfPart(chunk: Uint8Array, from: number): number {
  let at = from
  while (at < chunk.length && isOfString(chunk[at] ?? 0)) at++
  return Math.max(at, from + 1)
}

function isOfString(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f
}

/** How many of these last bytes begin a character that is not whole. */
function openCharacter(tail: readonly number[]): number {
  for (let length = 1; length <= tail.length; length++) {
    const byte = tail[tail.length - length] ?? 0
    if (byte < 0x80) return 0
    if (byte >= 0xc0) return length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? length : 0
  }
  return 0
}
