import { type CastEvent, CastReader } from '@holdfast/protocol/shell'
import { OutputFilter, ScreenModes } from '@holdfast/terminal'
import { passOutputExactly } from '../exact-output.ts'
import { EXIT } from '../exit-codes.ts'
import type { Output } from '../output.ts'
import { TerminalGuard } from '../terminal-guard.ts'
import { UserError } from '../user-error.ts'
import { PlainText } from './plain-text.ts'

const CTRL_C = 0x03
const SPACE = 0x20
const Q = 0x71

/** How a recording is shown. */
export interface PlayOptions {
  /** So many times as fast. */
  readonly speed: number
  /** Longer pauses are cut to this, in milliseconds; undefined: none is. */
  readonly idleLimitMs: number | undefined
}

/** The events of a recording, as its text comes. @throws UserError where it is none */
export async function* eventsOf(text: AsyncIterable<string>): AsyncGenerator<CastEvent, void, undefined> {
  const reader = new CastReader()
  for await (const piece of text) {
    yield* reader.push(piece)
    if (reader.issue !== undefined) throw new UserError(`This is no recording: ${reader.issue}.`, EXIT.failed)
  }
  if (reader.header === undefined) throw new UserError('This is no recording: it is empty.', EXIT.failed)
}

/** Everything that was printed, as text, at once. */
export async function playAsText(text: AsyncIterable<string>, out: Output): Promise<void> {
  const plain = new PlainText()
  for await (const event of eventsOf(text)) {
    if (event.kind === 'output') await out.write(plain.push(Buffer.from(event.text)))
    else if (event.kind === 'marker' && event.text !== '') await out.write(`${plain.rest()}[${event.text}]\n`)
  }
  await out.write(plain.rest())
}

/**
 * Shows a recording in this terminal as it was: space pauses, q ends. What a program asked a terminal, or did beside the screen,
 * is not done again; the terminal is left as it was found.
 */
export async function playInTerminal(text: AsyncIterable<string>, out: Output, options: PlayOptions): Promise<void> {
  const modes = new ScreenModes()
  const filter = new OutputFilter()
  let isRestored = false
  const restore = (): void => {
    if (isRestored) return
    isRestored = true
    process.stdout.write(filter.interrupt())
    process.stdout.write(modes.restore({ columns: process.stdout.columns }))
  }
  const guard = new TerminalGuard({
    input: process.stdin.isTTY ? process.stdin : undefined,
    restore,
    resume: () => {
      isRestored = false
      if (process.stdin.isTTY) passOutputExactly()
      process.stdout.write(modes.apply())
    },
  })
  const pace = new Pace(options)
  const typed = (chunk: Buffer): void => {
    for (const byte of chunk) pace.key(byte)
  }
  guard.enter()
  if (process.stdin.isTTY) passOutputExactly()
  process.stdin.on('data', typed)
  process.stdin.resume()
  try {
    for await (const event of eventsOf(text)) {
      if (!(await pace.until(event.atMs))) break
      if (event.kind !== 'output') continue
      const { bytes, tokens } = filter.push(Buffer.from(event.text), true)
      for (const token of tokens) modes.see(token)
      isRestored = false
      await out.write(bytes)
    }
  } finally {
    process.stdin.off('data', typed)
    process.stdin.pause()
    await guard.settle()
    guard.leave()
  }
}

/** When what comes next is due, with the keys of the observer. */
class Pace {
  readonly #options: PlayOptions
  #lastMs = 0
  #isPaused = false
  #isOver = false
  #wake: () => void = () => {}

  constructor(options: PlayOptions) {
    this.#options = options
  }

  key(byte: number): void {
    if (byte === Q || byte === CTRL_C) this.#isOver = true
    else if (byte === SPACE) this.#isPaused = !this.#isPaused
    else return
    this.#wake()
  }

  /** Resolves when the moment has come; false: the observer has left. */
  async until(atMs: number): Promise<boolean> {
    const { speed, idleLimitMs = Number.POSITIVE_INFINITY } = this.#options
    let leftMs = Math.min(atMs - this.#lastMs, idleLimitMs) / speed
    this.#lastMs = atMs
    while (!this.#isOver && (leftMs > 0 || this.#isPaused)) {
      const began = performance.now()
      const wasPaused = this.#isPaused
      await this.#sleep(wasPaused ? undefined : leftMs)
      if (!wasPaused) leftMs -= performance.now() - began
    }
    return !this.#isOver
  }

  #sleep(ms: number | undefined): Promise<void> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }
}
