import { type Clock, type Logger, type Random, randomId } from '@holdfast/contract'
import { type LogEvent, Replica, type SessionLog } from '@holdfast/log'
import { acpError } from '../errors.ts'
import type { AgentLimits } from '../limits.ts'
import { AcpState, type Applied } from '../state/acp-state.ts'
import { type AcpAuthor, type AcpRecord, type RecordOf, RecordReader } from '../state/records.ts'
import { failureOf, isForPeople, type Outcome, type Question } from '../state/turn-types.ts'
import { Attachments } from './attachments.ts'
import { Deadlines } from './deadlines.ts'
import { HubEvents } from './hub/hub-events.ts'
import type { AcquiredLead, LedSessions } from './led-sessions.ts'
import { type AgentLine, LineWriter } from './line-writer.ts'
import { LogView } from './log-view.ts'
import type { QuestionPolicy } from './question-policy.ts'
import { QuestionRouter } from './question-router.ts'
import type { SessionAgent } from './session-agent.ts'
import type { SessionCore } from './session-core.ts'
import { SessionWriter } from './session-writer.ts'
import { TurnSteps } from './turn-steps.ts'

/** What a session is made of. */
export interface AcpSessionParts {
  readonly id: string
  readonly log: SessionLog
  readonly sessions: LedSessions
  readonly agent: SessionAgent
  readonly limits: AgentLimits
  readonly policy?: QuestionPolicy | undefined
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  /** It is not served here any more. */
  readonly ended: () => void
}

/**
 * One session of an agent, on the server that leads it. Everything that happens is a record of its log first, and what this
 * object does follows from the log alone: a server that dies is replaced by one that reads the log and continues.
 */
export class AcpSession implements SessionCore {
  readonly id: string
  readonly attachments: Attachments = new Attachments()
  readonly parts: AcpSessionParts
  readonly #replica: Replica<AcpState, Applied>
  readonly #lease: AcquiredLead
  readonly #writer: SessionWriter
  readonly #end = new AbortController()
  readonly #waiting = new Map<number, Set<(outcome: Outcome) => void>>()
  readonly #deadlines: Deadlines = new Deadlines(this)
  readonly #questionRouter: QuestionRouter
  readonly #steps: TurnSteps
  #lines: LineWriter | undefined
  #shown: HubEvents | undefined

  private constructor(parts: AcpSessionParts, lease: AcquiredLead) {
    this.id = parts.id
    this.parts = parts
    this.#lease = lease
    this.#replica = this.#makeReplica()
    this.#writer = new SessionWriter({
      replica: this.#replica,
      fence: lease.fence,
      clock: parts.clock,
      signal: this.#end.signal,
      makeRoom: () => lease.makeRoom(),
      lost: () => this.stopServing('Another server leads the session.'),
    })
    this.#questionRouter = new QuestionRouter(this)
    this.#steps = new TurnSteps(this, this.#deadlines)
  }

  /** Becomes the session's lead and reads its log. @throws where another process leads it, or the log cannot be read */
  static async open(parts: AcpSessionParts): Promise<AcpSession> {
    let found: AcpSession | undefined
    const lease = await parts.sessions.lead(parts.id, () => found?.stopServing('Another server leads the session.'))
    const session = new AcpSession(parts, lease)
    found = session
    try {
      await session.#replica.start()
      session.#shown = new HubEvents(session.state)
      session.#lines = new LineWriter(session)
      return session
    } catch (error) {
      session.stopServing('The log cannot be read.')
      throw error
    }
  }

  get state(): AcpState {
    return this.#replica.state
  }

  get signal(): AbortSignal {
    return this.#end.signal
  }

  /** What the hub shows, as far as it is written. */
  get shown(): HubEvents {
    this.#shown ??= new HubEvents(this.state)
    return this.#shown
  }

  /** Nothing is done, and no client is attached. */
  get isIdle(): boolean {
    const { turn, queue, questions } = this.state
    return this.attachments.size === 0 && turn === undefined && queue.size === 0 && questions.size === 0
  }

  /** Takes up what the log leaves to do. `program`: the life of the agent's program that runs, where one does. */
  async begin(program: string | undefined): Promise<void> {
    const { program: before } = this.state
    if (before !== undefined && before !== program) await this.over(before, 'The agent ended while no server was here.')
    else if (before !== undefined) await this.#writeAgain(before)
    this.#questionRouter.resume()
    this.#deadlines.arm()
    this.poke()
  }

  /** Looks what is to be done next. */
  poke(): void {
    this.#steps.run()
  }

  write: SessionWriter['write'] = (records, shown, options) => this.#writer.write(records, shown, options)

  writePairs: SessionWriter['writePairs'] = (pairs) => this.#writer.writePairs(pairs)

  /** A message of the agent. `done` is called when it is in the log. */
  take(line: AgentLine): void {
    this.#lines?.take(line)
  }

  /** A prompt. The outcome is that of its turn. @throws `acp/unavailable` where too many wait */
  async prompt(
    prompt: RecordOf<'acp.prompt'>['prompt'],
    {
      by,
      key,
      meta,
    }: { readonly by: AcpAuthor; readonly key?: string | undefined; readonly meta?: RecordOf<'acp.prompt'>['meta'] },
  ): Promise<{ readonly n: number; readonly outcome: Promise<Outcome> }> {
    const { maxQueuedPrompts, maxPromptChars } = this.parts.limits
    if (JSON.stringify(prompt).length > maxPromptChars) {
      throw acpError('acp/unavailable', `A prompt may have ${maxPromptChars} characters.`)
    }
    if (this.state.queue.size >= maxQueuedPrompts && key === undefined) throw tooMany(maxQueuedPrompts)
    const record: AcpRecord = { t: 'acp.prompt', prompt, by, ...(meta === undefined ? {} : { meta }) }
    const { n } = await this.write([record], [], { key, keyScope: by.client })
    if (this.state.queue.size > maxQueuedPrompts && this.state.queue.has(n)) {
      await this.write([{ t: 'acp.removed', prompt: n, why: tooMany(maxQueuedPrompts).message }])
    }
    this.attachments.writer = by.client ?? this.attachments.writer
    return { n, outcome: this.settled(n) }
  }

  /** How the prompt or the request of record `n` ended, or will. */
  settled(n: number): Promise<Outcome> {
    const known = this.state.ended.get(n)
    if (known !== undefined) return Promise.resolve(known)
    return new Promise((resolve) => {
      const waiting = this.#waiting.get(n) ?? new Set<(outcome: Outcome) => void>()
      this.#waiting.set(n, waiting.add(resolve))
    })
  }

  /** Asks the agent something in this session. */
  async ask(method: string, params: Readonly<Record<string, unknown>>, by: AcpAuthor): Promise<Outcome> {
    const opened = await this.opened()
    const { program: p, agentSession: sessionId } = this.state
    if ('error' in opened || p === undefined) return 'error' in opened ? opened : failureOf('The agent does not run.')
    const why = method === 'session/set_mode' || method === 'session/set_config_option' ? 'set' : 'ask'
    const m = { method, params: { ...params, sessionId } }
    const { n } = await this.write([{ t: 'acp.out', p, m, why, by }])
    return this.settled(n)
  }

  /** Resolves when the agent has the session, or has said why not. */
  opened(): Promise<Outcome> {
    return this.#steps.opened()
  }

  /** Ends the turn, and what the same client has queued. */
  cancel(by: AcpAuthor): Promise<void> {
    return this.#steps.cancel(by)
  }

  /** Ends one prompt: its turn, or its wait for one. */
  cancelPrompt(n: number, by: AcpAuthor): Promise<void> {
    return this.#steps.cancelPrompt(n, by)
  }

  /** Answers a question of the agent. @returns false where it is over */
  answer(n: number, outcome: Outcome, by: AcpAuthor): Promise<boolean> {
    return this.#steps.answer(n, outcome, by)
  }

  /** A client has come, or is here again. */
  attached(): void {
    this.#questionRouter.resume()
  }

  /** A client is away: `isGone` where it will not be back. */
  detached(client: string, isGone: boolean): void {
    this.#questionRouter.left(client, isGone)
  }

  /** The agent's program has ended. */
  async over(program: string, why: string): Promise<void> {
    if (this.state.program !== program) return
    const { turn } = this.state
    const how = turn?.cancelledAt === undefined ? 'failed' : 'cancelled'
    const shown = turn === undefined ? [] : this.shown.turned(turn.prompt, how, why)
    await this.write([{ t: 'acp.over', p: program, why }], shown)
  }

  /** It is not served here any more: its log continues. Idempotent. */
  stopServing(why: string): void {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    this.#questionRouter.close()
    this.#deadlines.stop()
    this.#steps.close(why)
    this.attachments.end(why)
    void this.#replica.close()
    this.#lease.release()
    this.parts.ended()
  }

  /** Lines that were in the log when a server died: those that the program has are not written again. */
  async #writeAgain(program: string): Promise<void> {
    const reader = new RecordReader()
    for (let after = 0; ; ) {
      const page = await this.parts.log.read(this.id, { after })
      for (const event of page.events) {
        const record = reader.read(event)
        if (record?.t === 'acp.out' && record.p === program) this.#lineOf(event.n, record)
      }
      after = page.events.at(-1)?.n ?? page.gap?.to ?? page.last
      if (after >= page.last) return
    }
  }

  #makeReplica(): Replica<AcpState, Applied> {
    const { id, log, clock, random, logger } = this.parts
    return new Replica<AcpState, Applied>({
      log: new LogView(log),
      session: id,
      open: async () => {
        const found = await log.findSession(id)
        if (found === null) throw acpError('acp/not_found', 'There is no such session.')
        return found
      },
      empty: () =>
        new AcpState((issue, n) => logger.warn('a record of a session does not fit', { session: id, n, issue })),
      applied: (_event: LogEvent, applied) => this.#applied(applied),
      snapshotEvents: Number.MAX_SAFE_INTEGER,
      retention: () => ({}),
      ended: () => this.stopServing('The log is away.'),
      producer: `acp-${this.parts.agent.name}`,
      idPrefix: randomId(random),
      clock,
      logger,
    })
  }

  #applied({ n, record, messages, settled }: Applied): void {
    if (this.#end.signal.aborted) return
    this.attachments.deliver(messages, n)
    for (const one of settled) {
      const waiting = this.#waiting.get(one.n)
      this.#waiting.delete(one.n)
      for (const resolve of waiting ?? []) resolve(one.outcome)
    }
    if (record?.t === 'acp.out') this.#lineOf(n, record)
    const question = this.state.questions.get(n)
    if (question !== undefined) this.#asked(question)
    if (question !== undefined || record?.t === 'acp.out') this.#deadlines.arm()
    this.poke()
  }

  #asked(question: Question): void {
    if (isForPeople(question.method)) this.#questionRouter.askPeople(question)
    else this.#questionRouter.forward(question)
  }

  #lineOf(n: number, { m, why }: RecordOf<'acp.out'>): void {
    const isRequest = m['method'] !== undefined && why !== 'cancel' && why !== 'told'
    const id = isRequest ? { id: `${this.id} ${n}` } : {}
    this.parts.agent.write(this.id, n, { jsonrpc: '2.0', ...id, ...m })
  }
}

function tooMany(most: number): Error {
  return acpError(
    'acp/unavailable',
    `${most} prompts wait in this session already. Wait for a turn to end, or remove one.`,
  )
}
