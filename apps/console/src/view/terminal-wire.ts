import { systemClock } from '@holdfast/core'
import type { ShellSession } from '@holdfast/shell'
import {
  EchoPrediction,
  EchoWatch,
  InputParser,
  type InputToken,
  lastLine,
  OutputFilter,
  ScreenModes,
  type Token,
} from '@holdfast/terminal'

/** Output on its way to the terminal. */
export interface ShownOutput {
  readonly bytes: Uint8Array
  /** To be called once the terminal has drawn it. */
  readonly drawn: () => void
}

/** Between a shell and its terminal: what of output acts, what was set, and what of the input is a person's. */
export class TerminalWire {
  readonly modes: ScreenModes = new ScreenModes()
  readonly prediction: EchoPrediction
  readonly #session: ShellSession
  readonly #filter = new OutputFilter()
  readonly #parser: InputParser
  readonly #watch: EchoWatch
  /** Pieces of output that the terminal has not drawn yet. */
  #drawing = 0
  /** What is drawn now is from before: a terminal that says something to it says it to nobody. */
  #isRestoring = false

  constructor(session: ShellSession, columns: () => number, changed: () => void) {
    const clock = systemClock
    const roundTripMs = (): number | undefined => session.metrics.rttP50
    this.#session = session
    this.#parser = new InputParser({ clock, modes: this.modes })
    this.prediction = new EchoPrediction({ clock, modes: this.modes, columns, roundTripMs, onChange: changed })
    this.#watch = new EchoWatch({
      clock,
      prediction: this.prediction,
      roundTripMs,
      isBehind: () => this.#drawing > 0,
      unacknowledgedBytes: () => (session.resume === 'exact' ? session.unacknowledgedBytes : undefined),
    })
  }

  /** What of `output` is to be drawn. `isSilent`: it was made while nobody was here, or is watched only. */
  show(output: Uint8Array, isSilent: boolean): ShownOutput {
    const { bytes, tokens } = this.#filter.push(output, isSilent)
    this.#drawing += 1
    return { bytes, drawn: () => this.#follow(tokens) }
  }

  /** Nothing more comes from while nobody was here: what the terminal may report from now on. */
  endSilence(): Uint8Array {
    return this.#filter.endSilence()
  }

  /** A screen from before is drawn by `draw`. */
  async restore(screen: string, draw: (text: string) => Promise<void>): Promise<void> {
    this.#isRestoring = true
    const { drawn } = this.show(new TextEncoder().encode(screen), true)
    await draw(screen)
    drawn()
    this.prediction.forget()
    this.#isRestoring = false
  }

  /** The output goes on with something else. @returns what ends what was open */
  restart(): Uint8Array {
    this.prediction.forget()
    return this.#filter.restart()
  }

  /** What the terminal says: typed by a person, or its own. */
  typed(bytes: Uint8Array): void {
    for (const token of [...this.#parser.read(bytes), ...this.#parser.flush()]) {
      if (this.#isRestoring && (token.kind === 'answer' || token.kind === 'focus')) continue
      this.#send(token)
    }
  }

  stop(): void {
    this.#watch.stop()
  }

  #send(token: InputToken): void {
    this.#session.send(token.bytes).catch(() => {})
    this.#watch.typed(token)
  }

  #follow(tokens: readonly Token[]): void {
    this.#drawing -= 1
    const from = lastLine(tokens)
    for (const [at, token] of tokens.entries()) {
      this.modes.see(token)
      if (at >= from) this.prediction.output(token)
    }
    this.prediction.outputEnded()
  }
}
