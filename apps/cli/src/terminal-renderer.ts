import { systemClock } from '@holdfast/core'
import type { ShellSession } from '@holdfast/shell'
import {
  type EchoPrediction,
  type InputToken,
  type PredictionMode,
  PredictionPainter,
  type ScreenModes,
  setsTitle,
  TerminalStream,
  type Token,
} from '@holdfast/terminal'

/** Once nothing more comes from while this client was away: what would have made the terminal report may do so. */
const SILENCE_MS = 100
/** Who has to write something else waits this long for the end of what a program is in the middle of, and looks this often. */
const TIMEOUT_MS = 2_000
const LOOK_EVERY_MS = 50
/** XTWINOPS: the title of the person's window is kept, and given back. */
const PUSH_TITLE = '\u001B[22;0t'
const POP_TITLE = '\u001B[23;0t'

/** What a view is made of. */
export interface TerminalRendererOptions {
  /** To the terminal, at once. */
  readonly write: (data: string | Uint8Array) => void
  readonly columns: () => number
  readonly predict: PredictionMode | undefined
  readonly roundTripMs: () => number | undefined
  /** Input that no server has acknowledged, in bytes; undefined where it acknowledges none. */
  readonly unacknowledgedBytes: () => number | undefined
}

/** The person's screen: what is shown of output, what output set there, and what is typed before its echo comes. */
export class TerminalRenderer {
  readonly #stream: TerminalStream
  readonly #painter: PredictionPainter
  readonly #options: TerminalRendererOptions
  #isShowing = false
  #isTitled = false
  #isRestored = false
  #silence: NodeJS.Timeout | undefined
  /** What is to be written once the terminal is at rest, in order. */
  #waiting: (() => void)[] = []
  #look: NodeJS.Timeout | undefined
  /** Since when something waits. */
  #waitsFrom = 0

  constructor(options: TerminalRendererOptions) {
    this.#options = options
    const { columns, predict: mode, roundTripMs, unacknowledgedBytes } = options
    const onChange = (): void => this.#repaint()
    this.#stream = new TerminalStream({
      ...{ clock: systemClock, columns, mode, roundTripMs, unacknowledgedBytes, onChange },
    })
    this.#painter = new PredictionPainter(this.prediction)
  }

  get modes(): ScreenModes {
    return this.#stream.modes
  }

  get prediction(): EchoPrediction {
    return this.#stream.prediction
  }

  /**
   * What is to be written for `output`. `isSilent`: it was made while this client was not there, or is watched only; it
   * does not act, and asks nothing.
   */
  show(output: Uint8Array, isSilent: boolean): Uint8Array {
    this.#isShowing = true
    const erased = this.#painter.erase()
    const { bytes, tokens, drawn } = this.#stream.push(output, isSilent)
    const title = this.#keepsTitle(tokens) ? PUSH_TITLE : ''
    drawn()
    this.#isRestored = false
    this.#listen(isSilent)
    const predicted = this.#stream.isAtRest ? this.#painter.draw(this.#options.columns()) : ''
    this.#isShowing = false
    if (this.#waiting.length > 0) queueMicrotask(() => this.#giveTurn())
    const [before, after] = [`${erased}${title}`, predicted]
    return before === '' && after === '' ? bytes : Buffer.concat([Buffer.from(before), bytes, Buffer.from(after)])
  }

  /**
   * Something else is to be written to the terminal: at once, or when the program is not in the middle of a sequence any
   * more. One that does not end in `TIMEOUT_MS` is ended.
   */
  whenAtRest(write: () => void): void {
    if (this.#waiting.length === 0 && this.#stream.isAtRest) return write()
    if (this.#waiting.length === 0) this.#waitsFrom = systemClock.now()
    this.#waiting.push(write)
    this.#look ??= setInterval(() => this.#giveTurn(), LOOK_EVERY_MS)
    this.#look.unref()
  }

  /** What a person typed was sent. */
  typed(token: InputToken): void {
    this.#stream.typed(token)
  }

  /** Something else writes to the screen now. */
  stepAside(): void {
    this.#options.write(this.#painter.erase())
    this.prediction.forget()
  }

  /** A picture of everything follows, on an empty screen: what a person had there goes where it can be scrolled back to. */
  makeRoom(rows: number): void {
    this.restart()
    this.#options.write(this.modes.dropTitles())
    if (!this.modes.isAlternate) this.#options.write(`\u001B[${rows};1H${'\n'.repeat(rows)}`)
  }

  /** The output continues with something else: what was open is ended. */
  restart(): void {
    this.stepAside()
    this.#options.write(this.#stream.restart())
  }

  /** Puts the terminal back as it was found. Idempotent. */
  restore(): void {
    if (this.#isRestored) return
    this.#isRestored = true
    clearTimeout(this.#silence)
    // What is held continues after it, if the process was only stopped.
    const open = Buffer.from(this.#stream.interrupt()).toString()
    if (open !== '') this.#options.write(open)
    this.#letWrite()
    const title = this.#isTitled ? POP_TITLE : ''
    const restored = this.modes.restore({ columns: this.#options.columns() })
    const bytes = `${this.#painter.erase()}${restored}${title}`
    this.#stream.stop()
    if (bytes !== '') this.#options.write(bytes)
  }

  /** Sets again what was put back. */
  apply(): void {
    this.#isRestored = false
    this.#options.write(`${this.#isTitled ? PUSH_TITLE : ''}${this.modes.apply()}`)
    this.prediction.forget()
  }

  #keepsTitle(tokens: readonly Token[]): boolean {
    // Once a long string has begun, nothing can be put in front of a title behind it.
    const begins = (token: Token): boolean => (token.kind === 'string' && token.part === 'first') || setsTitle(token)
    if (this.#isTitled || !tokens.some(begins)) return false
    this.#isTitled = true
    return true
  }

  #listen(isSilent: boolean): void {
    clearTimeout(this.#silence)
    if (!isSilent) return
    this.#silence = setTimeout(() => this.#options.write(this.#stream.endSilence()), SILENCE_MS)
    this.#silence.unref()
  }

  #giveTurn(): void {
    if (!this.#stream.isAtRest && systemClock.now() - this.#waitsFrom >= TIMEOUT_MS) {
      this.#options.write(this.#stream.interrupt())
    }
    if (this.#stream.isAtRest) this.#letWrite()
  }

  #letWrite(): void {
    clearInterval(this.#look)
    this.#look = undefined
    for (const write of this.#waiting.splice(0)) write()
  }

  #repaint(): void {
    if (this.#isShowing || this.#isRestored || !this.#stream.isAtRest) return
    const bytes = `${this.#painter.erase()}${this.#painter.draw(this.#options.columns())}`
    if (bytes !== '') this.#options.write(bytes)
  }
}

/** The view of this process's terminal on a session. */
export function rendererOf(
  session: () => ShellSession,
  predict: PredictionMode | undefined,
  write: (data: string | Uint8Array) => void,
): TerminalRenderer {
  return new TerminalRenderer({
    write,
    columns: () => process.stdout.columns,
    // Nothing can be drawn, and taken away again, where sequences are shown as text.
    predict: process.env['TERM'] === 'dumb' ? 'never' : predict,
    roundTripMs: () => session().metrics.rttP50,
    unacknowledgedBytes: () => (session().resume === 'exact' ? session().unacknowledgedBytes : undefined),
  })
}
