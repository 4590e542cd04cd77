import type { HubAction } from '@holdfast/protocol/hub'
import type { SenderAnswersState } from '../../generated/types.ts'
import type { AnswerRecord } from './records.ts'

/** Bounds of {@link SenderAnswers}. */
export interface SenderAnswerLimits {
  /** Senders of a session whose answers are kept. */
  readonly maxAnsweredSenders: number
  /** Answers of one sender that it may ask for again, and all of them together in characters of JSON. */
  readonly maxSenderAnswers: number
  readonly maxSenderAnswerLength: number
  /** Of all senders of a session together. */
  readonly maxAnswerLength: number
  /** Those of a sender that was not answered for so long are released. */
  readonly senderAgeMs: number
}

interface Answered {
  readonly number: number
  readonly id: string
  /** As JSON: what was parsed may occupy many times as much. */
  readonly text: string
}

interface Sender {
  readonly name: string
  /** In the order in which they were given. */
  answers: readonly Answered[]
  length: number
  /** Answers up to this number may be gone. */
  cut: number
  /** Number in the log, and time, of the newest. */
  n: number
  at: number
}

/** So many more than the bound, as a share of it, before the oldest are released together. */
const SLACK = 0.05
/** How often it is looked for those that were not answered for too long. */
const SWEEP_MS = 60_000

/** An answer for a client that may ask for it again, as long as it may: kept apart for each, and bounded for each. */
export class SenderAnswers {
  readonly #limits: SenderAnswerLimits
  // In the order of their newest answer.
  readonly #senders = new Map<string, Sender>()
  #length = 0
  #sweptAt = 0
  /** Answers up to this number of the log were released together with their sender. */
  #forgottenTo = 0

  /** All of them together, in characters. */
  get length(): number {
    return this.#length
  }

  constructor(limits: SenderAnswerLimits) {
    this.#limits = limits
  }

  /** What a session says of `number` of a sender. */
  get(name: string, number: number): { readonly id: string; readonly actions: readonly HubAction[] } | undefined {
    const found = this.#senders.get(name)?.answers.find((answer) => answer.number === number)
    return found === undefined ? undefined : { id: found.id, actions: JSON.parse(found.text) }
  }

  /** Answers to messages from this number on are kept, where they were given; `last` is the sender's newest event. */
  from(name: string, highest: number, last: number): number {
    const known = this.#senders.get(name)
    if (known !== undefined) return known.cut + 1
    return this.#forgottenTo >= last && this.#forgottenTo > 0 ? highest + 1 : 1
  }

  /** The answer in event `n`. */
  take({ sender, id, actions }: AnswerRecord, n: number, at: number): void {
    if (sender === undefined) return
    const [name, number, done] = sender
    const known = this.#senders.get(name) ?? { name, answers: [], length: 0, cut: 0, n, at }
    const text = JSON.stringify(actions)
    this.#set(known, [...known.answers.filter((one) => one.number > done), { number, id, text }])
    this.#senders.delete(name)
    this.#senders.set(name, known)
    known.n = n
    known.at = at
    const { maxSenderAnswers, maxSenderAnswerLength } = this.#limits
    while (known.answers.length > maxSenderAnswers || known.length > maxSenderAnswerLength) this.#cut(known, 1)
    this.#makeRoom(at)
  }

  toJSON(): SenderAnswersState {
    const senders = [...this.#senders.values()].map(({ answers, ...sender }) => ({
      ...sender,
      answers: answers.map(({ number, id, text }) => ({ number, id, actions: JSON.parse(text), length: text.length })),
    }))
    return { forgottenTo: this.#forgottenTo, senders }
  }

  restore({ forgottenTo, senders }: SenderAnswersState): void {
    this.#forgottenTo = forgottenTo
    for (const sender of senders) {
      const known = { ...sender, answers: [], length: 0 }
      this.#senders.set(sender.name, known)
      this.#set(
        known,
        sender.answers.map(({ number, id, actions }) => ({ number, id, text: JSON.stringify(actions) })),
      )
    }
  }

  /** Seldom, and then for many: looking for the oldest at every answer would cost more than all else. */
  #makeRoom(now: number): void {
    const { maxAnsweredSenders, maxAnswerLength, senderAgeMs } = this.#limits
    const isMany = this.#senders.size > maxAnsweredSenders + Math.floor(maxAnsweredSenders * SLACK)
    if (!isMany && this.#length <= maxAnswerLength && now - this.#sweptAt < SWEEP_MS) return
    this.#sweptAt = now
    for (const sender of this.#senders.values()) {
      if (this.#length > maxAnswerLength) this.#cut(sender, sender.answers.length)
      if (this.#senders.size <= maxAnsweredSenders && now - sender.at < senderAgeMs) {
        if (this.#length <= maxAnswerLength) return
        continue
      }
      this.#set(sender, [])
      this.#senders.delete(sender.name)
      this.#forgottenTo = Math.max(this.#forgottenTo, sender.n)
    }
  }

  /** Releases the oldest. */
  #cut(sender: Sender, count: number): void {
    for (const { number } of sender.answers.slice(0, count)) sender.cut = Math.max(sender.cut, number)
    this.#set(sender, sender.answers.slice(count))
  }

  #set(sender: Sender, answers: readonly Answered[]): void {
    this.#length -= sender.length
    sender.answers = answers
    sender.length = answers.reduce((sum, { id, text }) => sum + id.length + text.length, 0)
    this.#length += sender.length
  }
}
