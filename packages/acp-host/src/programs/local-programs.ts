import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { type Clock, type Random, randomId, systemClock, systemRandom } from '@holdfast/contract'
import { acpError } from '../errors.ts'
import type { AgentProgram, AgentPrograms, ProcessTools, ProgramSpec } from './agent-programs.ts'
import { LocalProgram } from './local-program.ts'

export interface LocalProgramsOptions {
  readonly tools: ProcessTools
  /** Each step of an end: of the input, by SIGTERM, by SIGKILL. In milliseconds. @defaultValue 5000 */
  readonly stepMs?: number | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
}

/** What agents need to end by themselves: seen to be up to four seconds (ACP §4). */
const STEP_MS = 5_000

/** Programs whose pipes this process holds: they end with it. */
export class LocalPrograms implements AgentPrograms {
  readonly #tools: ProcessTools
  readonly #stepMs: number
  readonly #clock: Clock
  readonly #random: Random
  readonly #programs = new Map<string, LocalProgram>()

  constructor({ tools, stepMs = STEP_MS, clock = systemClock, random = systemRandom }: LocalProgramsOptions) {
    this.#tools = tools
    this.#stepMs = stepMs
    this.#clock = clock
    this.#random = random
  }

  /** Those that run. */
  get running(): readonly LocalProgram[] {
    return [...this.#programs.values()].filter(({ hasEnded }) => !hasEnded)
  }

  async find(name: string): Promise<LocalProgram | undefined> {
    return this.#programs.get(name)
  }

  byId(id: string): LocalProgram | undefined {
    return [...this.#programs.values()].find(({ state }) => state.id === id)
  }

  async start({ name, command, cwd, env }: ProgramSpec): Promise<AgentProgram> {
    const [file = '', ...args] = command
    if (this.#programs.get(name)?.hasEnded === false) {
      throw acpError('acp/start_failed', `${name} runs already.`)
    }
    const id = randomId(this.#random)
    const child = spawn(file, args, { cwd, env: { ...env, [this.#tools.markName]: id }, detached: true })
    await started(child, file)
    const program = new LocalProgram({
      id,
      name,
      mark: id,
      child,
      tools: this.#tools,
      stepMs: this.#stepMs,
      clock: this.#clock,
    })
    this.#programs.set(name, program)
    return program
  }

  /** Ends every program. */
  async close(): Promise<void> {
    await Promise.all(this.running.map((program) => program.end()))
  }
}

function started(child: ChildProcessWithoutNullStreams, file: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve)
    child.once('error', (cause: NodeJS.ErrnoException) => {
      const why = cause.code === 'ENOENT' ? 'it, or its folder, is not there' : cause.message
      reject(acpError('acp/start_failed', `${file} could not be started: ${why}.`, { cause }))
    })
  })
}
