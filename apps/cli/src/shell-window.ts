import type { ShellSession } from '@holdfast/shell'
import type { TerminalRenderer } from './terminal-renderer.ts'
import type { WatchedScreen } from './watched-screen.ts'

/** How long a program has to see that its terminal is a line shorter. */
const REDRAW_MS = 100

/** The window that a shell is shown in, and what follows from its size. */
export class ShellWindow {
  /** The screen of the writer. */
  watched: WatchedScreen | undefined
  isAttached = false
  readonly #session: ShellSession
  readonly #view: TerminalRenderer | undefined

  constructor(session: ShellSession, view: TerminalRenderer | undefined) {
    this.#session = session
    this.#view = view
  }

  /** What is written now comes where the program's cursor is. */
  get isOnMainScreen(): boolean {
    return this.#view?.modes.isAlternate === false && this.watched === undefined
  }

  /** Reports the size now, and at each change. */
  follow(): void {
    this.sendSize()
    process.stdout.on('resize', this.resized)
  }

  readonly resized = (): void => {
    // A terminal that breaks its lines anew has moved what was drawn.
    if (this.isAttached) this.#view?.stepAside()
    this.sendSize()
  }

  /** Reports the size of the window to the shell and to the painter. */
  sendSize(): void {
    const { columns, rows } = process.stdout
    this.watched?.resized()
    // Of those who watch it counts where the smallest window decides.
    const counts = this.watched === undefined || this.#session.sizing === 'smallest'
    if (counts && columns > 0 && rows > 0) this.#session.resize(columns, rows).catch(() => {})
  }

  /** Programs that draw the whole screen draw it anew when they see another size, and many of them only then. */
  redraw(): void {
    const { columns, rows } = process.stdout
    if (!(columns > 0 && rows > 1)) return
    this.#session.resize(columns, rows - 1).catch(() => {})
    setTimeout(this.resized, REDRAW_MS).unref()
  }

  stop(): void {
    this.watched?.stop()
    process.stdout.off('resize', this.resized)
  }
}
