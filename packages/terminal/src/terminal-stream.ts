import type { Clock } from '@holdfast/contract'
import { EchoPrediction } from './echo-prediction.ts'
import { EchoWatch } from './echo-watch.ts'
import type { InputToken } from './input-token.ts'
import { lastLine } from './line-tracker.ts'
import type { PredictionMode } from './options.ts'
import { type FilteredOutput, OutputFilter } from './output-filter.ts'
import { ScreenModes } from './screen-modes.ts'
import type { Token } from './token.ts'

/** What a {@link TerminalStream} needs to know of its terminal and of its shell. */
export interface TerminalStreamOptions {
  readonly clock: Clock
  /** The width of the terminal, in cells. */
  readonly columns: () => number
  /** When typed text is shown before its echo. @defaultValue as {@link EchoPrediction} has it */
  readonly mode?: PredictionMode | undefined
  /** The round trip as otherwise measured, in milliseconds. */
  readonly roundTripMs: () => number | undefined
  /** How many bytes of the input are not acknowledged; undefined where the server acknowledges none. */
  readonly unacknowledgedBytes: () => number | undefined
  /** What is predicted has changed. */
  readonly onChange: () => void
}

/** Output on its way to a terminal. */
export interface StreamedOutput extends FilteredOutput {
  /** To be called once the terminal has drawn `bytes`: what they set counts from then on. */
  readonly drawn: () => void
}

/** Output of a shell on its way to a terminal: what of it acts, what it sets there, and what is predicted of its echoes. */
export class TerminalStream {
  readonly modes: ScreenModes = new ScreenModes()
  readonly prediction: EchoPrediction
  readonly #filter = new OutputFilter()
  readonly #watch: EchoWatch
  /** Pieces of output that the terminal has not drawn yet. */
  #drawing = 0

  constructor(options: TerminalStreamOptions) {
    this.prediction = new EchoPrediction({ ...options, modes: this.modes })
    this.#watch = new EchoWatch({ ...options, prediction: this.prediction, isBehind: () => this.#drawing > 0 })
  }

  /** Whether the output is between two sequences: something else may be written to the terminal. */
  get isAtRest(): boolean {
    return this.#filter.isAtRest
  }

  /** What of `output` is to be drawn. `isSilent`: it was made while no client was attached, or is only watched. */
  push(output: Uint8Array, isSilent: boolean): StreamedOutput {
    const filtered = this.#filter.push(output, isSilent)
    this.#drawing += 1
    return { ...filtered, drawn: () => this.#drawn(filtered.tokens) }
  }

  /** Input was sent, just now. */
  typed(token: InputToken): void {
    this.#watch.typed(token)
  }

  /** All silent output has come. @returns what the terminal may report from now on */
  endSilence(): Uint8Array {
    return this.#filter.endSilence()
  }

  /** Something else is to be written in the middle of a sequence. @returns what ends it; its rest is left out */
  interrupt(): Uint8Array {
    return this.#filter.interrupt()
  }

  /** The output continues with something else. @returns what ends a sequence that was begun */
  restart(): Uint8Array {
    this.prediction.forget()
    return this.#filter.restart()
  }

  /** Nothing is predicted from here on. */
  stop(): void {
    this.#watch.stop()
  }

  #drawn(tokens: readonly Token[]): void {
    this.#drawing -= 1
    const from = lastLine(tokens)
    for (const [at, token] of tokens.entries()) {
      this.modes.see(token)
      if (at >= from) this.prediction.output(token)
    }
    this.prediction.outputEnded()
  }
}
