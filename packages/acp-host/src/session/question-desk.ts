import type { Timer } from '@holdfast/contract'
import type { AcpSession } from './acp-session.ts'
import { needsOffer } from './attachments.ts'
import { isHeld, type Outcome, type Question } from './exchange.ts'

/** A question of an agent to people. */
export interface AgentQuestion {
  readonly session: string
  readonly agent: string
  readonly method: string
  readonly params: Readonly<Record<string, unknown>>
}

/** Answers questions in people's place: an answer as ACP has it, or `undefined` where people are asked. */
export type QuestionPolicy = (
  question: AgentQuestion,
) => Readonly<Record<string, unknown>> | undefined | Promise<Readonly<Record<string, unknown>> | undefined>

const POLICY = { principal: 'policy' } as const
const NOT_OFFERED = -32601
const AWAY = -32603

/** Finds who answers what an agent asks: people, who may take their time, or the client that works with it. */
export class QuestionDesk {
  readonly #session: AcpSession
  /** Clients that are away are waited for. */
  readonly #away = new Map<number, Timer>()
  #expiry: Timer | undefined

  constructor(session: AcpSession) {
    this.#session = session
  }

  close(): void {
    this.#expiry?.cancel()
    for (const timer of this.#away.values()) timer.cancel()
    this.#away.clear()
  }

  /** Somebody has come, or the log was read: what is open may find its answer now. */
  resume(): void {
    for (const question of this.#session.state.questions.values()) {
      if (!isHeld(question.method) && !this.#session.attachments.isAsked(question.n)) this.forward(question)
    }
    this.#arm()
  }

  /** A question for people. */
  held(question: Question): void {
    const { policy, logger, agent, limits } = this.#session.parts
    if (this.#session.state.questions.size > limits.maxQuestions) return this.#refuse(question, AWAY, 'Too many questions wait.')
    this.#arm()
    if (policy === undefined) return
    const { method, params } = question
    Promise.resolve({ session: this.#session.id, agent: agent.name, method, params })
      .then(policy)
      .then((result) => (result === undefined ? undefined : this.#session.answer(question.n, { result }, POLICY)))
      .catch((error: unknown) => logger.error('the policy for questions failed: people are asked', { error: String(error) }))
  }

  /** What only a client can do, or nobody. */
  forward(question: Question): void {
    const { attachments, parts } = this.#session
    const { method, n } = question
    const found = attachments.writerFor(method)
    if (found !== undefined) {
      this.#away.get(n)?.cancel()
      this.#away.delete(n)
      return attachments.ask(found, question)
    }
    const mayComeBack = needsOffer(method) && attachments.writer !== undefined && attachments.isAway(attachments.writer)
    if (!mayComeBack) return this.#refuse(question, NOT_OFFERED, `No client here offers ${method}.`)
    if (this.#away.has(n)) return
    const timer = parts.clock.after(parts.limits.clientAwayMs, () => {
      this.#away.delete(n)
      this.#refuse(question, AWAY, `The client that does ${method} is away.`)
    })
    this.#away.set(n, timer)
  }

  /** Held questions whose time is over. */
  get expired(): readonly Question[] {
    const { state, parts } = this.#session
    const before = parts.clock.epoch() - parts.limits.questionMs
    return state.held.filter(({ at }) => at <= before)
  }

  #refuse({ n }: Question, code: number, message: string): void {
    const outcome: Outcome = { error: { code, message } }
    this.#session.answer(n, outcome, { principal: 'gateway' }).catch((error: unknown) => {
      this.#session.parts.logger.warn('a question of an agent was not answered', { error: String(error) })
    })
  }

  #arm(): void {
    this.#expiry?.cancel()
    this.#expiry = undefined
    const { state, parts, signal } = this.#session
    const [first] = state.held
    if (first === undefined || signal.aborted) return
    const dueMs = Math.max(0, first.at + parts.limits.questionMs - parts.clock.epoch())
    this.#expiry = parts.clock.after(dueMs, () => {
      this.#session.poke()
      this.#arm()
    })
  }
}
