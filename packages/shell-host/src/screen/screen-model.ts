import type { TerminalSize } from '@holdfast/protocol/shell'
import { effectOf, ScreenModes } from '@holdfast/terminal'
import unicode11 from '@xterm/addon-unicode11'
import headless, { type Terminal } from '@xterm/headless'
import { reportState } from './answers/state-reports.ts'
import { answerQueries } from './answers/terminal-answers.ts'
import { snapshotOf } from './screen-snapshot.ts'
import { type ScannedSequence, SequenceScanner } from './sequence-scanner.ts'
import { type UnseenText, unseenText } from './unseen-text.ts'
import { coreOf, guardErasing, type XtermCore } from './xterm-internals.ts'

/**
 * Lines that are kept above the screen. A line of 80 columns takes 1.4 KiB, of which 0.5 are what xterm.js needs beside its
 * cells: so many fit into what a thousand would take without that.
 */
export const SCROLLBACK_LINES = 800
/** Cells of one screen with its scrollback; a wider one keeps fewer lines, so that memory stays bounded. */
const MAX_CELLS = 1_048_576
/** No window is larger; a program with a larger one is shown in a part of it. */
const MAX_COLUMNS = 2_000
const MAX_ROWS = 500
/** Taken by the parser at once: its own buffer is four times as large. */
const PARSE_BYTES = 8_192
/** Zeros, which a terminal ignores: they are passed over where so many are in a row. */
const NOTHING: Uint8Array = new Uint8Array(4_096)
/** An answer that is longer is none. */
const MAX_ANSWER = 512

/** A question of the program, and what a terminal says to it. */
export interface ScreenAnswer {
  /** Offset of the question's first byte. */
  readonly from: number
  /** Offset after its last byte. */
  readonly end: number
  readonly text: string
}

/** What a terminal shows, as output that paints it. */
export interface ScreenPicture {
  /** Output continues here. */
  readonly at: number
  readonly size: TerminalSize
  readonly bytes: Uint8Array
}

/**
 * The terminal of one shell without a window: follows its output, knows what the screen shows and what is set, and says
 * what a terminal would answer. Offsets are those of the output.
 */
export class ScreenModel {
  readonly #answered: (answer: ScreenAnswer) => void
  readonly #terminal: Terminal
  readonly #core: XtermCore
  readonly #modes = new ScreenModes()
  readonly #scanner: SequenceScanner
  #answers: string[] = []

  /** `at`: the offset of the first byte that it will be given. */
  constructor(size: TerminalSize, at: number, answered: (answer: ScreenAnswer) => void) {
    this.#answered = answered
    this.#scanner = new SequenceScanner(at)
    const { cols, rows } = gridOf(size)
    this.#terminal = new headless.Terminal({
      ...{ cols, rows, scrollback: scrollbackOf(cols, rows) },
      ...{
        allowProposedApi: true,
        logLevel: 'off',
        windowOptions: { getWinSizeChars: true, pushTitle: true, popTitle: true },
      },
    })
    this.#terminal.loadAddon(new unicode11.Unicode11Addon())
    this.#terminal.unicode.activeVersion = '11'
    this.#core = coreOf(this.#terminal)
    guardErasing(this.#terminal)
    this.#terminal.onData((text) => this.#answers.push(text))
    answerQueries(this.#terminal, this.#modes, (text) => this.#answers.push(text))
    reportState(this.#terminal, this.#modes, (text) => this.#answers.push(text))
  }

  /** The output up to here is on the screen. */
  get at(): number {
    return this.#scanner.offset
  }

  get terminal(): Terminal {
    return this.#terminal
  }

  /** Takes output. */
  feed(chunk: Uint8Array): void {
    let from = 0
    for (let at = 1; at + NOTHING.length <= chunk.length; at += NOTHING.length) {
      if (!isNothing(chunk, at)) continue
      // With the zero in front of it, which ends a character that stands open.
      if (at > from) this.#draw(chunk.subarray(from, at))
      from = at
      if (this.#scanner.isInside) continue
      this.#scanner.pass(NOTHING.length)
      from += NOTHING.length
    }
    this.#draw(chunk.subarray(from))
  }

  /** Lines that scroll out of all that is kept are counted, and not drawn. */
  #draw(chunk: Uint8Array): void {
    let from = 0
    for (let unseen = this.#unseen(chunk, from); unseen !== undefined; unseen = this.#unseen(chunk, from)) {
      this.#take(chunk.subarray(from, unseen.from))
      from = unseen.from
      // It was plain text all through: what was so in front of it is so behind it.
      if (!this.#isScrolling) break
      this.#parse(unseen.pen)
      this.#scanner.pass(unseen.to - unseen.from)
      from = unseen.to
    }
    this.#take(chunk.subarray(from))
  }

  #unseen(chunk: Uint8Array, from: number): UnseenText | undefined {
    const { rows, options } = this.#terminal
    return unseenText(chunk, from, { rows, keptLines: rows + (options.scrollback ?? 0) })
  }

  /** Every further line scrolls the whole screen: no sequence is open, and no part of it scrolls by itself. */
  get #isScrolling(): boolean {
    const { rows, buffer } = this.#terminal
    const { normal, alt } = this.#core._bufferService.buffers
    const { scrollTop, scrollBottom } = buffer.active.type === 'alternate' ? alt : normal
    return !this.#scanner.isInside && scrollTop === 0 && scrollBottom === rows - 1
  }

  #take(chunk: Uint8Array): void {
    const base = this.#scanner.offset
    let parsed = 0
    this.#scanner.scan(chunk, (sequence) => {
      this.#modes.see(sequence.token)
      if (effectOf(sequence.token) !== 'ask') return
      this.#parse(chunk.subarray(parsed, sequence.end - base))
      parsed = sequence.end - base
      this.#reportSequence(sequence)
    })
    this.#parse(chunk.subarray(parsed))
    // xterm.js answers at the escape of a terminator that is cut in two.
    if (this.#scanner.boundary === this.#scanner.offset) this.#answers = []
  }

  resize(size: TerminalSize): void {
    const { cols, rows } = gridOf(size)
    if (cols === this.#terminal.cols && rows === this.#terminal.rows) return
    this.#terminal.options.scrollback = scrollbackOf(cols, rows)
    this.#terminal.resize(cols, rows)
  }

  /**
   * What is shown, as output. A sequence of which only the beginning has come belongs to what follows: the picture is as
   * of before it. Where it would be longer than `maxBytes`, the oldest lines above the screen are left out.
   */
  picture(maxBytes: number): ScreenPicture {
    const bytes = snapshotOf({ terminal: this.#terminal, modes: this.#modes }, maxBytes)
    return { at: this.#scanner.boundary, size: { width: this.#terminal.cols, height: this.#terminal.rows }, bytes }
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  #parse(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; at += PARSE_BYTES) {
      this.#core._inputHandler.parse(bytes.subarray(at, at + PARSE_BYTES))
    }
  }

  #reportSequence({ from, end }: ScannedSequence): void {
    const text = this.#answers.join('')
    this.#answers = []
    if (text !== '' && text.length <= MAX_ANSWER) this.#answered({ from, end, text })
  }
}

/** From here on, and one byte in front of it. */
function isNothing(chunk: Uint8Array, from: number): boolean {
  if (chunk[from - 1] !== 0 || chunk[from] !== 0) return false
  return Buffer.compare(NOTHING, chunk.subarray(from, from + NOTHING.length)) === 0
}

function gridOf({ width, height }: TerminalSize): { readonly cols: number; readonly rows: number } {
  // xterm.js has no terminal of one column.
  return { cols: Math.min(Math.max(width, 2), MAX_COLUMNS), rows: Math.min(height, MAX_ROWS) }
}

function scrollbackOf(cols: number, rows: number): number {
  return Math.max(0, Math.min(SCROLLBACK_LINES, Math.floor(MAX_CELLS / cols) - rows))
}
