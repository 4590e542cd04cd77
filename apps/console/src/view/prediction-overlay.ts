import type { EchoPrediction } from '@holdfast/terminal'
import type { Terminal } from '@xterm/xterm'

/** What is typed and not confirmed, over the cells of a terminal: its own text stays as output has made it. */
export class PredictionOverlay {
  readonly #terminal: Terminal
  readonly #prediction: () => EchoPrediction
  readonly #element = document.createElement('div')
  readonly #text = document.createElement('span')
  readonly #cursor = document.createElement('span')

  constructor(terminal: Terminal, prediction: () => EchoPrediction) {
    this.#terminal = terminal
    this.#prediction = prediction
    this.#element.className = 'prediction'
    this.#element.hidden = true
    this.#cursor.className = 'prediction-cursor'
    this.#element.append(this.#text, this.#cursor)
    terminal.onScroll(() => this.draw())
  }

  /** Draws what is predicted now, or nothing. */
  draw(): void {
    const { line, actual } = this.#prediction()
    const { active } = this.#terminal.buffer
    const screen = this.#terminal.element?.querySelector<HTMLElement>('.xterm-screen')
    const isSeen = active.viewportY === active.baseY
    this.#element.hidden = line === undefined || actual.column === undefined || screen === undefined || !isSeen
    if (line === undefined || actual.column === undefined || screen === undefined || screen === null) return
    if (this.#element.parentElement !== screen) screen.append(this.#element)
    const width = screen.clientWidth / this.#terminal.cols
    const height = screen.clientHeight / this.#terminal.rows
    // The terminal knows better where its cursor is.
    const left = active.cursorX + line.from - actual.column
    const { style } = this.#element
    style.transform = `translate(${left * width}px, ${active.cursorY * height}px)`
    style.height = `${height}px`
    style.lineHeight = `${height}px`
    style.fontSize = `${this.#terminal.options.fontSize ?? 13}px`
    style.fontFamily = this.#terminal.options.fontFamily ?? 'monospace'
    this.#text.textContent = line.cells.map(({ text }) => text).join('') + (line.hidden > 0 ? '\u23ce' : '')
    this.#text.style.letterSpacing = ''
    this.#cursor.style.width = `${width}px`
    this.#cursor.style.transform = `translateX(${(line.cursor - line.from) * width}px)`
  }
}
