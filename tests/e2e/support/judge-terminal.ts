import headless from '@xterm/headless'

/** A terminal of another maker, as the judge of what was left on in it. */
export class JudgeTerminal {
  readonly terminal: headless.Terminal

  constructor(columns = 80, rows = 24) {
    this.terminal = new headless.Terminal({ cols: columns, rows, allowProposedApi: true })
  }

  write(data: string | Uint8Array): Promise<void> {
    return new Promise((resolve) => this.terminal.write(data, resolve))
  }

  /** Everything that output can have set, as plain values. */
  get state(): unknown {
    const { modes, buffer } = this.terminal
    const core = Reflect.get(this.terminal, '_core')
    const service = core.coreService
    const active = core.buffer
    const attributes = core._inputHandler._curAttrData
    return {
      modes: { ...modes },
      private: { ...service.decPrivateModes },
      screen: buffer.active.type,
      isCursorHidden: service.isCursorHidden,
      region: [active.scrollTop, active.scrollBottom],
      attributes: [attributes.fg, attributes.bg, attributes.extended.ext, attributes.extended.urlId],
      charsets: { glevel: core._charsetService.glevel, charset: core._charsetService.charset ?? null },
      tabs: Object.keys(active.tabs).filter((column) => active.tabs[column]),
      mouse: [core.coreMouseService.activeProtocol, core.coreMouseService.activeEncoding],
    }
  }

  /** The screen as text, without what is blank at its end. */
  get text(): string {
    const { active } = this.terminal.buffer
    const lines = Array.from({ length: this.terminal.rows }, (_, row) => this.line(active.viewportY + row))
    return lines.join('\n').trimEnd()
  }

  /** How each character on the screen that is not blank is written. */
  get looks(): readonly string[] {
    const { active } = this.terminal.buffer
    const looks: string[] = []
    for (let row = 0; row < this.terminal.rows; row += 1) {
      for (let column = 0; column < this.terminal.cols; column += 1) {
        const cell = active.getLine(active.baseY + row)?.getCell(column)
        if (cell === undefined || cell.getChars().trim() === '') continue
        looks.push(`${row},${column} ${cell.getChars()} ${cell.getFgColor()} ${cell.getBgColor()} ${cell.isBold()}`)
      }
    }
    return looks
  }

  get cursor(): readonly [column: number, row: number] {
    const { cursorX, cursorY } = this.terminal.buffer.active
    return [cursorX, cursorY]
  }

  line(row: number): string {
    return this.terminal.buffer.active.getLine(row)?.translateToString(true) ?? ''
  }
}
