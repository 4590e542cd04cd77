import { isObject } from '@holdfast/contract/shape'
import type { LogEvent, ReplicaState } from '@holdfast/log'
import { AgentInfo, type Choice } from './agent-info.ts'
import { type ClientMessage, messagesOfAgent, messagesOfAnswer, messagesOfPrompt, outcomeOf } from './client-message.ts'
import { OpenMessage } from './open-message.ts'
import { type HubRequest, type HubRpc, type RecordOf, RecordReader, type SessionRecord } from './records.ts'
import {
  ACP_SCOPE,
  failureOf,
  hubIdOf,
  isForPeople,
  type Outcome,
  type Question,
  type Request,
  type Turn,
} from './turn-types.ts'

/** What a record has done. */
export interface Applied {
  readonly n: number
  readonly record: SessionRecord | undefined
  /** What clients get of it. */
  readonly messages: readonly ClientMessage[]
  /** Requests of clients that have their answer: by the number of the prompt, or of the message to the agent. */
  readonly settled: readonly { readonly n: number; readonly outcome: Outcome }[]
}

/** Prompts whose end is remembered, for clients that ask again. */
const MAX_ENDED = 1_000
const CANCELLED: Outcome = { result: { stopReason: 'cancelled' } }

/**
 * What a session of an agent is after event `n`, out of its log alone: the same on every server, and at every time.
 */
export class AcpState implements ReplicaState<Applied> {
  n = 0
  opened: RecordOf<'acp.opened'> | undefined
  openedAt = 0
  /** The life of the program that has the session; `undefined` while none does. */
  program: string | undefined
  /** What is handled of its stdout. */
  offset = 0
  /** The agent's own id; known once it has answered. */
  agentSession: string | undefined
  /** The session is being made, or loaded. */
  isOpening = false
  /** It is open in {@link program}. */
  isOpen = false
  isClosed = false
  turn: Turn | undefined
  readonly queue: Map<number, RecordOf<'acp.prompt'>> = new Map<number, RecordOf<'acp.prompt'>>()
  readonly questions: Map<number, Question> = new Map<number, Question>()
  readonly requests: Map<number, Request> = new Map<number, Request>()
  /** How prompts ended. */
  readonly ended: Map<number, Outcome> = new Map<number, Outcome>()
  readonly info: AgentInfo = new AgentInfo()
  /** What is to be chosen again before anything else: the agent has loaded the session, and may have forgotten it. */
  choicesDue: readonly Choice[] = []
  /** What the agent is saying. */
  readonly message: OpenMessage = new OpenMessage()
  /** Unanswered requests of the hub's controllers to the lead. */
  readonly hubRequests: Map<string, HubRequest> = new Map<string, HubRequest>()
  /** What controllers of the hub answered to open questions: the first of each. */
  readonly hubAnswers: Map<number, HubRpc> = new Map<number, HubRpc>()
  /** Why the last program ended, until another one has the session … */
  failure: string | undefined
  /** … and the number of the record that says so. */
  failedAt = 0
  /** The agent's own words, where it did not open the session. */
  openError: Outcome | undefined
  /** Something was shown: a load of the agent's own would show it again. */
  hasHistory = false
  lastPrompt = ''
  readonly #reader: RecordReader
  #messages: ClientMessage[] = []
  #settled: { n: number; outcome: Outcome }[] = []

  constructor(unfit?: ((issue: string, n: number) => void) | undefined) {
    this.#reader = new RecordReader(unfit)
  }

  apply(event: LogEvent): Applied {
    const { n, at } = event
    this.n = n
    const record = this.#reader.read(event)
    this.#messages = []
    this.#settled = []
    if (record !== undefined) this.#apply(record, n, at)
    return { n, record, messages: this.#messages, settled: this.#settled }
  }

  /** The log alone is the state: nothing of it is stored beside. */
  snapshot(): unknown {
    return null
  }

  /** The snapshot that is there is the hub's. */
  restore(): boolean {
    return false
  }

  /** Questions that wait for people. */
  get questionsForPeople(): readonly Question[] {
    return [...this.questions.values()].filter(({ method }) => isForPeople(method))
  }

  #apply(record: SessionRecord, n: number, at: number): void {
    switch (record.t) {
      case 'acp.opened':
        if (this.opened === undefined) this.openedAt = at
        this.opened ??= record
        this.agentSession ??= record.session
        return
      case 'acp.prompt':
        this.queue.set(n, record)
        this.isClosed = false
        return
      case 'acp.removed':
        return this.#removed(record)
      case 'acp.out':
        return this.#out(record, n, at)
      case 'acp.in':
        return this.#in(record, n, at)
      case 'acp.answered':
        return this.#answered(record)
      case 'acp.over':
        return this.#over(record)
      case 'acp.closed':
        this.isClosed = true
        this.isOpen = false
        this.program = undefined
        return
      case 'acp.notice':
        this.#messages.push({ to: 'noticed', message: { method: 'session/update', params: noticeOf(record.text) } })
        return
      case 'request':
        this.hubRequests.set(record.wireId, record)
        return
      case 'answer':
        this.hubRequests.delete(record.wireId)
        return
      case 'rpc':
        return this.#rpc(record)
    }
  }

  #rpc(record: HubRpc): void {
    const { to, message, from } = record
    if (to !== 'driver' || message['type'] !== 'rpc_ui_response' || from === ACP_SCOPE) return
    const question = [...this.questions.values()].find(({ hubId }) => hubId === message['id'])
    if (question !== undefined && !this.hubAnswers.has(question.n)) this.hubAnswers.set(question.n, record)
  }

  #removed({ prompt, why }: RecordOf<'acp.removed'>): void {
    const outcome = why === 'cancelled' ? CANCELLED : failureOf(why)
    if (this.queue.delete(prompt)) this.#end(prompt, outcome)
    else this.#endTurn(prompt, outcome)
  }

  #out({ p, m, why, prompt, by }: RecordOf<'acp.out'>, n: number, at: number): void {
    const { method, params } = m
    if (why === 'open') {
      this.isOpening = true
      this.isOpen = false
      if (this.program !== p) this.offset = 0
      this.program = p
    }
    if (p !== this.program) return
    if (why === 'set' && by === undefined) this.choicesDue = []
    if (why === 'cancel' && this.turn !== undefined) this.turn.cancelledAt ??= at
    if (why === 'prompt' && prompt !== undefined) this.#begin(prompt, at)
    if (typeof method === 'string' && why !== 'cancel' && why !== 'told') {
      this.requests.set(n, { why, method, params: isObject(params) ? params : {}, prompt })
    }
  }

  #begin(prompt: number, at: number): void {
    const record = this.queue.get(prompt)
    if (record === undefined) return
    this.queue.delete(prompt)
    this.turn = { prompt, by: record.by, asked: record.asked, startedAt: at, cancelledAt: undefined }
    this.lastPrompt = textOfBlocks(record.prompt)
    this.hasHistory = true
    this.#messages.push(...messagesOfPrompt(record))
  }

  #in({ p, o, m }: RecordOf<'acp.in'>, n: number, at: number): void {
    if (p !== this.program) return
    this.offset = o
    const { id, method, params } = m
    if (typeof method !== 'string') return this.#response(m)
    if ('id' in m) {
      const asked = { method, params: isObject(params) ? params : {}, at }
      this.questions.set(n, { n, id, hubId: hubIdOf(p, o), ...asked })
    } else if (method === 'session/update') {
      this.hasHistory = true
      const update = isObject(params) ? params['update'] : undefined
      this.info.update(update)
      this.message.take(update)
    }
    this.#messages.push(...messagesOfAgent(m, n))
  }

  #response(m: Readonly<Record<string, unknown>>): void {
    const n = requestNumber(m['id'])
    const request = n === undefined ? undefined : this.requests.get(n)
    if (n === undefined || request === undefined) return
    this.requests.delete(n)
    const outcome = outcomeOf(m)
    if (request.why === 'open') this.#openAnswered(request, outcome)
    if (request.why === 'set') this.info.chosen(request, outcome)
    if (request.why === 'prompt' && request.prompt !== undefined) this.#endTurn(request.prompt, outcome)
    this.#settled.push({ n, outcome })
  }

  #openAnswered(request: Request, outcome: Outcome): void {
    this.isOpening = false
    if (!('result' in outcome)) {
      this.program = undefined
      this.openError = outcome
      this.failure = outcome.error.message
      this.failedAt = this.n
      return
    }
    const { result } = outcome
    const session = isObject(result) ? result['sessionId'] : undefined
    if (typeof session === 'string' && request.method !== 'session/load') this.agentSession = session
    this.isOpen = true
    this.failure = undefined
    this.openError = undefined
    this.info.opened(result)
    this.choicesDue = this.info.choices
  }

  #endTurn(prompt: number, outcome: Outcome): void {
    if (this.turn?.prompt !== prompt) return
    this.turn = undefined
    this.message.close()
    this.#end(prompt, outcome)
  }

  #end(prompt: number, outcome: Outcome): void {
    this.ended.set(prompt, outcome)
    const [oldest] = this.ended.keys()
    if (this.ended.size > MAX_ENDED && oldest !== undefined) this.ended.delete(oldest)
    this.#settled.push({ n: prompt, outcome })
  }

  #answered(record: RecordOf<'acp.answered'>): void {
    const question = this.questions.get(record.question)
    if (question === undefined) return
    this.questions.delete(record.question)
    this.hubAnswers.delete(record.question)
    this.#messages.push(...messagesOfAnswer(record, question))
  }

  #over({ p, why }: RecordOf<'acp.over'>): void {
    if (p !== this.program) return
    const { turn } = this
    const outcome = failureOf(why)
    this.failure = why
    this.openError = undefined
    this.failedAt = this.n
    this.program = undefined
    this.isOpen = false
    this.isOpening = false
    for (const [n, { why: reason }] of this.requests) if (reason !== 'prompt') this.#settled.push({ n, outcome })
    this.requests.clear()
    for (const question of this.questions.values()) this.#messages.push(...messagesOfAnswer(undefined, question))
    this.questions.clear()
    this.hubAnswers.clear()
    if (turn !== undefined) this.#endTurn(turn.prompt, turn.cancelledAt === undefined ? outcome : CANCELLED)
  }
}

/** The number in the id of a request to the agent: `{session} {number}`. */
export function requestNumber(id: unknown): number | undefined {
  const text = typeof id === 'string' ? /(?:^| )(\d+)$/.exec(id)?.[1] : undefined
  return text === undefined ? undefined : Number(text)
}

function noticeOf(text: string): Readonly<Record<string, unknown>> {
  return { update: { sessionUpdate: 'notice', severity: 'warning', title: text } }
}

function textOfBlocks(blocks: readonly Readonly<Record<string, unknown>>[]): string {
  return blocks
    .map(({ text }) => (typeof text === 'string' ? text : ''))
    .join('')
    .slice(0, 200)
}
