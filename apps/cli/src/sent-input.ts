import type { ShellSession } from '@holdfast/shell'

/** Typed input that waits to be taken; above it, the terminal is not read. */
const MAX_WAITING_BYTES = 262_144
/** How often it is asked how much of it the program has. */
const ACKNOWLEDGED_EVERY_MS = 10
/** Where a server acknowledges nothing and no round trip was measured. */
const SUPPOSED_ROUND_TRIP_MS = 250
/** End of input, as it is typed. */
const END_OF_INPUT = 0x04
const NEWLINE = 0x0a
const END_EVERY_MS = 250

/** What a person or a pipe puts into a shell: in order, bounded, with its end. */
export class SentInput {
  readonly #session: ShellSession
  readonly #acknowledged: (end: number) => void
  #waiting = 0
  #sent = 0
  #lastByte = NEWLINE
  #repeat: NodeJS.Timeout | undefined
  #poll: NodeJS.Timeout | undefined

  /** `acknowledged`: told the bytes since the beginning that the program has; called while `follow()` is on. */
  constructor(session: ShellSession, acknowledged: (end: number) => void) {
    this.#session = session
    this.#acknowledged = acknowledged
  }

  /** @returns the bytes since the beginning, with these */
  send(bytes: Uint8Array): number {
    if (this.#session.role === 'observer') return this.#sent
    this.#lastByte = bytes.at(-1) ?? this.#lastByte
    this.#sent += bytes.length
    this.#waiting += bytes.length
    if (this.#waiting > MAX_WAITING_BYTES) process.stdin.pause()
    const taken = (): void => {
      this.#waiting -= bytes.length
      if (this.#waiting <= MAX_WAITING_BYTES) process.stdin.resume()
    }
    // What is rejected is told as lost input.
    this.#session.send(bytes).then(taken, taken)
    return this.#sent
  }

  /** The end of a pipe is there for every read; that of a terminal is a key, lost on a program that does not read yet. */
  end(): void {
    if (this.#lastByte !== NEWLINE) this.send(Uint8Array.of(NEWLINE))
    const end = (): void => {
      this.send(Uint8Array.of(END_OF_INPUT))
      this.#repeat = setTimeout(end, END_EVERY_MS)
    }
    end()
  }

  /** Tells what is acknowledged, as long as somebody waits for it. */
  follow(isWanted: () => boolean): void {
    if (this.#poll !== undefined) return
    if (this.#session.resume === 'none') return this.#suppose(this.#sent)
    this.#poll = setInterval(() => {
      if (isWanted()) this.now()
      if (isWanted()) return
      clearInterval(this.#poll)
      this.#poll = undefined
    }, ACKNOWLEDGED_EVERY_MS)
    this.#poll.unref()
  }

  /** Tells what is acknowledged by now. */
  now(): void {
    if (this.#session.resume === 'exact') this.#acknowledged(this.#sent - this.#session.unacknowledgedBytes)
  }

  stop(): void {
    clearTimeout(this.#repeat)
    clearInterval(this.#poll)
  }

  #suppose(end: number): void {
    const ms = this.#session.metrics.rttP50 ?? SUPPOSED_ROUND_TRIP_MS
    setTimeout(() => this.#acknowledged(end), ms).unref()
  }
}
