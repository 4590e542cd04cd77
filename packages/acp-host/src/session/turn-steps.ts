import { openRequest } from '../state/open-request.ts'
import { answerOf } from '../state/permission-options.ts'
import type { AcpAuthor, AcpRecord } from '../state/records.ts'
import { cancelledAnswer, failureOf, type Outcome, type Question } from '../state/turn-types.ts'
import type { Deadlines } from './deadlines.ts'
import type { HubStored } from './hub/hub-events.ts'
import { hubStepOf, refusedStep } from './hub/hub-requests.ts'
import { Openers } from './openers.ts'
import type { SessionCore } from './session-core.ts'

/**
 * What a session does next, one step at a time: each is decided on the state, written, and applied before the next one is. A prompt
 * begins, is cancelled and ends here; what its client is answered then: `state/acp-state.ts`.
 */
export class TurnSteps {
  readonly #session: SessionCore
  readonly #deadlines: Deadlines
  readonly #commands: (() => Promise<void>)[] = []
  readonly #openers = new Openers()
  #isRunning = false
  #isPoked = false

  constructor(session: SessionCore, deadlines: Deadlines) {
    this.#session = session
    this.#deadlines = deadlines
  }

  run(): void {
    // A step that is under way has looked already: what is new is seen by another one.
    this.#isPoked = true
    if (this.#isRunning || this.#session.signal.aborted) return
    this.#isRunning = true
    void this.#run()
  }

  close(why: string): void {
    this.#openers.settle(failureOf(why))
  }

  opened(): Promise<Outcome> {
    const { state, signal } = this.#session
    if (state.isOpen) return Promise.resolve({ result: state.info.answer })
    if (signal.aborted) return Promise.resolve(failureOf('The session is not served here any more.'))
    const opened = this.#openers.wait(state.n)
    this.run()
    return opened
  }

  cancel(by: AcpAuthor): Promise<void> {
    return this.#command(async () => {
      const { state } = this.#session
      const mine = [...state.queue].filter(
        ([, { by: author }]) => author.client === by.client && by.client !== undefined,
      )
      await this.#remove(
        mine.map(([prompt]) => prompt),
        'cancelled',
        by,
      )
      await this.#cancelTurn(by)
    })
  }

  cancelPrompt(n: number, by: AcpAuthor): Promise<void> {
    return this.#command(async () => {
      const { state } = this.#session
      if (state.turn?.prompt === n) return this.#cancelTurn(by)
      if (state.queue.has(n)) await this.#remove([n], 'cancelled', by)
    })
  }

  answer(n: number, outcome: Outcome, by: AcpAuthor): Promise<boolean> {
    return this.#command(async () => {
      const question = this.#session.state.questions.get(n)
      if (question === undefined) return false
      await this.#answer([question], outcome, { by })
      return true
    })
  }

  #command<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#commands.push(() => work().then(resolve, reject))
      this.run()
    })
  }

  async #run(): Promise<void> {
    const { signal, parts } = this.#session
    try {
      let isDone = true
      while (!signal.aborted && (isDone || this.#isPoked)) {
        this.#isPoked = false
        isDone = await this.#step()
      }
    } catch (error) {
      if (!signal.aborted)
        parts.logger.error('a session of an agent cannot go on', { session: this.#session.id, error: String(error) })
    } finally {
      this.#isRunning = false
      if (this.#commands.length > 0) this.run()
    }
  }

  /** @returns whether something was done */
  async #step(): Promise<boolean> {
    const { state } = this.#session
    if (state.opened === undefined) return false
    const command = this.#commands.shift()
    if (command !== undefined) {
      await command()
      return true
    }
    return (
      (await this.#endQuestions()) ||
      (await this.#endTurn()) ||
      (await this.#hubSaid()) ||
      (await this.#failQueued()) ||
      (await this.#open()) ||
      (await this.#begin())
    )
  }

  async #endQuestions(): Promise<boolean> {
    const { state } = this.#session
    for (const [n, { message, from = 'hub' }] of state.hubAnswers) {
      const answered = state.questions.get(n)
      if (answered === undefined) continue
      const outcome = answerOf(answered.method, answered.params, message['result'])
      await this.#answer([answered], outcome, { by: { principal: from }, isHubs: true })
      return true
    }
    if (state.turn?.cancelledAt !== undefined && state.questions.size > 0) {
      await this.#answer([...state.questions.values()], undefined, { why: 'The turn was cancelled.' })
      return true
    }
    const { expired } = this.#deadlines
    if (expired.length > 0) await this.#answer(expired, undefined, { why: 'Nobody answered in time.' })
    return expired.length > 0
  }

  /** An agent that does not end a cancelled turn has no use for another one: its program is ended, and the turn is over. */
  async #endTurn(): Promise<boolean> {
    const { state, shown, parts } = this.#session
    const { turn, program } = state
    if (turn === undefined || program === undefined || !this.#deadlines.isCancelOverdue) return false
    const why = `It did not end a cancelled turn within ${parts.limits.cancelMs / 1_000} s.`
    parts.agent.fail(program, why)
    const words = `The agent ${parts.agent.name} failed: ${why} It is ended, and starts anew with the next prompt.`
    const records: AcpRecord[] = [
      { t: 'acp.notice', text: words },
      { t: 'acp.removed', prompt: turn.prompt, why: 'cancelled' },
      { t: 'acp.over', p: program, why: words },
    ]
    await this.#session.write(records, shown.turned(turn.prompt, 'cancelled', words))
    return true
  }

  /** Answers questions, here and for the hub's clients. Without an outcome they are cancelled. */
  async #answer(
    questions: readonly Question[],
    outcome: Outcome | undefined,
    { by, why, isHubs = false }: { readonly by?: AcpAuthor; readonly why?: string; readonly isHubs?: boolean },
    more: readonly AcpRecord[] = [],
  ): Promise<void> {
    const { state, shown } = this.#session
    const { program: p = '' } = state
    const records: AcpRecord[] = []
    const events: HubStored[] = []
    for (const { n: question, id, hubId, method } of questions) {
      const answer = { ...(outcome ?? cancelledAnswer(method)) }
      records.push({
        t: 'acp.answered',
        question,
        answer,
        ...(by === undefined ? {} : { by }),
        ...(why === undefined ? {} : { why }),
      })
      records.push({ t: 'acp.out', p, m: { id, ...answer }, why: 'answer' })
      if (state.questionsForPeople.some(({ n }) => n === question))
        events.push(...shown.answered(hubId, answer, by?.principal, isHubs))
    }
    await this.#session.write([...records, ...more], events)
  }

  /** Of a controller: what it has queued; else the turn; and where there is none, what waits for one. */
  async #cancelFor(by: AcpAuthor): Promise<void> {
    const { queue, turn } = this.#session.state
    const mine = [...queue].filter(([, record]) => record.by.client === by.client).map(([n]) => n)
    if (mine.length > 0) await this.#remove(mine, 'cancelled', by)
    else if (turn !== undefined) await this.#cancelTurn(by)
    else await this.#remove([...queue.keys()], 'cancelled', by)
  }

  async #cancelTurn(by: AcpAuthor): Promise<void> {
    const { state } = this.#session
    const { program: p, agentSession: sessionId } = state
    if (state.turn === undefined || p === undefined || state.turn.cancelledAt !== undefined) return
    const cancel: AcpRecord = {
      t: 'acp.out',
      p,
      m: { method: 'session/cancel', params: { sessionId } },
      why: 'cancel',
      by,
    }
    await this.#answer([...state.questions.values()], undefined, { why: 'The turn was cancelled.' }, [cancel])
  }

  /** What controllers of the hub say to the lead. */
  async #hubSaid(): Promise<boolean> {
    const [request] = this.#session.state.hubRequests.values()
    if (request === undefined) return false
    const { state, parts } = this.#session
    const { limits, clock } = parts
    const bounds = { maxQueuedPrompts: limits.maxQueuedPrompts, now: clock.epoch() }
    const { records, shown, isCancel } = hubStepOf(request, state, bounds)
    try {
      await this.#session.write(records, shown)
    } catch (error) {
      if (this.#session.signal.aborted) throw error
      // It would be refused each time, and those behind it do not wait for that.
      await this.#session.write([], [refusedStep(request)])
      return true
    }
    if (isCancel) await this.#cancelFor({ principal: request.asker, client: request.asker })
    return true
  }

  /** What was queued before the agent failed does not wait for the next one: it would not know of it. */
  async #failQueued(): Promise<boolean> {
    const { failure, failedAt, openError, queue } = this.#session.state
    if (failure === undefined) return false
    this.#openers.settle(openError ?? failureOf(failure), failedAt)
    const stale = [...queue.keys()].filter((n) => n < failedAt)
    await this.#remove(stale, failure)
    return stale.length > 0
  }

  async #open(): Promise<boolean> {
    const { state, parts, id } = this.#session
    if (state.isOpen) {
      this.#openers.settle({ result: state.info.answer })
      return false
    }
    if (state.isOpening || (state.queue.size === 0 && this.#openers.size === 0)) return false
    try {
      const { program: p, initialized } = await parts.agent.ready(id)
      const { method, params, isForgotten } = openRequest(state, initialized)
      const text = 'The agent cannot load what was said before: it begins anew, and knows nothing of it.'
      const notices: AcpRecord[] = isForgotten ? [{ t: 'acp.notice', text }] : []
      await this.#session.write([...notices, { t: 'acp.out', p, m: { method, params }, why: 'open' }])
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      this.#openers.settle(failureOf(why))
      const shown = [this.#session.shown.stated('session_error', { error: why })]
      await this.#session.write([], shown)
      await this.#remove([...state.queue.keys()], why)
    }
    return true
  }

  /** The next prompt has its turn; before it, what was chosen is set again where the agent has forgotten it. */
  async #begin(): Promise<boolean> {
    const { state, shown } = this.#session
    const { program: p, agentSession: sessionId } = state
    if (!state.isOpen || p === undefined) return false
    if (state.choicesDue.length > 0) {
      const outs = state.choicesDue.map(({ method, params }): AcpRecord => {
        return { t: 'acp.out', p, m: { method, params: { ...params, sessionId } }, why: 'set' }
      })
      await this.#session.write(outs)
      return true
    }
    const isSetting = [...state.requests.values()].some(({ why }) => why === 'set')
    const [next] = state.queue
    if (next === undefined || state.turn !== undefined || isSetting) return false
    const [n, record] = next
    const params = { ...(record.meta === undefined ? {} : { _meta: record.meta }), sessionId, prompt: record.prompt }
    const out: AcpRecord = { t: 'acp.out', p, m: { method: 'session/prompt', params }, why: 'prompt', prompt: n }
    await this.#session.write([out], shown.prompted(n, record))
    return true
  }

  /** Prompts that will have no turn. */
  async #remove(prompts: readonly number[], why: string, by?: AcpAuthor | undefined): Promise<void> {
    if (prompts.length === 0) return
    const { state, shown } = this.#session
    const hubEvents = prompts.flatMap((prompt) => shown.removed(state.queue.get(prompt), why))
    const author = by === undefined ? {} : { by }
    await this.#session.write(
      prompts.map((prompt) => ({ t: 'acp.removed', prompt, why, ...author })),
      hubEvents,
    )
  }
}
