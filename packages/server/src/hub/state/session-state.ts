import type { LogEvent, ReplicaState } from '@holdfast/log'
import type { Fields } from '@holdfast/protocol/hub'
import { sessionSnapshot } from '../../generated/checks.ts'
import type { PendingRequest, SessionSnapshot } from '../../generated/types.ts'
import { fittingPart, type OnUnfit } from '../../unfit-values.ts'
import type { HubLimits } from '../limits.ts'
import { AGENT_EVENTS, agentAfter } from './agent-standing.ts'
import { ApprovalState } from './approval-state.ts'
import { asFields, EntryReader, textOf } from './entries.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { loopAfter } from './loop-state.ts'
import { Questions } from './questions.ts'
import { type AnswerRecord, clientSessionOf, type HubRecord, type RequestRecord, readRecord } from './records.ts'
import { SenderAnswers } from './sender-answers.ts'
import { SessionFiles } from './session-files.ts'
import { forgetOldest, putAll } from './state-parts.ts'
import { StreamState } from './stream-state.ts'

/** Version of the snapshot's shape: another one is folded anew. */
const SNAPSHOT_VERSION = 1
const MAX_PAST_DRIVERS = 64
/** What a request or an answer that is looked up by its id counts for. Measured, with ids of 36 characters. */
const ID_COST = 256
/** What was parsed occupies about so many times its text. */
const PARSED_COST = 2

/**
 * A session's state after event `n`, folded from its log one event at a time: what hydration, snapshot and routing are
 * built from. Every part is bounded.
 */
export class SessionState implements ReplicaState<HubRecord | undefined> {
  n = 0
  /** When the newest of its events happened, in milliseconds since 1970; 0 where only a snapshot is known. */
  at = 0
  label: string | undefined
  task: string | undefined
  taskCount = 0
  /** How a lead that works in rounds stands; absent where none does. */
  loop: Fields | undefined
  /** How a coding agent stands: plan, usage and choices; absent where none has reported it. */
  agent: Fields | undefined
  /** The driver that leads, or led last. */
  driver: string | undefined
  /** Drivers that were replaced by another one. */
  readonly pastDrivers: Set<string> = new Set<string>()
  readonly entries: EntryBlocks
  readonly stream: StreamState = new StreamState()
  /** By the id that the lead sees. */
  readonly pending: Map<string, PendingRequest> = new Map<string, PendingRequest>()
  /** Where the answers are, by asker and id. */
  readonly answers: Map<string, number> = new Map<string, number>()
  /** Answers for clients that number what they send. */
  readonly senderAnswers: SenderAnswers
  /** Where the lead's answers are, by the id that it saw. */
  readonly answered: Map<string, number> = new Map<string, number>()
  readonly questions: Questions = new Questions()
  readonly approvals: ApprovalState
  readonly files: SessionFiles
  readonly #limits: HubLimits
  readonly #unfit: OnUnfit | undefined
  readonly #reader = new EntryReader()
  /** Measured when it may have changed; undefined until then. */
  #bytesBesideStream: number | undefined

  /** `unfit` is called for what is stored and does not fit. */
  constructor(limits: HubLimits, unfit?: OnUnfit) {
    this.#limits = limits
    this.#unfit = unfit
    this.approvals = new ApprovalState(limits)
    this.senderAnswers = new SenderAnswers(limits)
    this.entries = new EntryBlocks(limits.hydrationBytes)
    this.files = new SessionFiles(limits)
  }

  /** About what all of it occupies. */
  get bytes(): number {
    this.#bytesBesideStream ??= this.#measure()
    return this.#bytesBesideStream + PARSED_COST * this.stream.length
  }

  /** Releases most of the conversation. */
  shorten(): void {
    this.entries.shorten()
    this.#bytesBesideStream = undefined
  }

  /** Takes the next event. The record in it, where it is one of ours. */
  apply(event: LogEvent): HubRecord | undefined {
    this.n = event.n
    this.at = Math.max(this.at, event.at)
    const record = readRecord(event, this.#unfit)
    if (record === undefined) return undefined
    const entry = this.#reader.read(record, event.at)
    if (entry !== undefined) this.entries.add(JSON.stringify(entry), event.n)
    const isHeld = (record.t === 'event' || record.t === 'call') && record.hold !== undefined
    if (isHeld) this.approvals.take(record, event.n)
    // Most events move what streams, and nothing else that has a size.
    if (record.t !== 'event' || entry !== undefined || isHeld) this.#bytesBesideStream = undefined
    if (record.t === 'event') this.#event(record.event, record.data, event.at)
    else if (record.t === 'request') this.#request(record, event.n)
    else if (record.t === 'answer') this.#answer(record, event.n, event.at)
    else if (record.t === 'rpc') this.questions.apply(record, event.n)
    else if (record.t === 'file') this.files.apply(record.path, record.op, record.text)
    else if (record.t === 'lead') this.#lead(record.instance)
    return record
  }

  /** Everything but what a log snapshot need not have. */
  snapshot(): SessionSnapshot {
    return {
      v: SNAPSHOT_VERSION,
      label: this.label,
      task: this.task,
      taskCount: this.taskCount,
      loop: this.loop,
      agent: this.agent,
      driver: this.driver,
      pastDrivers: [...this.pastDrivers],
      entries: this.entries.toJSON(),
      stream: this.stream.toJSON(),
      pending: [...this.pending],
      answers: [...this.answers],
      senderAnswers: this.senderAnswers.toJSON(),
      answered: [...this.answered],
      questions: this.questions.toJSON(),
      held: this.approvals.toJSON(),
      files: this.files.toJSON(),
    }
  }

  /** False where the snapshot is not one of ours; then it is made from the start. */
  restore(n: number, state: unknown): boolean {
    if (asFields(state)['v'] !== SNAPSHOT_VERSION) return false
    const stored = fittingPart(sessionSnapshot, state, this.#unfit)
    if (stored === undefined) return false
    this.n = n
    this.#bytesBesideStream = undefined
    this.label = stored.label
    this.task = stored.task
    this.driver = stored.driver
    this.taskCount = stored.taskCount ?? 0
    this.loop = stored.loop
    this.agent = stored.agent
    for (const driver of stored.pastDrivers ?? []) this.pastDrivers.add(driver)
    if (stored.entries !== undefined) this.entries.restore(stored.entries)
    if (stored.stream !== undefined) this.stream.restore(stored.stream)
    putAll(this.pending, stored.pending)
    putAll(this.answers, stored.answers)
    if (stored.senderAnswers !== undefined) this.senderAnswers.restore(stored.senderAnswers)
    putAll(this.answered, stored.answered)
    if (stored.questions !== undefined) this.questions.restore(stored.questions)
    this.approvals.restore(stored.held ?? [])
    this.files.restore(stored.files ?? [])
    return true
  }

  /** Whether the answer to a request is waited for, at this time. */
  isPending(wireId: string, epoch: number): boolean {
    const request = this.pending.get(wireId)
    return request !== undefined && (request.until ?? Number.POSITIVE_INFINITY) > epoch
  }

  #measure(): number {
    const ids = this.pending.size + this.answers.size + this.answered.size
    const texts = this.entries.bytes + this.files.bytes + this.senderAnswers.length
    return texts + PARSED_COST * this.approvals.length + ID_COST * ids
  }

  #event(event: string, data: Fields, at: number): void {
    this.stream.apply(event, data, at)
    if (AGENT_EVENTS.has(event)) this.agent = agentAfter(this.agent, event, data)
    if (event.startsWith('loop_')) this.loop = loopAfter(this.loop, event, data)
    if (event === 'task_start') this.taskCount++
    if (event === 'session_label_updated') this.label = textOf(data, 'label') ?? this.label
    if (event === 'session_start') this.task = this.task ?? textOf(data, 'task')
  }

  #request(record: RequestRecord, n: number): void {
    const { wireId, asker, id, until, sender } = record
    this.pending.set(wireId, { n, asker, id, until, sender })
    if (this.pending.size > this.#limits.maxPendingRequests) forgetOldest(this.pending)
  }

  #answer(record: AnswerRecord, n: number, at: number): void {
    this.pending.delete(record.wireId)
    this.approvals.answered(record)
    this.senderAnswers.take(record, n, at)
    this.answers.set(answerKey(record.asker, record.id), n)
    if (this.answers.size > this.#limits.maxAnswers) forgetOldest(this.answers)
    if (record.from === undefined) return
    this.answered.set(record.wireId, n)
    if (this.answered.size > this.#limits.maxAnswers) forgetOldest(this.answered)
  }

  #lead(instance: string): void {
    if (this.driver !== undefined && this.driver !== instance) {
      this.questions.clear()
      this.approvals.drop(this.driver)
      this.pastDrivers.add(this.driver)
      if (this.pastDrivers.size > MAX_PAST_DRIVERS) forgetOldest(this.pastDrivers)
    }
    this.pastDrivers.delete(instance)
    this.driver = instance
  }
}

/** Where the answer to a request is looked up, also by a process that continues from its asker's position. */
export function answerKey(asker: string, id: string): string {
  return `${clientSessionOf(asker)} ${id}`
}
