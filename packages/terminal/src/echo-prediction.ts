import type { Clock, Timer } from '@holdfast/contract'
import type { InputToken } from './input-token.ts'
import { LineGuess } from './line-guess.ts'
import { type LineCell, LineTracker } from './line-tracker.ts'
import { DEFAULT_PREDICTION, type PredictionMode } from './options.ts'
import { isSameLine, type PredictedLine, predictedLine } from './predicted-line.ts'
import { Prompts } from './prompts.ts'
import type { ScreenModes } from './screen-modes.ts'
import type { Token } from './token.ts'
import { editsOf, type LineEdit } from './typed-keys.ts'

/** What a prediction works with. */
export interface EchoPredictionOptions {
  readonly clock: Clock
  /** What output has set; it follows the output before this does, token by token. */
  readonly modes: ScreenModes
  readonly columns: () => number
  /** `auto`: above a round trip of 60 ms, and whatever waits for longer. @defaultValue 'auto' */
  readonly mode?: PredictionMode | undefined
  /** The round trip as otherwise measured, in milliseconds. */
  readonly roundTripMs?: (() => number | undefined) | undefined
  /** `line` is another one. */
  readonly onChange: () => void
}

interface Pending {
  readonly edit: LineEdit
  /** Input ends here, in bytes since the beginning. */
  readonly end: number
  readonly at: number
  /** When the program had it. */
  readonly readAt?: number
}

const MAX_PENDING = 1_024

/**
 * What is typed, before its echo has come: for the painter of a terminal. Each key is taken for what a line editor makes of
 * it, and compared with what comes. Nothing is shown where it is unknown whether it is echoed: only after an echo in this
 * line, or at a prompt at which input was echoed before; not in full-screen programs, nor with a hidden cursor. What is
 * not confirmed goes once the program had the input for `graceMs`: it is wrong for a round trip at most.
 */
export class EchoPrediction {
  readonly #options: EchoPredictionOptions
  readonly #mode: PredictionMode
  readonly #tracker: LineTracker
  readonly #prompts = new Prompts()
  readonly #decoder = new TextDecoder()
  #pending: Pending[] = []
  #base: { readonly cells: readonly LineCell[]; readonly column: number } = { cells: [], column: 0 }
  #line = 0
  /** The column in which the cursor was when nothing was pending any more. */
  #settled: number | undefined
  /** The column where input of this line began; undefined before the first key. */
  #start: number | undefined
  #isConfirmed = false
  /** Output does not fit any more: shown again when it does. */
  #doubtedAt: number | undefined
  #acknowledged = 0
  /** How long echoes take, as measured. In milliseconds. */
  #echoMs: number | undefined
  #isSlow = false
  #isAway = false
  #timer: Timer | undefined
  #shown: PredictedLine | undefined

  constructor(options: EchoPredictionOptions) {
    this.#options = options
    this.#mode = options.mode ?? DEFAULT_PREDICTION.mode
    this.#tracker = new LineTracker({ columns: options.columns, rendition: () => options.modes.rendition })
  }

  /** What is to be shown over the line now. */
  get line(): PredictedLine | undefined {
    return this.#shown
  }

  /** Something that was typed is neither confirmed nor given up. */
  get isWaiting(): boolean {
    return this.#pending.length > 0
  }

  /** The line as output has made it. */
  get actual(): LineTracker {
    return this.#tracker
  }

  /** The graphic rendition that output has in force, as bytes. */
  get rendition(): string {
    return this.#options.modes.rendition
  }

  /** Input was sent. `end`: the bytes of input so far, with this token. */
  typed(token: InputToken, end: number): void {
    if (this.#mode === 'never') return
    const at = this.#options.clock.now()
    for (const edit of editsOf(token, this.#decoder)) this.#add({ edit, end, at })
    this.#update()
  }

  /** Output came. Call it after `modes` has seen a token and with all tokens, in order; then `outputEnded()`. */
  output(token: Token): void {
    if (this.#mode !== 'never') this.#tracker.see(token)
  }

  /** All tokens of a piece of output were passed. */
  outputEnded(): void {
    if (this.#mode === 'never') return
    if (this.#tracker.line !== this.#line) this.#lineChanged()
    else this.#compare()
    this.#update()
  }

  /** The program has input up to here. */
  acknowledged(end: number): void {
    if (end <= this.#acknowledged) return
    this.#acknowledged = end
    const readAt = this.#options.clock.now()
    this.#pending = this.#pending.map((one) => (one.end <= end ? { readAt, ...one } : one))
    this.#update()
  }

  /** There is no connection now: what is typed is shown however quick it was before. */
  away(isAway: boolean): void {
    this.#isAway = isAway
    this.#update()
  }

  /** Another size, another shell, a redraw: whatever was expected is not any more. */
  forget(): void {
    this.#tracker.forget()
    this.#line = this.#tracker.line
    this.#newLine()
    this.#pending = []
    this.#update()
  }

  stop(): void {
    this.#timer?.cancel()
    this.#pending = []
    this.#shown = undefined
  }

  // ---- keys -------------------------------------------------------------------------------------

  #add(pending: Pending): void {
    if (this.#pending.length >= MAX_PENDING) return
    if (this.#pending.length === 0) {
      const { column, cells } = this.#tracker
      if (column === undefined) return
      this.#base = { cells: [...cells], column }
      // Something was written since the last key: a prompt, for example.
      if (column !== this.#settled) this.#newLine()
      this.#start ??= column
    }
    this.#pending.push(pending)
  }

  // ---- echoes -----------------------------------------------------------------------------------

  /** Which of the states that are expected the line is in. */
  #compare(): void {
    const { column, cells } = this.#tracker
    if (this.#pending.length === 0) this.#doubtedAt = undefined
    if (this.#pending.length === 0 || column === undefined) return
    const guess = this.#guess()
    let confirmed = guess.matches(cells, column) ? 0 : undefined
    for (const [at, { edit }] of this.#pending.entries()) {
      if (!guess.apply(edit)) break
      if (guess.matches(cells, column)) confirmed = at + 1
    }
    if (confirmed === undefined) this.#doubtedAt ??= this.#options.clock.now()
    else this.#confirm(confirmed)
  }

  #confirm(count: number): void {
    this.#doubtedAt = undefined
    if (count === 0) return
    const now = this.#options.clock.now()
    const settled = this.#pending.splice(0, count)
    const last = settled.at(-1)
    if (settled.some(({ edit }) => edit.kind === 'insert')) {
      this.#isConfirmed = true
      this.#prompts.learn(this.#prompt())
    }
    if (last !== undefined && !this.#isAway) this.#measure(now - last.at)
    this.#rebase()
  }

  #measure(ms: number): void {
    this.#echoMs = this.#echoMs === undefined ? ms : this.#echoMs * 0.75 + ms * 0.25
  }

  #lineChanged(): void {
    this.#line = this.#tracker.line
    const enter = this.#pending.findIndex(({ edit }) => edit.kind === 'enter')
    // What was typed behind it belongs to a line that is not known yet.
    this.#pending = enter < 0 ? [] : this.#pending.slice(enter + 1)
    this.#newLine()
    this.#rebase()
  }

  #newLine(): void {
    this.#isConfirmed = false
    this.#start = undefined
    this.#doubtedAt = undefined
  }

  #rebase(): void {
    const { column, cells } = this.#tracker
    if (column === undefined) this.#pending = []
    else this.#base = { cells: [...cells], column }
    if (this.#pending.length > 0) this.#start ??= column
    else this.#settled = column
  }

  /** What the program had long enough and did not echo was guessed wrong, or cannot be guessed. */
  #expire(now: number): void {
    const grace = DEFAULT_PREDICTION.graceMs
    const isDoubtful = this.#doubtedAt !== undefined && now - this.#doubtedAt >= grace && !this.#isAway
    const readAt = this.#pending[0]?.readAt ?? Number.POSITIVE_INFINITY
    if (!isDoubtful && now - readAt < grace) return
    const has = (kind: LineEdit['kind']): boolean => this.#pending.some(({ edit }) => edit.kind === kind)
    const isWrong = isDoubtful ? !has('enter') && !has('unknown') : this.#pending[0]?.edit.kind === 'insert'
    const isOnNewLine = isDoubtful && !has('unknown')
    this.#pending = isDoubtful ? [] : this.#pending.filter(({ end }) => end > this.#acknowledged)
    this.#doubtedAt = undefined
    if (isWrong) {
      this.#isConfirmed = false
      this.#prompts.forget(this.#prompt())
    }
    if (isOnNewLine) this.#newLine()
    this.#rebase()
  }

  // ---- what is shown ----------------------------------------------------------------------------

  #update(): void {
    const now = this.#options.clock.now()
    this.#expire(now)
    const line = this.#isShown(now) ? this.#predicted() : undefined
    this.#arm(now)
    if (isSameLine(line, this.#shown)) return
    this.#shown = line
    this.#options.onChange()
  }

  #isShown(now: number): boolean {
    const [first] = this.#pending
    if (first === undefined || this.#doubtedAt !== undefined || !this.#canKnow()) return false
    if (!this.#isConfirmed && !this.#prompts.knows(this.#prompt())) return false
    if (this.#mode === 'always' || this.#isAway) return true
    const { slowMs, quickMs, lateMs } = DEFAULT_PREDICTION
    const roundTripMs = this.#echoMs ?? this.#options.roundTripMs?.() ?? 0
    this.#isSlow = roundTripMs >= (this.#isSlow ? quickMs : slowMs)
    return this.#isSlow || now - first.at >= lateMs
  }

  /** The cursor is where a person types, in a line that is written from left to right. */
  #canKnow(): boolean {
    const { modes } = this.#options
    return !modes.isAlternate && modes.isCursorShown && modes.isPlainText && this.#tracker.column !== undefined
  }

  #predicted(): PredictedLine | undefined {
    const guess = this.#guess()
    let known = 0
    while (known < this.#pending.length && guess.apply(this.#pending[known]?.edit ?? { kind: 'unknown' })) known += 1
    const hidden = this.#isAway ? this.#pending.length - known : 0
    return predictedLine(guess, this.#tracker, hidden)
  }

  #guess(): LineGuess {
    const { cells, column } = this.#base
    return new LineGuess(cells, column, this.#start ?? column, this.#options.columns())
  }

  #prompt(): string {
    const cells = this.#tracker.cells.slice(0, this.#start ?? 0)
    return cells.map(({ text }) => text).join('')
  }

  /** The next moment at which something changes by itself. */
  #arm(now: number): void {
    this.#timer?.cancel()
    this.#timer = undefined
    const [first] = this.#pending
    if (first === undefined) return
    const { graceMs, lateMs } = DEFAULT_PREDICTION
    const due = [first.at + lateMs]
    if (first.readAt !== undefined) due.push(first.readAt + graceMs)
    if (this.#doubtedAt !== undefined && !this.#isAway) due.push(this.#doubtedAt + graceMs)
    const next = Math.min(...due.filter((at) => at > now))
    if (Number.isFinite(next)) this.#timer = this.#options.clock.after(next - now, () => this.#update())
  }
}
