import { isObject } from '@holdfast/contract/shape'
import type { SessionLog } from '@holdfast/log'
import type { Attachment } from '../session/attachments.ts'
import { AcpState } from './acp-state.ts'
import type { ClientMessage } from './client-message.ts'
import type { Question } from './turn-types.ts'

/** A message that was sent, and by which record. */
interface MessageAt {
  readonly clientMessage: ClientMessage
  readonly n: number
  readonly part: number
}

/** What is sent again. */
export interface ReplayRange {
  readonly log: SessionLog
  readonly session: string
  /** `missed`: message by message, as if the client had been here; `conversation`: as it was shown, in whole texts. */
  readonly how: 'missed' | 'conversation'
  /** The client has what is up to here; 0: nothing. */
  readonly after: number
  /** What came after this record is reported as `missed`. */
  readonly upTo: number
  /** The last record that was applied: the log grows meanwhile. */
  readonly head: () => number
  /** Questions that are open now. */
  readonly open: () => readonly Question[]
  /** The client does not have it yet. */
  readonly isWanted: () => boolean
  /** Records behind `after` are gone. */
  readonly gone: () => void
}

/** Sends a client the history, page by page and as fast as it takes it, and ends where the log does. */
export class Replay {
  readonly #range: ReplayRange
  readonly #to: Attachment
  readonly #asked = new Set<number>()
  #pending: MessageAt | undefined
  #isConversation: boolean

  constructor(range: ReplayRange, to: Attachment) {
    this.#range = range
    this.#to = to
    this.#isConversation = range.how === 'conversation'
  }

  /** `live` is called at the very moment at which nothing more is in the log; never where the client is not wanted. */
  async run(live: () => void): Promise<void> {
    const { head, isWanted } = this.#range
    const state = new AcpState()
    for (let at = 0; isWanted() && at < head(); ) at = await this.#page(state, at)
    if (!isWanted()) return
    this.#endConversation()
    live()
  }

  /** @returns the last record that was sent */
  async #page(state: AcpState, after: number): Promise<number> {
    const { log, session, head, isWanted, gone, after: has } = this.#range
    const { gap, events } = await log.read(session, { after })
    if (gap !== undefined && gap.to > has) gone()
    let at = gap?.to ?? after
    for (const event of events) {
      if (!isWanted() || event.n > head()) return at
      at = event.n
      for (const [part, clientMessage] of state.apply(event).messages.entries())
        this.#add({ clientMessage, n: at, part })
      const taken = this.#to.ready?.()
      if (taken !== undefined) await taken
    }
    return Math.max(at, after + 1)
  }

  #add(one: MessageAt): void {
    if (one.n <= this.#range.after) return
    if (this.#isConversation && one.n <= this.#range.upTo) return this.#show(one)
    this.#endConversation()
    if (this.#wasMissed(one)) this.#to.deliver(one.clientMessage, one.n, one.part)
  }

  /** Streamed text in one piece a message, without questions. */
  #show(one: MessageAt): void {
    const { to, message } = one.clientMessage
    if (to === 'writer' || to === 'noticed' || to === 'askable' || message.over !== undefined) return
    const joined = this.#pending === undefined ? undefined : joinedMessages(this.#pending, one)
    if (joined === undefined) this.#flush()
    this.#pending = joined ?? one
  }

  #flush(): void {
    if (this.#pending !== undefined) this.#to.deliver(this.#pending.clientMessage, this.#pending.n, this.#pending.part)
    this.#pending = undefined
  }

  /** What is still open of the questions in it comes behind it. */
  #endConversation(): void {
    if (!this.#isConversation) return
    this.#isConversation = false
    this.#flush()
    const { open, upTo } = this.#range
    for (const { n, method, params } of this.#to.mayControl ? open() : []) {
      if (n > upTo) continue
      this.#asked.add(n)
      this.#to.deliver({ to: 'askable', message: { method, params, question: n } }, n, 0)
    }
  }

  #wasMissed({ clientMessage }: MessageAt): boolean {
    const { to, about, message } = clientMessage
    const { question, over } = message
    const { after, how, upTo } = this.#range
    if (to === 'writer') return false
    if (to === 'noticed') return this.#to.isNoticed
    if (to === 'others' && about?.client === this.#to.client) return false
    // What was asked and answered in between was never seen.
    if (over !== undefined)
      return this.#to.mayControl && (over <= (how === 'missed' ? after : upTo) || this.#asked.has(over))
    if (to !== 'askable') return true
    const isOpen = this.#to.mayControl && this.#range.open().some((one) => one.n === question)
    if (isOpen && question !== undefined) this.#asked.add(question)
    return isOpen
  }
}

const TEXT_CHUNKS: ReadonlySet<unknown> = new Set(['agent_message_chunk', 'agent_thought_chunk', 'user_message_chunk'])
/** A joined text is cut there. */
const MAX_JOINED_CHARS = 262_144

/** Two chunks of the same text as one; `undefined` where they are not, or say more than text. */
function joinedMessages(a: MessageAt, b: MessageAt): MessageAt | undefined {
  const first = plainChunk(a.clientMessage)
  const second = plainChunk(b.clientMessage)
  if (first === undefined || second === undefined) return undefined
  if (first.kind !== second.kind || first.messageId !== second.messageId) return undefined
  if (first.text.length + second.text.length > MAX_JOINED_CHARS) return undefined
  const update = { ...second.update, content: { type: 'text', text: first.text + second.text } }
  const message = { ...b.clientMessage.message, params: { ...b.clientMessage.message.params, update } }
  return { clientMessage: { ...b.clientMessage, message }, n: b.n, part: b.part }
}

interface PlainChunk {
  readonly kind: unknown
  readonly messageId: unknown
  readonly text: string
  readonly update: Readonly<Record<string, unknown>>
}

function plainChunk({ message }: ClientMessage): PlainChunk | undefined {
  const { update } = message.params
  if (message.method !== 'session/update' || !isObject(update) || message.params['_meta'] !== undefined)
    return undefined
  const { sessionUpdate: kind, content, messageId, ...others } = update
  if (!TEXT_CHUNKS.has(kind) || !isObject(content) || Object.keys(others).length > 0) return undefined
  const { type, text, ...rest } = content
  if (type !== 'text' || typeof text !== 'string' || Object.keys(rest).length > 0) return undefined
  return { kind, messageId, text, update }
}
