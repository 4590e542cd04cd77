import type { TerminalSize } from '@holdfast/protocol/shell'
import { OutputFilter } from '@holdfast/terminal'
import headless from '@xterm/headless'
import { ScreenPainter, type WindowSize } from './screen-painter.ts'
import type { TerminalRenderer } from './terminal-renderer.ts'

/** A window that is drawn more often is not read faster. */
const PAINT_EVERY_MS = 40
/** An alternate screen of our own, without wrapping. */
const FRAME = '\u001B[?1049h\u001B[?7l\u001B[2J'
/** Lines that scrolled out are not shown in a frame. */
const SCROLLBACK = 0
const SAID_MS = 4_000

/** What a watched screen is shown in. */
export interface WatchedScreenOptions {
  readonly view: TerminalRenderer
  readonly write: (data: Uint8Array) => Promise<void>
  readonly window: () => WindowSize
  readonly size: () => TerminalSize | undefined
}

/**
 * The screen of a writer with a window of another size. Where both are the same, output goes to the terminal as
 * it is; from the first difference on a model of the screen is drawn in a frame, clipped around the cursor, and the
 * difference is shown in the last line.
 */
export class WatchedScreen {
  readonly #options: WatchedScreenOptions
  readonly #screen: headless.Terminal
  readonly #painter: ScreenPainter
  readonly #filter = new OutputFilter()
  #isFramed = false
  #timer: NodeJS.Timeout | undefined
  #said: string | undefined
  #saying: NodeJS.Timeout | undefined

  constructor(options: WatchedScreenOptions) {
    const { width, height } = options.size() ?? { width: options.window().columns, height: options.window().rows }
    this.#options = options
    this.#screen = new headless.Terminal({ cols: width, rows: height, scrollback: SCROLLBACK, allowProposedApi: true })
    this.#painter = new ScreenPainter(this.#screen)
    this.#compare()
  }

  /** Output came. Resolves when more may come. */
  async show(output: Uint8Array): Promise<void> {
    const { bytes } = this.#filter.push(output, true)
    await new Promise<void>((resolve) => this.#screen.write(bytes, resolve))
    if (this.#isFramed) return this.#soon()
    await this.#options.write(this.#options.view.show(output, true))
  }

  /** The size of the writer, or of this window, is another one. */
  resized(): void {
    const size = this.#options.size()
    if (size !== undefined) this.#screen.resize(size.width, size.height)
    this.#painter.forget()
    this.#compare()
    if (this.#isFramed) this.#soon(true)
  }

  /** Shows something in the last line, for a while. @returns false where there is no frame */
  say(text: string): boolean {
    if (!this.#isFramed) return false
    this.#said = text
    clearTimeout(this.#saying)
    this.#saying = setTimeout(() => {
      this.#said = undefined
      this.#soon()
    }, SAID_MS)
    this.#soon()
    return true
  }

  stop(): void {
    clearTimeout(this.#timer)
    clearTimeout(this.#saying)
    if (this.#isFramed) this.#paint()
    this.#timer = undefined
    this.#screen.dispose()
  }

  #compare(): void {
    const { columns, rows } = this.#options.window()
    const isSame = this.#screen.cols === columns && this.#screen.rows === rows
    if (isSame || this.#isFramed) return
    this.#isFramed = true
    const { view } = this.#options
    // What the program had set in the terminal is set in the model from now on, and so is what it has begun.
    view.restart()
    this.#put(`${view.modes.restore({ columns })}${FRAME}`)
    this.#soon(true)
  }

  #soon(isCleared = false): void {
    if (isCleared) this.#put('\u001B[2J')
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#paint()
    }, PAINT_EVERY_MS)
  }

  #paint(): void {
    this.#put(this.#painter.paint(this.#options.window(), (isWhole) => this.#notice(isWhole)))
  }

  #notice(isWhole: boolean): string {
    if (this.#said !== undefined) return `[holdfast: ${this.#said}]`
    const size = `${this.#screen.cols} × ${this.#screen.rows}`
    return `[holdfast: you watch a window of ${size}${isWhole ? '' : '; this is a part'}]`
  }

  /** Through the view, which knows by it what is to be put back. */
  #put(bytes: string): void {
    void this.#options.write(this.#options.view.show(Buffer.from(bytes), false))
  }
}
