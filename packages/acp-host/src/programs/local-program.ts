import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { StringDecoder } from 'node:string_decoder'
import type { Clock, Timer } from '@holdfast/contract'
import { acpError } from '../errors.ts'
import type { AgentProgram, ProcessTools, ProgramEnd, ProgramSink, ProgramState } from './agent-programs.ts'
import { OutputWindow } from './output-window.ts'

/** What is kept of stdout while it is unacknowledged: the longest line, and what comes behind it. */
const WINDOW_BYTES = 20_971_520
/** What is kept of stderr. */
const STDERR_CHARS = 65_536
/** A program whose first process has ended may go on in another one, which has its stdout: so long without a word. */
const LINGER_MS = 5_000

export interface LocalProgramParts {
  readonly id: string
  readonly name: string
  readonly mark: string
  readonly child: ChildProcessWithoutNullStreams
  readonly tools: ProcessTools
  readonly stepMs: number
  readonly clock: Clock
}

/** A program whose pipes this process holds. */
export class LocalProgram implements AgentProgram {
  readonly ended: Promise<ProgramEnd>
  readonly #parts: LocalProgramParts
  readonly #startedAt: number
  readonly #window = new OutputWindow(WINDOW_BYTES)
  readonly #lanes = new Map<string, number>()
  #note: string | undefined
  #stderr = ''
  #sink: ProgramSink | undefined
  #sentTo = 0
  #hasExited = false
  #end: ProgramEnd | undefined
  #linger: Timer | undefined
  #ending: Promise<readonly number[]> | undefined
  #settle: (end: ProgramEnd) => void = () => {}

  constructor(parts: LocalProgramParts) {
    this.#parts = parts
    this.#startedAt = parts.clock.epoch()
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    this.#listen(parts.child)
  }

  get state(): ProgramState {
    const { id, name, child } = this.#parts
    const { from } = this.#window
    const lanes = [...this.#lanes]
    return { id, name, pid: child.pid ?? 0, startedAt: this.#startedAt, note: this.#note, lanes, from }
  }

  get hasEnded(): boolean {
    return this.#end !== undefined
  }

  read(from: number, sink: ProgramSink): void {
    this.#sink = sink
    this.#sentTo = Math.max(from, this.#window.from)
    this.#feed()
    if (this.#end !== undefined) sink.ended(this.#end)
  }

  /** No reader any more: what comes is kept. */
  unread(sink: ProgramSink): void {
    if (this.#sink === sink) this.#sink = undefined
  }

  acknowledge(offset: number): void {
    this.#window.acknowledge(offset)
    if (!this.#window.isFull) this.#parts.child.stdout.resume()
  }

  async write(lane: string, seq: number, line: string): Promise<void> {
    if (seq <= (this.#lanes.get(lane) ?? 0)) return
    const { stdin } = this.#parts.child
    if (this.#end !== undefined || stdin.destroyed || stdin.writableEnded) {
      throw acpError('acp/program_ended', 'The agent reads no more.')
    }
    this.#lanes.set(lane, seq)
    if (stdin.write(`${line}\n`)) return
    await new Promise<void>((resolve) => {
      const go = (): void => {
        stdin.off('drain', go)
        stdin.off('close', go)
        resolve()
      }
      stdin.on('drain', go)
      stdin.on('close', go)
    })
  }

  async note(text: string): Promise<void> {
    this.#note = text
  }

  async stderr(): Promise<string> {
    return this.#stderr
  }

  end(): Promise<readonly number[]> {
    this.#ending ??= this.#endTree(async () => {
      this.#parts.child.stdin.end()
      await this.#within(this.#parts.stepMs)
    })
    return this.#ending
  }

  #listen(child: ChildProcessWithoutNullStreams): void {
    const decoder = new StringDecoder('utf8')
    child.stdin.on('error', () => {})
    child.stdout.on('error', () => {})
    child.stderr.on('error', () => {})
    child.on('error', () => {})
    child.stderr.on('data', (bytes: Buffer) => {
      this.#stderr = (this.#stderr + decoder.write(bytes)).slice(-STDERR_CHARS)
    })
    child.stdout.on('data', (bytes: Buffer) => this.#output(bytes))
    child.once('exit', () => {
      this.#hasExited = true
      this.#lingers()
    })
    child.stdout.once('close', () => this.#closed())
  }

  #output(bytes: Buffer): void {
    this.#window.push(bytes)
    this.#feed()
    if (this.#window.isFull) this.#parts.child.stdout.pause()
    if (this.#hasExited) this.#lingers()
  }

  #feed(): void {
    const sink = this.#sink
    if (sink === undefined) return
    for (const { bytes, offset } of this.#window.since(this.#sentTo)) {
      this.#sentTo = offset + bytes.length
      sink.output(bytes, offset)
    }
  }

  /** A silent background process may keep its stdout open. */
  #lingers(): void {
    this.#linger?.cancel()
    if (this.#end !== undefined) return
    this.#linger = this.#parts.clock.after(LINGER_MS, () => {
      if (this.#window.isFull) return this.#lingers()
      this.#parts.child.stdout.destroy()
    })
  }

  /** Its stdout is closed: nothing more comes, whatever processes are left. */
  #closed(): void {
    if (this.#end !== undefined) return
    this.#linger?.cancel()
    const { child } = this.#parts
    if (!this.#hasExited) {
      // It has closed its stdout and lives on: it cannot say anything any more.
      child.once('exit', () => this.#exited())
      void this.end()
      return
    }
    this.#exited()
  }

  #exited(): void {
    if (this.#end !== undefined) return
    const { child } = this.#parts
    this.#end = { code: child.exitCode, signal: child.signalCode, stderr: this.#stderr }
    child.stdin.destroy()
    this.#ending ??= this.#endTree()
    this.#settle(this.#end)
    this.#sink?.ended(this.#end)
  }

  #endTree(politely?: () => Promise<void>): Promise<readonly number[]> {
    const { tools, child, mark, clock, stepMs } = this.#parts
    const tree = { pid: this.#hasExited ? undefined : child.pid, mark }
    return tools.endTree(tree, { clock, graceMs: stepMs, signals: ['SIGTERM'], politely })
  }

  async #within(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = this.#parts.clock.after(ms, resolve)
      void this.ended.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }
}
