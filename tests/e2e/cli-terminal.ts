import { existsSync, readFileSync } from 'node:fs'
import { type IPty, spawn } from '@lydell/node-pty'
import { expect } from 'vitest'
import { CLEAN_ENVIRONMENT, CLI_MAIN } from './gateway-process.ts'

/** In character cells. */
export interface WindowSize {
  readonly cols: number
  readonly rows: number
}

/** The CLI, or another program, in a real pseudo-terminal. */
export class CliTerminal {
  readonly ended: Promise<number>
  readonly #pty: IPty
  #output = ''
  #seen = 0
  #wake = (): void => {}

  constructor(
    args: readonly string[],
    environment: NodeJS.ProcessEnv,
    size: WindowSize = { cols: 90, rows: 30 },
    program: readonly [string, ...string[]] = [process.execPath, CLI_MAIN],
  ) {
    const [file, ...before] = program
    const env = { ...CLEAN_ENVIRONMENT, ...environment }
    this.#pty = spawn(file, [...before, ...args], { ...size, env })
    this.#pty.onData((data) => {
      this.#output += data
      this.#wake()
    })
    this.ended = new Promise((resolve) => {
      this.#pty.onExit(({ exitCode }) => resolve(exitCode))
    })
  }

  get output(): string {
    return this.#output
  }

  get pid(): number {
    return this.#pty.pid
  }

  /** Bytes that are no text go through, too, which its types do not say. */
  type(text: string | Buffer): void {
    Reflect.apply(this.#pty.write, this.#pty, [text])
  }

  resize(columns: number, rows: number): void {
    this.#pty.resize(columns, rows)
  }

  /** Waits until something is shown that was not there at the last wait. */
  async shows(text: string | RegExp): Promise<string> {
    for (;;) {
      const fresh = this.#output.slice(this.#seen)
      const found = typeof text === 'string' ? fresh.indexOf(text) : fresh.search(text)
      if (found >= 0) {
        this.#seen += found + (typeof text === 'string' ? text.length : 1)
        return fresh
      }
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  /** The window is closed: whoever sat there is gone. */
  close(): void {
    if ('destroy' in this.#pty && typeof this.#pty.destroy === 'function') this.#pty.destroy()
  }

  /** Resolves when the CLI is stopped, as Ctrl+Z stops others: a signal before that would be for nothing. */
  async stopped(): Promise<void> {
    const file = `/proc/${this.#pty.pid}/stat`
    if (existsSync(file)) await expect.poll(() => /\) (\w)/.exec(readFileSync(file, 'utf8'))?.[1]).toBe('T')
  }

  /** Signals the CLI. */
  signal(name: NodeJS.Signals): void {
    process.kill(this.#pty.pid, name)
  }

  kill(): void {
    this.#pty.kill('SIGKILL')
  }
}
