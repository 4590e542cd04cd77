import { systemClock } from '@holdfast/core'
import type { ShellSession } from '@holdfast/shell'
import { InputParser, TerminalStream } from '@holdfast/terminal'

/** Between a shell and its terminal: the output, and of the input what a person types. */
export class TerminalBinding {
  readonly stream: TerminalStream
  readonly #session: ShellSession
  readonly #parser: InputParser
  /** What is drawn now is from before: what the terminal answers to it is dropped. */
  #isRestoring = false

  constructor(session: ShellSession, columns: () => number, onChange: () => void) {
    const clock = systemClock
    const roundTripMs = (): number | undefined => session.metrics.rttP50
    const unacknowledgedBytes = (): number | undefined =>
      session.resume === 'exact' ? session.unacknowledgedBytes : undefined
    this.#session = session
    this.stream = new TerminalStream({ clock, columns, roundTripMs, unacknowledgedBytes, onChange })
    this.#parser = new InputParser({ clock, modes: this.stream.modes })
  }

  /** A screen from before is drawn by `draw`. */
  async restore(screen: string, draw: (text: string) => Promise<void>): Promise<void> {
    this.#isRestoring = true
    const { drawn } = this.stream.push(new TextEncoder().encode(screen), true)
    await draw(screen)
    drawn()
    this.stream.prediction.forget()
    this.#isRestoring = false
  }

  /** What the terminal says: typed by a person, or its own. */
  typed(bytes: Uint8Array): void {
    for (const token of [...this.#parser.read(bytes), ...this.#parser.flush()]) {
      if (this.#isRestoring && (token.kind === 'answer' || token.kind === 'focus')) continue
      this.#session.send(token.bytes).catch(() => {})
      this.stream.typed(token)
    }
  }
}
