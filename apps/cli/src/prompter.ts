import { createInterface, type Interface } from 'node:readline'
import type { ReadStream } from 'node:tty'
import type { Output } from './output.ts'

/** What is asked, in words and, for programs, as JSON. */
export interface Question {
  readonly words: string
  readonly json: object
}

interface Asked extends Question {
  readonly settle: (line: string | undefined) => void
}

/** Lines of a pipe that wait for their question; above it, the pipe is not read. */
const MAX_LINES = 100

/**
 * Puts questions to the person at standard input: one at a time, in order, a line each. In a terminal only what is
 * typed after a question answers it; a pipe's lines answer one question after the other.
 */
export class Prompter {
  /** Resolves when the input has ended and answers no more questions. */
  readonly ended: Promise<void>
  readonly #out: Output
  readonly #json: boolean
  /** A person answers, at a terminal. */
  readonly isTerminal: boolean
  readonly #reader: Interface
  readonly #asked: Asked[] = []
  readonly #lines: string[] = []
  #end: () => void = () => {}
  #isClosed = false
  #isShown = false

  /** `interrupt` is called for Ctrl+C in a terminal, which is no signal while a line is edited. `output`: that of `out`. */
  constructor(
    input: ReadStream,
    out: Output,
    json: boolean,
    interrupt: () => void,
    output: NodeJS.WritableStream = process.stdout,
  ) {
    this.#out = out
    this.#json = json
    this.isTerminal = input.isTTY === true && out.isTerminal && !json
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#reader = createInterface(this.isTerminal ? { input, output, prompt: '> ' } : { input })
    this.#reader.on('line', (line) => this.#line(line))
    this.#reader.on('SIGINT', interrupt)
    this.#reader.on('close', () => {
      this.#isClosed = true
      this.#work()
    })
  }

  /** Resolves with a line; undefined where the signal took the question back, or the input is at its end. */
  ask(question: Question, signal?: AbortSignal | undefined): Promise<string | undefined> {
    return new Promise((resolve) => {
      const withdraw = (): void => {
        if (this.#asked[0] === asked && this.#isShown && this.isTerminal) {
          void this.#out.write(`\r\u001B[2K${this.#out.paint.dim('(over: answered elsewhere, or taken back)')}\n`)
        }
        asked.settle(undefined)
      }
      const asked: Asked = {
        ...question,
        settle: (line) => {
          signal?.removeEventListener('abort', withdraw)
          const at = this.#asked.indexOf(asked)
          if (at >= 0) this.#asked.splice(at, 1)
          if (at === 0) this.#isShown = false
          resolve(line)
          // The asking code sends the answer first.
          setImmediate(() => this.#work())
        },
      }
      this.#asked.push(asked)
      if (signal?.aborted === true) return withdraw()
      signal?.addEventListener('abort', withdraw, { once: true })
      this.#work()
    })
  }

  /** Shows a line between questions: one that waits for its answer is shown below it again. */
  async line(text: string): Promise<void> {
    if (!this.isTerminal || !this.#isShown) return this.#out.line(text)
    await this.#out.write(`\r\u001B[2K${text}\n`)
    this.#reader.prompt(true)
  }

  close(): void {
    this.#reader.close()
  }

  #line(line: string): void {
    // What is typed before a question is shown may not answer it.
    if (this.isTerminal && !this.#isShown) return
    this.#lines.push(line)
    if (this.#lines.length >= MAX_LINES) this.#reader.pause()
    this.#work()
  }

  #work(): void {
    const [first] = this.#asked
    if (first !== undefined && !this.#isShown) this.#show(first)
    const line = first === undefined ? undefined : this.#lines.shift()
    if (first !== undefined && line !== undefined) {
      if (!this.#isClosed) this.#reader.resume()
      return first.settle(line)
    }
    if (this.#isClosed && this.#lines.length === 0) this.#end()
  }

  #show({ words, json }: Question): void {
    this.#isShown = true
    if (this.#json) void this.#out.json(json)
    else void this.#out.line(this.#out.paint.bold(words))
    if (this.isTerminal) this.#reader.prompt()
  }
}
