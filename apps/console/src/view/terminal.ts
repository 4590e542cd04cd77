import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { SerializeAddon } from '@xterm/addon-serialize'
import { Unicode11Addon } from '@xterm/addon-unicode11'
import { WebLinksAddon } from '@xterm/addon-web-links'
import { Terminal } from '@xterm/xterm'
import '@xterm/xterm/css/xterm.css'
import type { Outage } from '../state/outages.ts'
import type { Screen, Shell } from '../state/shells/shell.ts'
import type { TerminalSettings } from '../state/shells/terminal-settings.ts'
import { copyText, pastedText } from './clipboard.ts'
import { guardErasing } from './guarded-erasing.ts'
import { outageWords } from './outage-line.tsx'
import { PredictionOverlay } from './prediction-overlay.ts'
import { TerminalBinding } from './terminal-binding.ts'
import { meaningOf, type RowKey, StickyKeys } from './terminal-keys.ts'
import { themeOf } from './terminal-themes.ts'
import { fitWatched } from './watched-size.ts'

/** Once all silent output has come, the terminal may report again. */
const SILENCE_MS = 100
const SCROLLBACK = 10_000
const FOUND = {
  matchBackground: '#5b4a14',
  activeMatchBackground: '#f0b849',
  matchOverviewRuler: '#8a6d1a',
  activeMatchColorOverviewRuler: '#f0b849',
}

/** The terminal of a shell. Reads it from the first moment, seen or not. */
export class TerminalScreen implements Screen {
  readonly sticky: StickyKeys = new StickyKeys()
  readonly #terminal: Terminal
  readonly #fit = new FitAddon()
  readonly #serialize = new SerializeAddon()
  readonly #search = new SearchAddon()
  readonly #shell: Shell
  readonly #settings: TerminalSettings
  readonly #element = document.createElement('div')
  readonly #wire: TerminalBinding
  readonly #overlay: PredictionOverlay
  #silence: ReturnType<typeof setTimeout> | undefined
  #isOpen = false
  /** What came last is of a picture of the terminal. */
  #isPainted = false
  #fitted: () => void = () => {}

  constructor(shell: Shell, settings: TerminalSettings) {
    this.#shell = shell
    this.#settings = settings
    this.#element.className = 'screen'
    const { fontSize, theme } = settings.choices
    this.#terminal = new Terminal({
      allowProposedApi: true,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      disableStdin: shell.observes,
      fontFamily: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace',
      fontSize,
      linkHandler: {
        activate: (_event, address) => open(address),
        hover: (_event, address) => shell.face.say(address),
      },
      screenReaderMode: false,
      scrollback: SCROLLBACK,
      theme: themeOf(theme),
    })
    this.#overlay = new PredictionOverlay(this.#terminal, () => this.#wire.stream.prediction)
    this.#wire = new TerminalBinding(
      shell.session,
      () => this.#terminal.cols,
      () => this.#overlay.draw(),
    )
    this.#equip()
    this.#listen()
    settings.subscribe(() => this.#restyle())
    void this.#read()
  }

  /** Shows it in a box. */
  mount(box: HTMLElement): () => void {
    box.append(this.#element)
    if (!this.#isOpen) this.#terminal.open(this.#element)
    this.#isOpen = true
    const fit = (): void => {
      if (box.clientWidth === 0) return
      if (this.#shell.observes) this.#fitWatched(box)
      else this.#fit.fit()
    }
    this.#fitted = fit
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
    return this.#serialize.serialize({ scrollback: 1_000 }) + this.#wire.stream.modes.applyInPlace()
  }

  dispose(): void {
    clearTimeout(this.#silence)
    this.#wire.stream.stop()
    this.#terminal.dispose()
  }

  /** Looks for a text, from where the last search was. */
  find(text: string, direction: 'next' | 'previous', isTyping = false): void {
    if (text === '') {
      this.#search.clearDecorations()
      return this.#shell.face.result(-1, 0)
    }
    const options = { decorations: FOUND, incremental: isTyping }
    if (direction === 'next') this.#search.findNext(text, options)
    else this.#search.findPrevious(text, options)
  }

  closeSearch(): void {
    this.#search.clearDecorations()
    this.#shell.face.search(false)
    this.focus()
  }

  /** A key of the row above a phone's keyboard. */
  press(key: RowKey): void {
    this.#send(this.sticky.code(key, this.#terminal.modes.applicationCursorKeysMode))
    this.#shell.face.refresh()
  }

  /** Ctrl or Alt stays down for the next key, or is released. */
  hold(key: 'isCtrl' | 'isAlt'): void {
    this.sticky[key] = !this.sticky[key]
    this.#shell.face.refresh()
  }

  async paste(): Promise<void> {
    const text = await pastedText()
    if (text === undefined) this.#shell.face.say('This browser keeps the clipboard to itself. Press long, then Paste.')
    else this.#terminal.paste(text)
    this.focus()
  }

  async copy(): Promise<void> {
    const text = this.#terminal.getSelection()
    if (text !== '' && (await copyText(text))) this.#shell.face.say(`Copied ${text.length} characters.`)
  }

  #equip(): void {
    const terminal = this.#terminal
    terminal.loadAddon(this.#fit)
    terminal.loadAddon(this.#serialize)
    terminal.loadAddon(this.#search)
    terminal.loadAddon(new WebLinksAddon((_event, address) => open(address)))
    terminal.loadAddon(new Unicode11Addon())
    terminal.unicode.activeVersion = '11'
    guardErasing(terminal)
  }

  #listen(): void {
    const [terminal, shell] = [this.#terminal, this.#shell]
    terminal.attachCustomKeyEventHandler((event) => this.#key(event))
    terminal.onData((data) => this.#typed(data))
    // Mouse reports of old: bytes, not characters.
    terminal.onBinary((data) => this.#wire.typed(Uint8Array.from(data, (character) => character.charCodeAt(0))))
    terminal.onTitleChange((title) => shell.face.titled(title))
    terminal.onResize(({ cols, rows }) => {
      if (shell.session.size !== undefined) shell.face.resized(cols, rows)
      this.#wire.stream.prediction.forget()
      if (!shell.observes) shell.session.resize(cols, rows).catch(() => {})
    })
    shell.session.on('resized', () => this.#followSize())
    shell.session.on('status', ({ status }) => {
      this.#wire.stream.prediction.away(status.state !== 'open')
      if (status.state !== 'open') return
      this.#followSize()
      if (shell.session.wasStopped) shell.face.say('Output is stopped (Ctrl+S). Ctrl+Q goes on.')
    })
    shell.marks = (outage) => this.#mark(outage)
    this.#search.onDidChangeResults(({ resultIndex, resultCount }) => shell.face.result(resultIndex, resultCount))
    this.#element.addEventListener('mouseup', () => {
      if (this.#settings.choices.copyOnSelect && terminal.hasSelection()) void this.copy()
    })
  }

  /** False: the terminal leaves the key to the page, or to the browser. */
  #key(event: KeyboardEvent): boolean {
    const meaning = meaningOf(event, this.#settings.choices.pasteWithCtrlV)
    if (meaning === 'program') return true
    if (event.type !== 'keydown' || meaning === 'console' || meaning === 'paste') return false
    // The browser has other plans for these.
    event.preventDefault()
    if (meaning === 'copy') void this.copy()
    else this.#shell.face.search(true)
    return false
  }

  #restyle(): void {
    const { fontSize, theme } = this.#settings.choices
    this.#terminal.options.fontSize = fontSize
    this.#terminal.options.theme = themeOf(theme)
    if (this.#isOpen && !this.#shell.observes) this.#fit.fit()
  }

  /** Who watches has the size of who writes. */
  #followSize(): void {
    const { size } = this.#shell.session
    if (!this.#shell.observes || size === undefined) return
    this.#terminal.resize(size.width, size.height)
    this.#fitted()
  }

  #fitWatched(box: HTMLElement): void {
    const scale = fitWatched(this.#terminal, this.#element, box)
    this.#shell.face.watched(this.#terminal.cols, this.#terminal.rows, scale)
  }

  /** One frame after the other: what is not on the screen yet is not counted as read. */
  async #read(): Promise<void> {
    const shell = this.#shell
    if (shell.restored !== undefined) await this.#wire.restore(shell.restored, (text) => this.#write(text))
    this.#followSize()
    for await (const frame of shell.session) {
      shell.account.take(frame)
      if (frame.channel === 'gap') {
        shell.gaps++
        await this.#write(this.#wire.stream.restart())
        const text =
          frame.reason === 'gone' ? 'a new shell begins here' : `${frame.missingBytes} bytes are missing here`
        await this.#write(`\r\n\u001b[0;33m… ${text} …\u001b[0m\r\n`)
      } else if (frame.channel === 'screen') {
        if (!this.#isPainted) {
          // A picture of everything: what was shown before is in it, or gone.
          await this.#write(this.#wire.stream.restart())
          this.#terminal.reset()
        }
        this.#isPainted = true
        await this.#show(frame.payload, true)
      } else if (frame.channel === 'stdout') {
        this.#isPainted = false
        shell.bytes += frame.payload.length
        await this.#show(frame.payload, frame.replayed || shell.observes)
      } else if (frame.channel === 'stderr') await this.#write(frame.text.replaceAll('\n', '\r\n'))
    }
    // Bold, not grey: it is to be read.
    await this.#write(`\r\n\u001b[0;1m${shell.explain()}\u001b[0m\r\n`)
  }

  async #show(payload: Uint8Array, isSilent: boolean): Promise<void> {
    const { bytes, drawn } = this.#wire.stream.push(payload, isSilent)
    await this.#write(bytes)
    drawn()
    this.#overlay.draw()
    clearTimeout(this.#silence)
    if (isSilent) this.#silence = setTimeout(() => void this.#write(this.#wire.stream.endSilence()), SILENCE_MS)
  }

  /** A thin line above the row where an outage ended. It is no text: what the program draws stays as it is. */
  #mark(outage: Outage): void {
    const terminal = this.#terminal
    const marker = terminal.registerMarker(0)
    const decoration = terminal.registerDecoration({ marker, width: terminal.cols, layer: 'top' })
    const words = outageWords(outage)
    decoration?.onRender((element) => {
      element.classList.add('outage-mark')
      element.dataset['words'] = words
    })
  }

  #write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.#terminal.write(data, resolve))
  }

  #typed(data: string): void {
    const wasSticky = this.sticky.isCtrl || this.sticky.isAlt
    this.#send(this.sticky.apply(data))
    if (wasSticky) this.#shell.face.refresh()
  }

  #send(data: string): void {
    this.#wire.typed(new TextEncoder().encode(data))
  }
}

/** Opens an address in a tab of its own, which learns nothing of this one. */
function open(address: string): void {
  if (/^https?:\/\//i.test(address)) window.open(address, '_blank', 'noopener,noreferrer')
}
