import { FitAddon } from '@xterm/addon-fit'
import { SerializeAddon } from '@xterm/addon-serialize'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { Screen, Shell } from '../state/shell.ts'

/** What a terminal answers by itself when a program asks it something. */
const ANSWER = /^\u001b(\[[?>=]?[\d;]*[cnRty]|\[[?]?[\d;]+\$y|P|\])/
/** With Alt. */
const OWN_KEY = /^([1-4]|Page(Up|Down))$/
const SCROLLBACK = 10_000

/** The terminal of a shell. Reads it from the first moment, seen or not. */
export class TerminalScreen implements Screen {
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #serialize = new SerializeAddon()
  readonly #shell: Shell
  readonly #element = document.createElement('div')
  #isReplaying = false
  #isOpen = false

  constructor(shell: Shell) {
    this.#shell = shell
    this.#element.className = 'screen'
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      disableStdin: shell.observes,
      fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize: 13,
      screenReaderMode: false,
      scrollback: SCROLLBACK,
      theme: { background: '#10151c', foreground: '#e4e9f0', cursor: '#7cc4ff' },
    })
    const terminal = this.#terminal
    terminal.loadAddon(this.#fit)
    terminal.loadAddon(this.#serialize)
    terminal.loadAddon(new Unicode11Addon())
    terminal.unicode.activeVersion = '11'
    // These keys are the console's own, also from in here: nobody is caught in a terminal.
    terminal.attachCustomKeyEventHandler((event) => !(event.altKey && OWN_KEY.test(event.key)))
    terminal.onData((data) => this.#typed(data))
    terminal.onResize(({ cols, rows }) => {
      if (!shell.observes) shell.session.resize(cols, rows).catch(() => {})
    })
    shell.session.on('resized', ({ width, height }) => {
      if (shell.observes) terminal.resize(width, height)
    })
    if (shell.restored !== undefined) terminal.write(shell.restored)
    void this.#read()
  }

  /** Shows it in a box. */
  mount(box: HTMLElement): () => void {
    box.append(this.#element)
    if (!this.#isOpen) this.#terminal.open(this.#element)
    this.#isOpen = true
    const fit = (): void => {
      if (box.clientWidth > 0 && !this.#shell.observes) this.#fit.fit()
    }
    const observer = new ResizeObserver(fit)
    observer.observe(box)
    fit()
    return () => {
      observer.disconnect()
      this.#element.remove()
    }
  }

  focus(): void {
    this.#terminal.focus()
  }

  serialize(): string {
    return this.#serialize.serialize({ scrollback: 1_000 })
  }

  dispose(): void {
    this.#terminal.dispose()
  }

  /** One frame after the other: what is not on the screen yet is not counted as read. */
  async #read(): Promise<void> {
    const shell = this.#shell
    for await (const frame of shell.session) {
      if (frame.channel === 'gap') {
        shell.gaps++
        const text =
          frame.reason === 'gone' ? 'a new shell begins here' : `${frame.missingBytes} bytes are missing here`
        await this.#write(`\r\n\u001b[0;33m… ${text} …\u001b[0m\r\n`)
      } else if (frame.channel === 'stdout') {
        shell.bytes += frame.payload.length
        this.#isReplaying = frame.replayed
        await this.#write(frame.payload)
        this.#isReplaying = false
      } else if (frame.channel === 'stderr') await this.#write(frame.text.replaceAll('\n', '\r\n'))
    }
    await this.#write(`\r\n\u001b[0;90m${shell.explain()}\u001b[0m\r\n`)
  }

  #write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(data, resolve))
  }

  #typed(data: string): void {
    // The question was answered by the terminal that saw it first.
    if (this.#isReplaying && ANSWER.test(data)) return
    this.#shell.session.send(data).catch(() => {})
  }
}
