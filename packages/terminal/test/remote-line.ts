import { VirtualClock } from '@holdfast/testkit'
import {
  EchoPrediction,
  InputParser,
  type PredictionMode,
  PredictionPainter,
  ScreenModes,
  Tokenizer,
} from '../src/index.ts'

const utf8 = (text: string): Uint8Array => Buffer.from(text)

/** How a program answers keys. `loud`: it makes everything large. `silent`: it echoes nothing. */
export type Echo = 'editor' | 'silent' | 'loud'

const PROMPT = '$ '

/** A program with a line editor, behind a connection with a round trip, and the terminal before it with predictions. */
export class RemoteLine {
  readonly clock: VirtualClock = new VirtualClock()
  readonly modes: ScreenModes = new ScreenModes()
  readonly prediction: EchoPrediction
  readonly painter: PredictionPainter
  /** Everything that was written to the terminal, predictions included; and what a terminal without them would have. */
  written = ''
  plain = ''
  /** Lines as they were shown, with the time from which on. */
  readonly shown: { readonly at: number; readonly text: string }[] = []
  /** Lines as a terminal without predictions has them. */
  readonly states: Set<string> = new Set()
  echo: Echo = 'editor'
  /** Each way. */
  delayMs: number
  #parser: InputParser
  #tokenizer = new Tokenizer()
  #sent = 0
  #line = ''
  #cursor = 0
  #prompt = PROMPT
  #next: string | undefined
  #upFree = 0
  #downFree = 0

  constructor(roundTripMs: number, mode: PredictionMode = 'auto') {
    this.delayMs = roundTripMs / 2
    this.#parser = new InputParser({ clock: this.clock, modes: this.modes })
    this.prediction = new EchoPrediction({
      clock: this.clock,
      modes: this.modes,
      columns: () => 80,
      mode,
      onChange: () => this.#repaint(),
    })
    this.painter = new PredictionPainter(this.prediction)
    this.print(PROMPT)
  }

  /** The line as it is shown now, predictions included. */
  get text(): string {
    const { actual, line } = this.prediction
    const cells = actual.cells.map(({ text }) => text)
    for (const [at, { text }] of line?.cells.entries() ?? []) cells[(line?.from ?? 0) + at] = text
    return cells.join('').trimEnd()
  }

  get #actual(): string {
    const { cells } = this.prediction.actual
    return cells
      .map(({ text }) => text)
      .join('')
      .trimEnd()
  }

  /** A person types. */
  type(text: string): void {
    for (const token of this.#parser.read(utf8(text))) {
      this.#sent += token.bytes.length
      const end = this.#sent
      this.prediction.typed(token, end)
      this.#note()
      this.#up(() => this.#receive(Buffer.from(token.bytes).toString(), end))
    }
  }

  /** The program prints something of its own. */
  print(text: string): void {
    this.#down(() => this.#output(text))
  }

  /** It is interrupted by a message, and shows its line again. */
  interrupt(text: string): void {
    const back = this.#line.length - this.#cursor
    const line = this.echo === 'silent' ? '' : this.#line
    this.print(`\r\n${text}\r\n${this.#prompt}${line}${back > 0 && line !== '' ? `\x1b[${back}D` : ''}`)
  }

  /** It asks for something that it does not echo, or for the next command. */
  ask(prompt: string, echo: Echo): void {
    this.echo = echo
    this.#prompt = prompt
    this.#line = ''
    this.#cursor = 0
    this.print(`\r\n${prompt}`)
  }

  /** The silent question is answered, and the next prompt stands in its line. */
  end(prompt: string): void {
    this.#next = prompt
    this.type('\r')
  }

  async run(ms: number): Promise<void> {
    await this.clock.advance(ms)
    this.#note()
  }

  #up(run: () => void): void {
    const at = Math.max(this.clock.now() + this.delayMs, this.#upFree)
    this.#upFree = at
    this.clock.after(at - this.clock.now(), run)
  }

  #down(run: () => void): void {
    const at = Math.max(this.clock.now() + this.delayMs, this.#downFree)
    this.#downFree = at
    this.clock.after(at - this.clock.now(), run)
  }

  #receive(key: string, end: number): void {
    this.#down(() => {
      this.prediction.acknowledged(end)
      this.#note()
    })
    for (const part of key.startsWith('\x1b') ? [key] : key) this.#edit(part)
  }

  #edit(key: string): void {
    if (key === '\r') return this.#enter()
    if (this.echo === 'silent') return
    if (key === '\x7f') return this.#erase()
    if (key === '\t') return this.print('\x07')
    if (key === '\x15') return this.#clear()
    if (key === '\x1b[D') return this.#move(-1)
    if (key === '\x1b[C') return this.#move(1)
    const text = this.echo === 'loud' ? key.toUpperCase() : key
    const rest = this.#line.slice(this.#cursor)
    this.#line = this.#line.slice(0, this.#cursor) + text + rest
    this.#cursor += 1
    this.print(`${text}${rest}${'\b'.repeat(rest.length)}`)
  }

  #enter(): void {
    if (this.#next === undefined) return this.ask(PROMPT, 'editor')
    this.echo = 'editor'
    this.print(this.#next)
    this.#next = undefined
  }

  #erase(): void {
    if (this.#cursor === 0) return
    const rest = this.#line.slice(this.#cursor)
    this.#line = this.#line.slice(0, this.#cursor - 1) + rest
    this.#cursor -= 1
    this.print(`\b\x1b[K${rest}${'\b'.repeat(rest.length)}`)
  }

  #clear(): void {
    if (this.#cursor > 0) this.print(`\x1b[${this.#cursor}D\x1b[K`)
    this.#line = this.#line.slice(this.#cursor)
    this.#cursor = 0
    if (this.#line !== '') this.print(`${this.#line}\x1b[${this.#line.length}D`)
  }

  #move(by: number): void {
    const to = Math.max(0, Math.min(this.#cursor + by, this.#line.length))
    if (to !== this.#cursor) this.print(by < 0 ? '\b' : '\x1b[C')
    this.#cursor = to
  }

  #output(text: string): void {
    this.plain += text
    this.written += this.painter.erase() + text
    for (const token of this.#tokenizer.push(utf8(text))) {
      this.modes.see(token)
      this.prediction.output(token)
    }
    this.states.add(this.#actual)
    this.prediction.outputEnded()
    this.#repaint()
  }

  #repaint(): void {
    this.written += this.painter.erase() + this.painter.draw(80)
    this.#note()
  }

  #note(): void {
    const { text } = this
    if (this.shown.at(-1)?.text !== text) this.shown.push({ at: this.clock.now(), text })
  }
}
