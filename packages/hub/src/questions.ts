import type { ConnectionEvents } from '@holdfast/core'
import type { ListenerOf } from '@holdfast/core/client'
import { TaskPool } from '@holdfast/core/internals'
import { OpenQuestions } from '@holdfast/core/protocol'
import { type HubServerMessage, readHubStamp } from '@holdfast/protocol/hub'
import { answerOf, type HubRequestHandler, type HubUiRequestHandler, resultOf } from './answering.ts'
import { HubError } from './errors.ts'
import type { HubOutgoing } from './handshake.ts'
import { isHubRequest, isUiRequest, isUiResponse } from './message-kinds.ts'
import type { HubOptions } from './options.ts'
import type { ReadPosition } from './read-position.ts'

/** What the questions need of their client. */
export interface QuestionsParts {
  readonly options: Pick<HubOptions, 'onRequest' | 'onUiRequest'>
  readonly events: {
    /** A handler threw. */
    threw(name: string, error: unknown): void
    report(problem: HubError): void
  }
  readonly read: ReadPosition
  /** One more event is done with. */
  progress(): void
  active(): boolean
  send(message: HubOutgoing): void
}

type Question = HubServerMessage & { readonly id: string }

/** What there is to do. */
class Work {
  readonly tasks = new TaskPool()
  readonly open = new OpenQuestions<Question>()
  /** The driver's questions that are with the handler. */
  readonly asking = new Map<string, AbortController>()
}

/** Questions to the application: who answers them, and what of them is open. */
export class Questions implements ListenerOf<ConnectionEvents> {
  readonly #parts: QuestionsParts
  /** Made for the first question: an idle client is small. */
  #work: Work | undefined
  #onRequest: HubRequestHandler | undefined
  #onUiRequest: HubUiRequestHandler | undefined
  /** The last question was refused. */
  #isFull = false

  constructor(parts: QuestionsParts) {
    this.#parts = parts
    this.#onRequest = parts.options.onRequest
    this.#onUiRequest = parts.options.onUiRequest
  }

  /** From here on requests go to this handler, open ones too. Returns a function that removes it. */
  handleRequests(handler: HubRequestHandler): () => void {
    this.#onRequest = handler
    this.#offer()
    return () => {
      if (this.#onRequest === handler) this.#onRequest = undefined
    }
  }

  handleUiRequests(handler: HubUiRequestHandler): () => void {
    this.#onUiRequest = handler
    this.#offer()
    return () => {
      if (this.#onUiRequest === handler) this.#onUiRequest = undefined
    }
  }

  /** The application itself has answered the question with this id, if it is one. */
  settle(id: string): void {
    this.#work?.open.settle(id)
  }

  /** The session is over, and with it what was asked. */
  status({ status }: ConnectionEvents['status']): void {
    if (status.state !== 'closed' || this.#work === undefined) return
    this.#work.open.clear()
    for (const asking of this.#work.asking.values()) asking.abort()
  }

  /** Requests of a controller to this lead, and of the driver to this controller. True: it was one, and is answered. */
  take(message: HubServerMessage): boolean {
    if (isUiResponse(message)) this.#over(message.id)
    if (!isQuestion(message)) return false
    if (this.#answer(message)) return true
    this.#made.open.keep(message.id, message, sizeOf(message))
    return false
  }

  get #made(): Work {
    this.#work ??= new Work()
    return this.#work
  }

  #offer(): void {
    this.#work?.open.offer((question) => this.#answer(question))
  }

  #answer(question: Question): boolean {
    const { events } = this.#parts
    // Not waited for: a place is free once the answer is on its way.
    const send = (message: HubOutgoing): void => void this.#parts.send(message)
    const onRequest = this.#onRequest
    const onUiRequest = this.#onUiRequest
    const threw = (name: string) => (error: unknown) => events.threw(name, error)
    if (onRequest !== undefined && isHubRequest(question)) {
      const refuse = (): void => send({ id: question.id, actions: [{ action: 'BLOCK', reason: TOO_MANY }] })
      this.#run(question, refuse, async () =>
        send({ id: question.id, actions: await answerOf(() => onRequest(question), threw('onRequest')) }),
      )
      return true
    }
    if (onUiRequest === undefined || !isUiRequest(question)) return false
    const { id } = question
    const asking = new AbortController()
    const { signal } = asking
    const { asking: all } = this.#made
    all.set(id, asking)
    const over = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()))
    const refuse = (): void => {
      all.delete(id)
      send({ type: 'rpc_ui_response', id, result: { error: TOO_MANY } })
    }
    this.#run(question, refuse, async () => {
      const handle = (): unknown => signal.aborted || onUiRequest(question, { signal })
      const result = await Promise.race([resultOf(handle, threw('onUiRequest')), over])
      all.delete(id)
      if (!signal.aborted) send({ type: 'rpc_ui_response', id, result })
    })
    return true
  }

  /** The driver needs no answer from here any more. */
  #over(id: string): void {
    this.#work?.open.settle(id)
    this.#work?.asking.get(id)?.abort()
  }

  /** Side by side, so many at once. The event of a question is processed when it is answered. */
  #run(question: Question, refuse: () => void, answer: () => Promise<void>): void {
    const { read, events } = this.#parts
    const seq = this.#parts.active() ? readHubStamp(question)?.seq : undefined
    if (seq !== undefined) read.asked(seq)
    const done = (): void => {
      if (seq === undefined) return
      read.answered(seq)
      this.#parts.progress()
    }
    const isTaken = this.#made.tasks.run(
      () => answer().finally(done),
      () => sizeOf(question),
    )
    if (!isTaken) {
      refuse()
      done()
      // Once for all that come in a row.
      if (!this.#isFull) events.report(new HubError('hub/questions_refused', TOO_MANY, { ids: [question.id] }))
    }
    this.#isFull = !isTaken
  }
}

const TOO_MANY = 'Too many questions wait for an answer.'

function sizeOf(question: Question): number {
  return JSON.stringify(question).length
}

function isQuestion(message: HubServerMessage): message is Question {
  return isHubRequest(message) || isUiRequest(message)
}
