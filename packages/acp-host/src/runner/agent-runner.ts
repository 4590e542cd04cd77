import { type Clock, type Logger, pause } from '@holdfast/contract'
import { isObject } from '@holdfast/contract/shape'
import { IdleWatch } from '@holdfast/gate/internals'
import { acpError } from '../errors.ts'
import type { AgentLimits } from '../limits.ts'
import type { AgentProgram, AgentPrograms, ProgramEnd, ProgramSpec } from '../programs/agent-programs.ts'
import type { AcpSession } from '../session/acp-session.ts'
import type { ReadyAgent, SessionAgent } from '../session/session-agent.ts'
import { failureOf, type Outcome } from '../state/turn-types.ts'
import type { AgentConfig } from './agent-config.ts'
import { lastWords } from './last-words.ts'
import { type Line, messageIn } from './line-reader.ts'
import { RunningAgent } from './running-agent.ts'
import { SessionRoutes } from './session-routes.ts'

export interface AgentRunnerParts {
  readonly config: AgentConfig
  /** How it is configured now, for a program that is started now. @defaultValue as it was */
  readonly configured?: (() => AgentConfig | undefined) | undefined
  readonly programs: AgentPrograms
  /** The environment of its program, before its own variables. */
  readonly env: Readonly<Record<string, string>>
  readonly limits: AgentLimits
  readonly version: string
  /** Opens a session that the program has. */
  readonly session: (id: string) => Promise<AcpSession | undefined>
  readonly clock: Clock
  readonly logger: Logger
}

/** Lines without a meaning that are logged for one program. */
const MAX_LOGGED = 10

/** One agent: its program, which is kept warm and has many sessions, and who says what to it. */
export class AgentRunner implements SessionAgent {
  readonly #parts: AgentRunnerParts
  readonly #routes = new SessionRoutes()
  readonly #idle: IdleWatch
  #config: AgentConfig
  #running: RunningAgent | undefined
  #starting: Promise<ReadyAgent> | undefined
  #isClosed = false

  constructor(parts: AgentRunnerParts) {
    this.#parts = parts
    this.#config = parts.config
    this.#idle = new IdleWatch({
      clock: parts.clock,
      idleMs: parts.limits.idleMs,
      look: () => this.#look(),
      idle: () => this.#unused(),
    })
  }

  get name(): string {
    return this.#config.name
  }

  get config(): AgentConfig {
    return this.#config
  }

  /** The life of its program; `undefined` while none runs. */
  get running(): string | undefined {
    return this.#running?.program.state.id
  }

  get current(): ReadyAgent | undefined {
    return this.#running?.failure === undefined ? this.#running?.ready : undefined
  }

  /** Finds what an earlier server has left, and continues with its sessions. Never rejects. */
  async resume(): Promise<void> {
    const program = await this.#parts.programs.find(this.name).catch((error: unknown) => {
      this.#parts.logger.warn('the agents of before cannot be reached', { error: String(error) })
      return undefined
    })
    if (program === undefined) return
    const running = this.#adopt(program)
    for (const id of running.noted()) await this.#goOn(id, running)
    this.#read(running)
  }

  ready(session: string): Promise<ReadyAgent> {
    return this.initialized().then(async (ready) => {
      await this.#noted(session)
      return ready
    })
  }

  /** The agent, started where it does not run. @throws `acp/start_failed`, `acp/host_lost`, `acp/unavailable` */
  initialized(): Promise<ReadyAgent> {
    const { current } = this
    if (current !== undefined) return Promise.resolve(current)
    this.#starting ??= this.#start().finally(() => {
      this.#starting = undefined
    })
    return this.#starting
  }

  /** Asks the agent something that is about no session. */
  async ask(method: string, params: unknown): Promise<Outcome> {
    await this.initialized()
    return this.#running?.own.ask(method, params) ?? failureOf(`The agent ${this.name} does not run.`)
  }

  fail(program: string, why: string): void {
    if (this.#running?.program.state.id === program) void this.#fail(this.#running, why)
  }

  write(session: string, n: number, message: Readonly<Record<string, unknown>>): void {
    const running = this.#running
    if (running === undefined) return
    const { params } = message
    const theirs = isObject(params) ? params['sessionId'] : undefined
    if (typeof theirs === 'string') this.#routes.bind(theirs, session)
    if (message['method'] === 'session/new') this.#routes.expect(session, n)
    running.program.write(session, n, JSON.stringify(message)).catch((error: unknown) => {
      this.#parts.logger.debug('an agent does not read', { agent: this.name, error: String(error) })
    })
  }

  /** A session is served here. */
  join(session: AcpSession): void {
    this.#routes.join(session)
  }

  leave(session: AcpSession): void {
    this.#routes.leave(session)
  }

  /** Ends its program. */
  async end(): Promise<void> {
    await this.#running?.program.end()
  }

  /** Releases the program, which runs on. */
  close(): void {
    this.#isClosed = true
    this.#idle.stop()
    this.#running?.isOver()
    this.#running = undefined
  }

  #look(): 'busy' | 'idle' | 'gone' {
    const { sessions } = this.#routes
    if (this.#running === undefined && sessions.length === 0) return 'gone'
    return this.#starting === undefined && sessions.every(({ isIdle }) => isIdle) ? 'idle' : 'busy'
  }

  /** The program ends; sessions that need none are not kept in memory for it. */
  #unused(): void {
    const running = this.#running
    if (running === undefined) for (const session of this.#routes.sessions) session.stopServing('Nobody uses it.')
    else void this.#fail(running, 'Nobody used it.')
  }

  /** Ends a program for a reason. */
  #fail(running: RunningAgent, why: string): Promise<unknown> {
    running.failure ??= why
    return running.program.end()
  }

  async #start(): Promise<ReadyAgent> {
    const { programs, limits, clock } = this.#parts
    if (this.#running?.failure !== undefined) await this.#running.over
    if (this.#isClosed) throw acpError('acp/unavailable', 'This server is going away.')
    const running = this.#running ?? this.#adopt(await programs.start(this.#spec()))
    if (!running.isRead) this.#read(running)
    const late = new AbortController()
    const inTime = pause(clock, limits.initializeMs, late.signal).then((): Outcome => {
      const message = `${this.name} did not answer initialize within ${limits.initializeMs / 1_000} s.`
      return { error: { code: -32603, message } }
    })
    const outcome = await Promise.race([running.own.ask('initialize', this.#introduction()), inTime])
    late.abort()
    if (!('result' in outcome) || !isObject(outcome.result)) {
      void running.program.end()
      const why = 'error' in outcome ? outcome.error.message : 'what it answered to initialize is no object'
      throw acpError('acp/start_failed', `The agent ${this.name} failed: ${why}`)
    }
    running.ready = { program: running.program.state.id, initialized: outcome.result }
    await running.note()
    return running.ready
  }

  /** What is started: an agent may have been configured anew since the last time. */
  #spec(): ProgramSpec {
    const { configured, env } = this.#parts
    this.#config = configured?.() ?? this.#config
    const { name, command, folders } = this.#config
    const [cwd = '/'] = folders
    return { name, command, cwd, env: { ...env, ...this.#config.env } }
  }

  #introduction(): unknown {
    return {
      protocolVersion: 1,
      clientInfo: { name: 'holdfast', title: 'Holdfast', version: this.#parts.version },
      clientCapabilities: this.#config.clientCapabilities ?? {},
    }
  }

  #adopt(program: AgentProgram): RunningAgent {
    const running = new RunningAgent(program, this.#parts.limits.maxLineBytes)
    this.#running = running
    this.#routes.clear()
    this.#idle.start()
    return running
  }

  async #goOn(id: string, running: RunningAgent): Promise<void> {
    try {
      const session = await this.#parts.session(id)
      if (session === undefined) return
      running.sessions.add(id)
      const { agentSession } = session.state
      if (agentSession !== undefined && session.state.program === running.program.state.id)
        this.#routes.bind(agentSession, id)
      for (const [n, { method }] of session.state.requests) if (method === 'session/new') this.#routes.expect(id, n)
    } catch (error) {
      this.#parts.logger.warn('a session of an agent cannot go on here', { session: id, error: String(error) })
    }
  }

  #read(running: RunningAgent): void {
    running.isRead = true
    const { program } = running
    program.read(program.state.from, {
      output: (bytes, offset) => this.#output(running, bytes, offset),
      ended: (end) => this.#ended(running, end),
      lost: (error) => this.#lost(running, error),
    })
  }

  #output(running: RunningAgent, bytes: Uint8Array, offset: number): void {
    if (this.#running !== running) return
    if (running.failure !== undefined) return running.program.acknowledge(offset + bytes.length)
    const lines = running.reader.read(bytes, offset)
    if (lines !== 'too-long') {
      for (const line of lines) this.#line(running, line)
      return
    }
    // What it still says is not wanted, and must not keep it from ending.
    running.program.acknowledge(offset + bytes.length)
    void this.#fail(running, `It wrote a line of more than ${this.#parts.limits.maxLineBytes} bytes.`)
  }

  #line(running: RunningAgent, { text, end }: Line): void {
    const done = running.ends.read(end)
    const message = messageIn(text)
    if (message === undefined) {
      if (text.trim() !== '' && running.rubbish++ < MAX_LOGGED) {
        this.#parts.logger.warn('an agent wrote a line that is no message', { agent: this.name, length: text.length })
      }
      return done()
    }
    if (running.own.take(message)) return done()
    const offset = { program: running.program.state.id, offset: end, message, done }
    if (this.#routes.take(offset)) return
    // A request that is about no session of ours has an answer all the same.
    if (typeof message['method'] === 'string' && 'id' in message) running.own.refuse(message)
    done()
  }

  #ended(running: RunningAgent, end: ProgramEnd): void {
    const ranMs = this.#parts.clock.epoch() - running.program.state.startedAt
    this.#over(running, lastWords(this.#config, end, ranMs, running.failure))
  }

  #lost(running: RunningAgent, error: unknown): void {
    this.#over(running, error instanceof Error ? error.message : String(error))
  }

  #over(running: RunningAgent, why: string): void {
    if (this.#running !== running) return
    this.#running = undefined
    running.isOver()
    const words = `The agent ${this.name} failed: ${why}`
    this.#parts.logger.warn('an agent has ended', { agent: this.name, why })
    running.own.end(words)
    for (const session of this.#routes.sessions) {
      session.over(running.program.state.id, words).catch((error: unknown) => {
        this.#parts.logger.warn('the end of an agent is not in the log', { session: session.id, error: String(error) })
      })
    }
    this.#routes.clear()
  }

  async #noted(session: string): Promise<void> {
    const running = this.#running
    if (running === undefined || running.sessions.has(session)) return
    const { maxSessions } = this.#parts.limits
    if (running.sessions.size >= maxSessions) {
      throw acpError('acp/unavailable', `The agent ${this.name} has ${maxSessions} sessions already.`)
    }
    running.sessions.add(session)
    await running.note()
  }
}
