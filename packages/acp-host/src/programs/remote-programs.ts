import type { Duplex } from 'node:stream'
import { HoldfastError } from '@holdfast/contract'
import { acpError } from '../errors.ts'
import type {
  AgentProgram,
  AgentPrograms,
  ProgramEnd,
  ProgramSink,
  ProgramSpec,
  ProgramState,
} from './agent-programs.ts'
import { messageFrame, readFrames } from './frames.ts'
import type { ProgramCallName, ProgramCalls, ProgramNotice } from './program-calls.ts'

/** A stream to a process that has programs. `start`: it is made where there is none. */
export type ConnectPrograms = (start: boolean) => Promise<Duplex | undefined>

/** Programs of another process, which outlives this one. */
export class RemotePrograms implements AgentPrograms {
  readonly #connect: ConnectPrograms
  #line: Promise<Line | undefined> | undefined
  #isClosed = false

  constructor(connect: ConnectPrograms) {
    this.#connect = connect
  }

  async find(name: string): Promise<AgentProgram | undefined> {
    const line = await this.#open(false)
    const state = await line?.ask('find', { name })
    return line === undefined || state === undefined || state === null ? undefined : new RemoteProgram(line, state)
  }

  async start(spec: ProgramSpec): Promise<AgentProgram> {
    const line = await this.#open(true)
    if (line === undefined) throw acpError('acp/host_lost', 'The process for agents is gone.')
    return new RemoteProgram(line, await line.ask('start', spec))
  }

  async close(): Promise<void> {
    this.#isClosed = true
    const line = await this.#line?.catch(() => undefined)
    line?.close()
  }

  async #open(start: boolean): Promise<Line | undefined> {
    if (this.#isClosed) throw acpError('acp/host_lost', 'This server is going away.')
    const known = await this.#line?.catch(() => undefined)
    if (known?.isOpen === true) return known
    this.#line = this.#connect(start).then((stream) => (stream === undefined ? undefined : new Line(stream)))
    return this.#line
  }
}

interface Asked {
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** One stream, and what was asked over it. */
class Line {
  readonly #stream: Duplex
  readonly #asked = new Map<number, Asked>()
  readonly #sinks = new Map<string, ProgramSink>()
  #calls = 0

  constructor(stream: Duplex) {
    this.#stream = stream
    stream.on('error', () => {})
    stream.once('close', () => this.#lost())
    readFrames(stream, {
      message: (value) => this.#receive(value as ProgramNotice),
      output: ({ program, bytes, offset }) => this.#sinks.get(program)?.output(bytes, offset),
    })
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed
  }

  ask<Name extends ProgramCallName>(
    name: Name,
    asked: ProgramCalls[Name]['asked'],
  ): Promise<ProgramCalls[Name]['answer']> {
    return new Promise((resolve, reject) => {
      if (!this.isOpen) return reject(acpError('acp/host_lost', 'The process for agents is gone.'))
      this.#calls += 1
      this.#asked.set(this.#calls, { resolve: (answer) => resolve(answer as ProgramCalls[Name]['answer']), reject })
      this.#stream.write(messageFrame({ call: this.#calls, name, asked }))
    })
  }

  read(program: string, from: number, sink: ProgramSink): void {
    this.#sinks.set(program, sink)
    this.ask('read', { program, from }).catch((error: unknown) => sink.lost(error))
  }

  close(): void {
    this.#sinks.clear()
    this.#stream.destroy()
  }

  #receive(notice: ProgramNotice): void {
    if ('ended' in notice) return this.#ended(notice.program, notice.ended)
    const asked = this.#asked.get(notice.call)
    this.#asked.delete(notice.call)
    if ('answer' in notice) asked?.resolve(notice.answer)
    else asked?.reject(new HoldfastError(notice.code, notice.message))
  }

  #ended(program: string, end: ProgramEnd): void {
    this.#sinks.get(program)?.ended(end)
    this.#sinks.delete(program)
  }

  #lost(): void {
    const error = acpError('acp/host_lost', 'The process for agents is gone.')
    for (const { reject } of this.#asked.values()) reject(error)
    this.#asked.clear()
    for (const sink of this.#sinks.values()) sink.lost(error)
    this.#sinks.clear()
  }
}

class RemoteProgram implements AgentProgram {
  readonly state: ProgramState
  readonly #line: Line

  constructor(line: Line, state: ProgramState) {
    this.#line = line
    this.state = state
  }

  read(from: number, sink: ProgramSink): void {
    this.#line.read(this.state.id, from, sink)
  }

  acknowledge(offset: number): void {
    this.#line.ask('acknowledge', { program: this.state.id, offset }).catch(() => {})
  }

  async write(lane: string, seq: number, line: string): Promise<void> {
    await this.#line.ask('write', { program: this.state.id, lane, seq, line })
  }

  async note(text: string): Promise<void> {
    await this.#line.ask('note', { program: this.state.id, text })
  }

  stderr(): Promise<string> {
    return this.#line.ask('stderr', { program: this.state.id })
  }

  end(): Promise<readonly number[]> {
    return this.#line.ask('end', { program: this.state.id })
  }
}
