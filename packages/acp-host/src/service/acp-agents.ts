import { type Clock, type Logger, type Random, silentLogger, systemClock, systemRandom } from '@holdfast/contract'
import { limitsFrom } from '@holdfast/gate/internals'
import type { SessionLog } from '@holdfast/log'
import { acpError } from '../errors.ts'
import { AGENT_LIMITS, type AgentLimits } from '../limits.ts'
import type { AcpConnection, AcpPeer, AcpService, EarlierConnection } from '../peer.ts'
import type { AgentPrograms } from '../programs/agent-programs.ts'
import type { AgentConfig } from '../runner/agent-config.ts'
import { AgentRunner } from '../runner/agent-runner.ts'
import { AcpSession } from '../session/acp-session.ts'
import type { LedSessions } from '../session/led-sessions.ts'
import type { QuestionPolicy } from '../session/question-policy.ts'
import { ClientConnection } from './client-connection.ts'
import type { ServiceCore, SessionRequest } from './service-core.ts'
import { agentOf, describedSession } from './session-description.ts'

/** Options of {@link AcpAgents}. */
export interface AcpAgentsOptions {
  /** The first one is whose clients do not name one. */
  readonly agents: readonly AgentConfig[]
  /**
   * How an agent is configured now: looked at for a name that is not among {@link agents}, and before each start of a program.
   * @defaultValue as it was at the start
   */
  readonly configured?: ((name: string) => AgentConfig | undefined) | undefined
  readonly programs: AgentPrograms
  readonly sessions: LedSessions
  readonly log: SessionLog
  /** The environment of every agent, before its own variables: nothing is taken from this process. */
  readonly env?: Readonly<Record<string, string>> | undefined
  readonly limits?: Partial<AgentLimits> | undefined
  /** @defaultValue people are asked */
  readonly policy?: QuestionPolicy | undefined
  /** Of this program, for agents. */
  readonly version?: string | undefined
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly logger?: Logger | undefined
}

/** Numbers of the agents, for metrics and overviews. */
export interface AcpStats {
  /** Programs that run. */
  readonly running: number
  readonly sessions: number
  readonly clients: number
  readonly turns: number
  /** Questions that wait for people. */
  readonly questions: number
  readonly queuedPrompts: number
}

/** Agents that speak ACP, and their sessions: served to any number of clients, and outliving all of them. */
export class AcpAgents implements AcpService, ServiceCore {
  readonly limits: AgentLimits
  readonly log: SessionLog
  readonly access: LedSessions
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly #runners = new Map<string, AgentRunner>()
  readonly #newRunner: (config: AgentConfig) => AgentRunner
  readonly #configured: AcpAgentsOptions['configured']
  readonly #policy: QuestionPolicy | undefined
  readonly #sessions = new Map<string, Promise<AcpSession>>()
  readonly #open = new Map<string, AcpSession>()
  readonly #clients = new Set<ClientConnection>()
  readonly #programs: AgentPrograms
  #isClosed = false

  constructor(options: AcpAgentsOptions) {
    const { agents, configured, programs, sessions, log, env = {}, limits, policy, version = '0' } = options
    const { clock = systemClock, random = systemRandom, logger = silentLogger } = options
    this.limits = limitsFrom(AGENT_LIMITS, limits)
    this.log = log
    this.access = sessions
    this.clock = clock
    this.random = random
    this.logger = logger
    this.#policy = policy
    this.#programs = programs
    this.#configured = configured
    this.#newRunner = (config) => {
      const session = (id: string): Promise<AcpSession> => this.session(id)
      const parts = {
        config,
        configured: () => configured?.(config.name),
        programs,
        env,
        version,
        session,
        clock,
        logger,
      }
      return new AgentRunner({ ...parts, limits: this.limits })
    }
    for (const config of agents) this.#runners.set(config.name, this.#newRunner(config))
  }

  /** Continues with what an earlier server has left. Call it once, before clients come. Never rejects. */
  async start(): Promise<void> {
    await Promise.all([...this.#runners.values()].map((runner) => runner.resume()))
  }

  get agents(): readonly AgentRunner[] {
    return [...this.#runners.values()]
  }

  get stats(): AcpStats {
    const states = [...this.#open.values()].map(({ state }) => state)
    const sum = (count: (state: AcpSession['state']) => number): number =>
      states.reduce((all, one) => all + count(one), 0)
    return {
      running: this.agents.filter(({ current }) => current !== undefined).length,
      sessions: states.length,
      clients: this.#clients.size,
      turns: sum(({ turn }) => (turn === undefined ? 0 : 1)),
      questions: sum(({ questionsForPeople: held }) => held.length),
      queuedPrompts: sum(({ queue }) => queue.size),
    }
  }

  /** An agent by its name; the first one without. @throws `acp/not_found` */
  agent(name?: string | undefined): AgentRunner {
    const found = name === undefined ? this.agents[0] : (this.#runners.get(name) ?? this.#added(name))
    if (found !== undefined) return found
    throw acpError(
      'acp/not_found',
      `There is no agent ${name ?? ''}: ${[...this.#runners.keys()].join(', ') || 'none is configured'}.`,
    )
  }

  /** An agent that was configured after the start. */
  #added(name: string): AgentRunner | undefined {
    const config = this.#configured?.(name)
    if (config === undefined) return undefined
    const runner = this.#newRunner(config)
    this.#runners.set(name, runner)
    return runner
  }

  connect(peer: AcpPeer, earlier?: EarlierConnection): AcpConnection {
    const connection = new ClientConnection({ service: this, peer, ended: () => this.#clients.delete(connection) })
    this.#clients.add(connection)
    if (this.#isClosed) peer.close({ code: 'acp/unavailable', message: 'This server is going away.' })
    else if (earlier !== undefined) connection.goOn(earlier)
    return connection
  }

  /** A session that is there, led here. @throws `acp/not_found`; where another process leads it */
  session(id: string): Promise<AcpSession> {
    const known = this.#sessions.get(id)
    if (known !== undefined) return known
    const opened = this.#openSession(id)
    this.#sessions.set(id, opened)
    opened.catch(() => this.#sessions.delete(id))
    return opened
  }

  /**
   * Serves a session without a lead, where it is one of an agent: what waits in it is done then. Never rejects.
   * @returns whether it is served here now
   */
  async wake(id: string): Promise<boolean> {
    try {
      if (agentOf((await this.log.findSession(id))?.data) === undefined) return false
      await this.session(id)
      return true
    } catch (error) {
      this.logger.info('a session of an agent could not be woken', { session: id, error: String(error) })
      return false
    }
  }

  /** Makes a session for an agent; `theirs` names the agent's own where there is one to be loaded. */
  async create(runner: AgentRunner, { id, cwd, params, by, theirs }: SessionRequest): Promise<AcpSession> {
    const { name: agent } = runner
    await this.access.create(id, describedSession(agent, cwd, by.principal))
    const session = await this.session(id)
    if (session.state.opened === undefined) {
      const record = {
        t: 'acp.opened',
        agent,
        cwd,
        params,
        by,
        ...(theirs === undefined ? {} : { session: theirs }),
      } as const
      await session.write([record], [session.shown.stated('session_start', { agent, cwd })], { key: 'acp opened' })
    }
    return session
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const client of [...this.#clients]) client.end('acp/unavailable', 'This server is going away.')
    for (const runner of this.agents) runner.close()
    for (const session of [...this.#open.values()]) session.stopServing('This server is going away.')
    await this.#programs.close()
  }

  async #openSession(id: string): Promise<AcpSession> {
    const record = await this.log.findSession(id)
    const acp = agentOf(record?.data)
    if (record === null || acp === undefined) throw acpError('acp/not_found', 'There is no such session of an agent.')
    const runner = this.agent(acp.agent)
    const session = await AcpSession.open({
      ...{ id, log: this.log, sessions: this.access, agent: runner, limits: this.limits, policy: this.#policy },
      ...{ clock: this.clock, random: this.random, logger: this.logger },
      ended: () => {
        this.#sessions.delete(id)
        this.#open.delete(id)
        runner.leave(session)
      },
    })
    this.#open.set(id, session)
    runner.join(session)
    await session.begin(runner.running)
    return session
  }
}
