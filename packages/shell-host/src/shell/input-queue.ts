import type { PtyProcess } from '../pty/pty.ts'

/** One write to the terminal. Small enough that a program that reads slowly is seen to make progress. */
const WRITE_BYTES = 16_384
/** What an entry costs beyond its bytes, so that a flood of single keys is bounded too. */
const ENTRY_COST = 64

interface Entry {
  bytes: Uint8Array
  readonly written: (count: number) => void
}

/** Input on its way to a program that may not read it now. Outlives the connections that it came from. */
export class InputQueue {
  readonly #capacity: number
  readonly #process: Pick<PtyProcess, 'write' | 'endInput'>
  #entries: Entry[] = []
  #cost = 0
  #writing = false
  #pumping = false
  #ending = false
  #waiting: (() => void)[] = []

  constructor(process: Pick<PtyProcess, 'write' | 'endInput'>, capacity: number) {
    this.#process = process
    this.#capacity = capacity
  }

  get isFull(): boolean {
    return this.#cost >= this.#capacity
  }

  /** `written` is called with how many more bytes the program's terminal has taken. */
  push(bytes: Uint8Array, written: (count: number) => void): void {
    if (bytes.length === 0) return
    this.#entries.push({ bytes, written })
    this.#cost += bytes.length + ENTRY_COST
    this.#pump()
  }

  /** End of input, after everything that was pushed. */
  end(): void {
    this.#ending = true
    this.#pump()
  }

  /** Runs once half of the queue is free again; at once when it is not full. */
  whenRoom(run: () => void): void {
    if (this.isFull) this.#waiting.push(run)
    else run()
  }

  /** There is no reader any more: what waits counts as taken, as everything that comes after. */
  abandon(): void {
    const entries = this.#entries
    this.#entries = []
    this.#cost = 0
    for (const { bytes, written } of entries) written(bytes.length)
    for (const run of this.#waiting.splice(0)) run()
  }

  #pump(): void {
    if (this.#pumping) return
    this.#pumping = true
    for (let entry = this.#entries[0]; entry !== undefined && !this.#writing; entry = this.#entries[0]) {
      this.#write(entry)
    }
    this.#pumping = false
    if (this.#ending && this.#entries.length === 0) {
      this.#ending = false
      this.#process.endInput()
    }
  }

  #write(entry: Entry): void {
    const piece = entry.bytes.subarray(0, WRITE_BYTES)
    this.#writing = true
    this.#process.write(piece, () => this.#wrote(entry, piece.length))
  }

  #wrote(entry: Entry, count: number): void {
    this.#writing = false
    // It was abandoned while it was written.
    if (this.#entries[0] !== entry) return
    this.#cost -= count
    entry.bytes = entry.bytes.subarray(count)
    if (entry.bytes.length === 0) {
      this.#entries.shift()
      this.#cost -= ENTRY_COST
    }
    entry.written(count)
    if (this.#cost <= this.#capacity / 2) for (const run of this.#waiting.splice(0)) run()
    this.#pump()
  }
}
