import type { Timer } from '@holdfast/contract'
import { isForPeople, type Outcome, type Question } from '../state/turn-types.ts'
import { needsOffer } from './attachments.ts'
import type { SessionCore } from './session-core.ts'

const POLICY = { principal: 'policy' } as const
const NOT_OFFERED = -32601
const AWAY = -32603

/** Finds who answers what an agent asks: people, who may take their time, or the client that works with it. */
export class QuestionRouter {
  readonly #session: SessionCore
  /** Clients that are away are waited for. */
  readonly #away = new Map<number, Timer>()

  constructor(session: SessionCore) {
    this.#session = session
  }

  close(): void {
    for (const timer of this.#away.values()) timer.cancel()
    this.#away.clear()
  }

  /** A client has come, or the log was read: what is open may find its answer now. */
  resume(): void {
    const { attachments, state } = this.#session
    for (const question of state.questions.values()) {
      if (isForPeople(question.method)) continue
      if (!attachments.isAsked(question.n)) this.forward(question)
      else if (
        [...attachments].some(({ client, isHere }) => isHere && attachments.askedOf(client).includes(question.n))
      ) {
        this.#isBack(question.n)
      }
    }
  }

  /** A client that may have been asked something is away. */
  left(client: string, isGone: boolean): void {
    const { attachments, state } = this.#session
    for (const n of attachments.askedOf(client)) {
      const question = state.questions.get(n)
      if (isGone) attachments.unask(client, n)
      if (question === undefined || isForPeople(question.method)) continue
      if (isGone) this.forward(question)
      else this.#await(question)
    }
  }

  /** A question for people. */
  askPeople(question: Question): void {
    const { policy, logger, agent, limits } = this.#session.parts
    if (this.#session.state.questions.size > limits.maxQuestions)
      return this.#refuse(question, AWAY, 'Too many questions wait.')
    if (policy === undefined) return
    const { method, params } = question
    Promise.resolve({ session: this.#session.id, agent: agent.name, method, params })
      .then(policy)
      .then((result) => (result === undefined ? undefined : this.#session.answer(question.n, { result }, POLICY)))
      .catch((error: unknown) =>
        logger.error('the policy for questions failed: people are asked', { error: String(error) }),
      )
  }

  /** What only a client can do, if there is one. */
  forward(question: Question): void {
    const { attachments } = this.#session
    const { method, n } = question
    const found = attachments.writerFor(method)
    if (found !== undefined) {
      this.#isBack(n)
      return attachments.ask(found, question)
    }
    const mayComeBack = needsOffer(method) && attachments.writer !== undefined && attachments.isAway(attachments.writer)
    if (!mayComeBack) return this.#refuse(question, NOT_OFFERED, `No client here offers ${method}.`)
    this.#await(question)
  }

  #await(question: Question): void {
    const { n, method } = question
    if (this.#away.has(n)) return
    const { clock, limits } = this.#session.parts
    const timer = clock.after(limits.clientAwayMs, () => {
      this.#away.delete(n)
      this.#refuse(question, AWAY, `The client that does ${method} is away.`)
    })
    this.#away.set(n, timer)
  }

  #isBack(n: number): void {
    this.#away.get(n)?.cancel()
    this.#away.delete(n)
  }

  #refuse({ n }: Question, code: number, message: string): void {
    const outcome: Outcome = { error: { code, message } }
    this.#session.answer(n, outcome, { principal: 'gateway' }).catch((error: unknown) => {
      this.#session.parts.logger.warn('a question of an agent was not answered', { error: String(error) })
    })
  }
}
