import type { ClientMessage } from '../state/client-message.ts'
import type { Question } from '../state/turn-types.ts'

/** A client that is attached to a session. */
export interface Attachment {
  /** Names the client: where it keeps its name, over connections. */
  readonly client: string
  readonly principal: string
  /** It may prompt and answer. */
  readonly mayControl: boolean
  /** Its link stands. */
  readonly isHere: boolean
  /** It understands notices. */
  readonly isNoticed: boolean
  /** Whether it offered what a method of the agent needs. */
  offers(method: string): boolean
  /** Hands it a message of record `n`: `part` counts those of one record. */
  deliver(message: ClientMessage, n: number, part: number): void
  /** A promise while it has more than it takes. */
  ready?(): Promise<void> | undefined
  /** The session is gone from here. */
  ended(why: string): void
}

/** What the agent asks a client to do with its own files and terminals; all else but questions belongs to no client in particular. */
export function needsOffer(method: string): boolean {
  return method.startsWith('fs/') || method.startsWith('terminal/')
}

/** The clients of one session, and which of them gets what. */
export class Attachments {
  readonly #all = new Set<Attachment>()
  /** Who was asked what. */
  readonly #asked = new Map<number, Set<string>>()
  /** The client that works with the agent: it wrote the prompt, or opened the session. */
  writer: string | undefined

  get size(): number {
    return this.#all.size
  }

  [Symbol.iterator](): Iterator<Attachment> {
    return this.#all[Symbol.iterator]()
  }

  add(attachment: Attachment): void {
    this.#all.add(attachment)
  }

  delete(attachment: Attachment): void {
    this.#all.delete(attachment)
  }

  /** A client was asked this. */
  isAsked(question: number): boolean {
    return this.#asked.has(question)
  }

  isAway(client: string): boolean {
    return ![...this.#all].some((one) => one.client === client && one.isHere)
  }

  /** What record `n` contains. */
  deliver(all: readonly ClientMessage[], n: number): void {
    for (const [part, message] of all.entries()) {
      for (const attachment of this.#all) if (this.#isFor(attachment, message)) attachment.deliver(message, n, part)
      const { over } = message.message
      if (over !== undefined) this.#asked.delete(over)
    }
  }

  /** It was asked this before, behind another server. */
  wasAsked(client: string, question: number): void {
    this.#asked.set(question, (this.#asked.get(question) ?? new Set<string>()).add(client))
  }

  /** The questions that a client was asked. */
  askedOf(client: string): readonly number[] {
    return [...this.#asked].filter(([, clients]) => clients.has(client)).map(([question]) => question)
  }

  /** It will not answer any more. */
  unask(client: string, question: number): void {
    const clients = this.#asked.get(question)
    clients?.delete(client)
    if (clients?.size === 0) this.#asked.delete(question)
  }

  /** Asks one client. */
  ask(attachment: Attachment, question: Question): void {
    this.wasAsked(attachment.client, question.n)
    const { method, params, n } = question
    attachment.deliver({ to: 'writer', message: { method, params, question: n } }, n, 0)
  }

  /** The client that is to do what the agent asks; `undefined` where none is here that can. */
  writerFor(method: string): Attachment | undefined {
    const able = [...this.#all].filter(
      (one) => one.isHere && one.mayControl && (!needsOffer(method) || one.offers(method)),
    )
    return able.find(({ client }) => client === this.writer) ?? (needsOffer(method) ? able.at(-1) : undefined)
  }

  /** Releases all. */
  end(why: string): void {
    for (const attachment of [...this.#all]) attachment.ended(why)
    this.#all.clear()
  }

  #isFor(attachment: Attachment, { to, about, message }: ClientMessage): boolean {
    if (message.over !== undefined) {
      const asked = this.#asked.get(message.over)
      return asked?.has(attachment.client) === true && about?.client !== attachment.client
    }
    if (to === 'askable') {
      if (attachment.mayControl && message.question !== undefined) this.wasAsked(attachment.client, message.question)
      return attachment.mayControl
    }
    if (to === 'noticed') return attachment.isNoticed
    return to === 'all' || (to === 'others' && about?.client !== attachment.client)
  }
}
