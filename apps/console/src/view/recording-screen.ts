import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { PlayedScreen } from '../state/shells/playback.ts'
import type { TerminalSettings } from '../state/shells/terminal-settings.ts'
import { guardErasing } from './guarded-erasing.ts'
import { themeOf } from './terminal-themes.ts'

/** A terminal that shows a recording: it takes no input, and its answers are dropped. */
export class RecordingScreen implements PlayedScreen {
  readonly #terminal: Terminal

  constructor(box: HTMLElement, settings: TerminalSettings) {
    const { fontSize, theme } = settings.choices
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: false,
      disableStdin: true,
      fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize,
      scrollback: 10_000,
      theme: themeOf(theme),
    })
    this.#terminal.loadAddon(new Unicode11Addon())
    this.#terminal.unicode.activeVersion = '11'
    guardErasing(this.#terminal)
    this.#terminal.open(box)
  }

  reset(width: number, height: number): void {
    this.#terminal.reset()
    this.resize(width, height)
  }

  resize(width: number, height: number): void {
    this.#terminal.resize(width, height)
  }

  write(text: string): void {
    this.#terminal.write(text)
  }

  dispose(): void {
    this.#terminal.dispose()
  }
}
