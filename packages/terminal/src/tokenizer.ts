import { DEFAULT_TOKENIZER, type TokenizerOptions } from './options.ts'
import { PendingBytes } from './pending-bytes.ts'
import { latin1, type StringKind, type StringToken, type Token } from './token.ts'
import { Utf8State } from './utf8-state.ts'

const ESC = 0x1b
const BEL = 0x07
const CAN = 0x18
const SUB = 0x1a
const CSI = 0x9b
const ST = 0x9c
/** Lead byte of the C1 characters in UTF-8. */
const C1_LEAD = 0xc2
const HEAD_BYTES = 64

const STRINGS: ReadonlyMap<number, StringKind> = new Map([
  [0x90, 'dcs'],
  [0x98, 'sos'],
  [0x9d, 'osc'],
  [0x9e, 'pm'],
  [0x9f, 'apc'],
])

type State = 'ground' | 'escape' | 'csi' | 'overlong' | 'string' | 'stringEscape'

/**
 * Cuts a stream of UTF-8 into text and control functions, by the states of ECMA-48 and the VT500: sequences that an escape
 * or a C1 character (U+0080 to U+009F) begins, control characters inside them, cancelling. A single byte from 0x80 to 0x9f is
 * no C1 character: terminals read UTF-8 first. It remembers what a chunk left open, so that any
 * cut gives the same tokens (text may come in more pieces). Nothing is lost: the tokens' bytes are the stream, except that
 * a control character inside a sequence comes before it, as it is carried out.
 */
export class Tokenizer {
  readonly #maxSequenceBytes: number
  readonly #maxStringBytes: number
  readonly #utf8 = new Utf8State()
  readonly #open = new PendingBytes()
  #state: State = 'ground'
  #isLead = false
  #opener: StringKind = 'osc'
  #openerBytes = 0
  #head = ''
  #isLaterPart = false
  #tokens: Token[] = []

  constructor(options: TokenizerOptions = {}) {
    this.#maxSequenceBytes = options.maxSequenceBytes ?? DEFAULT_TOKENIZER.maxSequenceBytes
    this.#maxStringBytes = options.maxStringBytes ?? DEFAULT_TOKENIZER.maxStringBytes
  }

  /** What was begun and is in no token yet. A copy. */
  get pending(): Uint8Array {
    const held = [...(this.#state === 'stringEscape' ? [ESC] : []), ...(this.#isLead ? [C1_LEAD] : [])]
    const bytes = new Uint8Array(this.#open.length + held.length)
    bytes.set(this.#open.copy())
    bytes.set(held, this.#open.length)
    return bytes
  }

  /** How many bytes are in `pending`. */
  get pendingBytes(): number {
    return this.#open.length + (this.#state === 'stringEscape' ? 1 : 0) + (this.#isLead ? 1 : 0)
  }

  /** The stream is inside a sequence or a character. */
  get isInside(): boolean {
    return this.#state !== 'ground' || this.#isLead || this.#utf8.begunBytes > 0
  }

  /** How many of the last bytes of text are the beginning of a character. */
  get characterBytes(): number {
    return this.#state === 'ground' && !this.#isLead ? this.#utf8.begunBytes : 0
  }

  /** The tokens that this chunk completes. Bytes of text are views of the chunk. */
  push(chunk: Uint8Array): readonly Token[] {
    this.#tokens = []
    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#state === 'ground' && !this.#isLead) {
        const end = this.#utf8.textEnd(chunk, at)
        if (end > at) this.#tokens.push({ kind: 'text', bytes: chunk.subarray(at, end) })
        at = end
      }
      const byte = chunk[at]
      if (byte !== undefined) this.#byte(byte)
    }
    return this.#tokens
  }

  /** Nothing more belongs to what was begun. @returns it as a token, if there is something */
  flush(): readonly Token[] {
    this.#tokens = []
    if (this.#isLead) this.#graphic(C1_LEAD)
    this.#isLead = false
    this.#leave()
    this.#utf8.reset()
    return this.#tokens
  }

  // ---- kinds of bytes ---------------------------------------------------------------------------

  #byte(byte: number): void {
    if (this.#isLead) {
      this.#isLead = false
      if (byte >= 0x80 && byte <= 0x9f) return this.#c1(byte)
      this.#utf8.takes(C1_LEAD)
      this.#graphic(C1_LEAD)
    }
    if (byte < 0x80) {
      this.#utf8.reset()
      return byte < 0x20 ? this.#c0(byte) : this.#ascii(byte)
    }
    if (byte === C1_LEAD) {
      this.#isLead = true
      this.#utf8.reset()
    } else if (this.#utf8.takes(byte)) this.#graphic(byte)
    else this.#stray(byte)
  }

  #c0(byte: number): void {
    if (this.#state === 'stringEscape') this.#endString(0)
    if (byte === ESC) return this.#escapeCharacter()
    if (this.#state === 'string') {
      if (byte === BEL && this.#opener === 'osc') return this.#terminate([byte])
      if (byte !== CAN && byte !== SUB) return this.#put(byte)
      this.#endString(0)
    } else if (byte === CAN || byte === SUB) this.#abandon()
    this.#tokens.push({ kind: 'control', bytes: Uint8Array.of(byte), code: byte })
  }

  #escapeCharacter(): void {
    if (this.#state === 'string') {
      // The end of the string, or already the next sequence.
      this.#state = 'stringEscape'
      return
    }
    this.#abandon()
    this.#state = 'escape'
    this.#open.append(ESC)
  }

  #c1(code: number): void {
    const bytes = [C1_LEAD, code]
    if (code === ST && this.#state === 'string') return this.#terminate(bytes)
    this.#leave()
    for (const byte of bytes) this.#open.append(byte)
    const opener = STRINGS.get(code)
    if (opener !== undefined) this.#beginString(opener)
    else if (code === CSI) this.#state = 'csi'
    else this.#tokens.push({ kind: 'control', bytes: this.#open.take(), code })
  }

  /** A string has it as a part; a sequence ends without its end, as at any other byte that does not belong there. */
  #stray(byte: number): void {
    if (this.#state === 'string') return this.#put(byte)
    this.#leave()
    this.#tokens.push({ kind: 'stray', bytes: Uint8Array.of(byte) })
  }

  #graphic(byte: number): void {
    if (this.#state === 'string') return this.#put(byte)
    this.#leave()
    this.#tokens.push({ kind: 'text', bytes: Uint8Array.of(byte) })
  }

  #ascii(byte: number): void {
    if (this.#state === 'string') return this.#put(byte)
    if (this.#state === 'stringEscape') {
      if (byte === 0x5c) return this.#terminate([ESC, byte])
      this.#endString(0)
    }
    if (this.#state === 'ground') {
      const isDelete = byte === 0x7f
      const bytes = Uint8Array.of(byte)
      return void this.#tokens.push(isDelete ? { kind: 'control', bytes, code: byte } : { kind: 'text', bytes })
    }
    this.#open.append(byte)
    if (byte === 0x7f) return this.#bound()
    if (this.#state === 'escape') this.#escape(byte)
    else if (byte >= 0x40) this.#endCsi(byte)
    else this.#bound()
  }

  // ---- sequences --------------------------------------------------------------------------------

  #escape(byte: number): void {
    if (byte < 0x30) return this.#bound()
    const isFirst = this.#open.length === 2
    const opener = STRINGS.get(byte + 0x40)
    if (isFirst && byte === 0x5b) {
      this.#state = 'csi'
    } else if (isFirst && opener !== undefined) {
      this.#beginString(opener)
    } else {
      this.#state = 'ground'
      const bytes = this.#open.take()
      const intermediates = latin1(bytes.subarray(1, -1)).replaceAll('\u007f', '')
      this.#tokens.push({ kind: 'escape', bytes, intermediates, final: String.fromCharCode(byte) })
    }
  }

  #endCsi(byte: number): void {
    const isOverlong = this.#state === 'overlong'
    this.#state = 'ground'
    const bytes = this.#open.take()
    // Its escape and bracket, or the two bytes of the C1 character.
    const body = latin1(bytes.subarray(2, -1)).replaceAll('\u007f', '')
    const parts = /^([<=>?]?)([\d:;]*)([ -/]*)$/.exec(body)
    if (isOverlong || parts === null) return void this.#tokens.push({ kind: 'ignored', bytes })
    const [, prefix = '', parameters = '', intermediates = ''] = parts
    this.#tokens.push({ kind: 'csi', bytes, prefix, parameters, intermediates, final: String.fromCharCode(byte) })
  }

  #bound(): void {
    if (this.#open.length <= this.#maxSequenceBytes) return
    this.#state = 'overlong'
    this.#ignore()
  }

  /** Whatever is open ends without its end. */
  #leave(): void {
    if (this.#state === 'string' || this.#state === 'stringEscape') this.#endString(0)
    this.#abandon()
  }

  #abandon(): void {
    this.#ignore()
    this.#state = 'ground'
  }

  #ignore(): void {
    if (this.#open.length > 0) this.#tokens.push({ kind: 'ignored', bytes: this.#open.take() })
  }

  // ---- control strings --------------------------------------------------------------------------

  #beginString(opener: StringKind): void {
    this.#state = 'string'
    this.#opener = opener
    this.#openerBytes = this.#open.length
    this.#head = ''
    this.#isLaterPart = false
  }

  #put(byte: number): void {
    this.#open.append(byte)
    if (this.#open.length < this.#maxStringBytes) return
    this.#pushString(0, this.#isLaterPart ? 'middle' : 'first')
    this.#isLaterPart = true
    this.#openerBytes = 0
  }

  #terminate(bytes: readonly number[]): void {
    for (const byte of bytes) this.#open.append(byte)
    this.#endString(bytes.length)
  }

  /** `terminator`: how many of the last bytes close it. An ESC that closed nothing begins the next sequence. */
  #endString(terminator: number): void {
    const isEscape = this.#state === 'stringEscape' && terminator === 0
    this.#pushString(terminator, this.#isLaterPart ? 'last' : 'whole')
    this.#state = 'ground'
    if (!isEscape) return
    this.#state = 'escape'
    this.#open.append(ESC)
  }

  #pushString(terminator: number, part: StringToken['part']): void {
    const bytes = this.#open.take()
    const data = bytes.subarray(this.#openerBytes, bytes.length - terminator)
    if (!this.#isLaterPart) this.#head = latin1(data.subarray(0, HEAD_BYTES))
    this.#tokens.push({ kind: 'string', bytes, opener: this.#opener, head: this.#head, data, part })
  }
}
