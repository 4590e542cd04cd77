import type { Clock, Logger } from '@holdfast/contract'
import type { ShellSignal, TerminalSize } from '@holdfast/protocol/shell'
import { killTree } from '../pty/kill-tree.ts'
import { signalForeground } from '../pty/process-table.ts'
import type { PtyBackend, PtyEvents, PtyProcess, PtySpawn } from '../pty/pty.ts'

/** What a program of a shell needs to know. */
export interface ShellProgramParts {
  readonly shellId: string
  /** The value of the environment mark of its processes. */
  readonly mark: string
  readonly inputQueueBytes: number
  readonly clock: Clock
  readonly logger: Logger
  /** It is about to be ended: nothing may hold it back any more. */
  readonly killing: () => void
}

/** The program of a shell: started once, fed, resized, held back, signalled and ended with all that it started. */
export class ShellProgram {
  readonly #parts: ShellProgramParts
  #starting: Promise<void> | undefined
  #process: PtyProcess | undefined
  #input: InputQueue | undefined
  #size: TerminalSize = { width: 80, height: 24 }
  #hasEnded = false
  #kill: Promise<number[]> | undefined

  constructor(parts: ShellProgramParts) {
    this.#parts = parts
  }

  get pid(): number | undefined {
    return this.#process?.pid
  }

  get size(): TerminalSize {
    return this.#size
  }

  /** It is to end. */
  get isKilled(): boolean {
    return this.#kill !== undefined
  }

  /** Starts it, once. @throws `shell/spawn_failed` */
  start(backend: PtyBackend, spawn: PtySpawn, events: PtyEvents): Promise<void> {
    this.#size = spawn.size
    this.#starting = this.#spawn(backend, spawn, events)
    return this.#starting
  }

  /** The input of a program that runs; `undefined` before the start and after the end. */
  get input(): InputQueue | undefined {
    return this.#hasEnded ? undefined : this.#input
  }

  /** Gives it text as if it were typed; not while it reads nothing. */
  type(text: string): void {
    const { input } = this
    if (input?.isFull === false) input.push(new TextEncoder().encode(text), () => {})
  }

  /** Whether what is typed is not shown now; `undefined` where it is unknown. */
  async hidesInput(): Promise<boolean | undefined> {
    return this.#hasEnded ? undefined : this.#process?.hidesInput?.()
  }

  resize(size: TerminalSize): void {
    this.#size = size
    this.#process?.resize(size)
  }

  /** Reads its output, or holds it back. */
  setPaused(paused: boolean): void {
    if (paused) this.#process?.pause()
    else this.#process?.resume()
  }

  /** Sends a signal to what runs in the foreground, past the input that waits. */
  signal(name: ShellSignal): void {
    const { pid } = this
    if (pid !== undefined && !this.#hasEnded) signalForeground(pid, name)
  }

  /** Ends it and everything it started. Twice is once. @returns the process ids that are left. */
  kill(): Promise<number[]> {
    this.#kill ??= this.#killAll()
    return this.#kill
  }

  /** It has ended: what waits as input counts as taken, and nothing more is written. */
  ended(): void {
    this.#hasEnded = true
    this.#input?.abandon()
  }

  dispose(): void {
    this.#process?.dispose()
  }

  async #spawn(backend: PtyBackend, spawn: PtySpawn, events: PtyEvents): Promise<void> {
    const process = await backend.spawn(spawn, events)
    this.#process = process
    this.#input = new InputQueue(process, this.#parts.inputQueueBytes)
  }

  async #killAll(): Promise<number[]> {
    // What is about to start would be missed.
    await this.#starting?.catch(() => {})
    const process = this.#process
    if (process === undefined) return []
    const { mark, shellId, clock, logger, killing } = this.#parts
    killing()
    const left = await killTree({ pid: this.#hasEnded ? undefined : process.pid, mark }, { clock })
    if (left.length > 0) logger.warn('processes outlived their shell', { shellId, left })
    return left
  }
}

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
