import type { Clock, Logger } from '@holdfast/contract'
import type { ShellSignal, TerminalSize } from '@holdfast/protocol/shell'
import { killTree } from '../pty/kill-tree.ts'
import { signalForeground } from '../pty/process-table.ts'
import type { PtyBackend, PtyEvents, PtyProcess, PtySpawn } from '../pty/pty.ts'
import { InputQueue } from './input-queue.ts'

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
