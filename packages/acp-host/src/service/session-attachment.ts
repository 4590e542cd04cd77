import { isObject } from '@holdfast/contract/shape'
import type { JsonRpcMessage } from '@holdfast/protocol/acp'
import type { AcpPeer } from '../peer.ts'
import type { Attachment } from '../session/attachments.ts'
import type { ClientMessage } from '../state/client-message.ts'
import { Replay, type ReplayRange } from '../state/replay.ts'

export interface AttachmentParts {
  readonly peer: AcpPeer
  readonly client: string
  /** The session as the client calls it. */
  readonly sessionId: string
  readonly mayControl: boolean
  readonly capabilities: Readonly<Record<string, unknown>>
  readonly isHere: () => boolean
  /** The session is not served here any more: the client has to come again. */
  readonly ended: (why: string) => void
}

/** The capability that stands for a method of the agent. */
const OFFERS: Readonly<Record<string, readonly string[]>> = {
  'fs/read_text_file': ['fs', 'readTextFile'],
  'fs/write_text_file': ['fs', 'writeTextFile'],
}

/** One client in one session: its messages go out under the session's id as the client knows it. */
export class SessionAttachment implements Attachment {
  readonly client: string
  readonly principal: string
  readonly mayControl: boolean
  readonly isNoticed: boolean
  readonly #parts: AttachmentParts
  /** What the agent asked this client alone, while it received the history. */
  readonly #asks = new Map<number, ClientMessage>()
  /** It has the history. */
  #isLive = false
  #isOver = false

  constructor(parts: AttachmentParts) {
    this.#parts = parts
    this.client = parts.client
    this.principal = parts.peer.principal.id
    this.mayControl = parts.mayControl
    const { session } = parts.capabilities
    this.isNoticed = isObject(session) && isObject(session['notices'])
  }

  get isHere(): boolean {
    return this.#parts.isHere()
  }

  offers(method: string): boolean {
    const { capabilities } = this.#parts
    if (method.startsWith('terminal/')) return capabilities['terminal'] === true
    const [area = '', name = ''] = OFFERS[method] ?? []
    const offered = capabilities[area]
    return isObject(offered) && offered[name] === true
  }

  deliver(message: ClientMessage, n: number, part: number): void {
    if (this.#isLive) return this.#send(message, n, part)
    const { over } = message.message
    // All else is in the log, and comes from there.
    if (over !== undefined) this.#asks.delete(over)
    else if (message.to === 'writer') this.#asks.set(n, message)
  }

  /** Sends the history, and from there on what happens. */
  async catchUp(range: Omit<ReplayRange, 'isWanted'>): Promise<void> {
    const past: Attachment = {
      ...{ client: this.client, principal: this.principal, mayControl: this.mayControl, isNoticed: this.isNoticed },
      isHere: true,
      offers: (method) => this.offers(method),
      deliver: (message, n, part) => this.#send(message, n, part),
      ready: () => this.#parts.peer.ready?.(),
      ended: () => {},
    }
    await new Replay({ ...range, isWanted: () => !this.#isOver }, past).run(() => {
      this.#isLive = true
      for (const [n, message] of this.#asks) this.#send(message, n, 0)
      this.#asks.clear()
    })
  }

  /** It receives nothing more. Idempotent. */
  end(): void {
    this.#isOver = true
    this.#asks.clear()
  }

  ended(why: string): void {
    this.#parts.ended(why)
  }

  #send({ message }: ClientMessage, n: number, part: number): void {
    if (this.#isOver) return
    const { sessionId, peer } = this.#parts
    const { method, question, over } = message
    const origin = { sessionId, seq: n, part }
    const params = { ...message.params, sessionId }
    const sent: JsonRpcMessage =
      over !== undefined
        ? { jsonrpc: '2.0', method, params: { requestId: questionId(sessionId, over) } }
        : question === undefined
          ? { jsonrpc: '2.0', method, params }
          : { jsonrpc: '2.0', id: questionId(sessionId, question), method, params }
    peer.send(sent, origin)
  }
}

/** How a client knows a question: the same behind every server. */
function questionId(sessionId: string, n: number): string {
  return `${sessionId} ${n}`
}

/** The session and the number in the id of a question. */
export function questionOf(id: unknown): { readonly sessionId: string; readonly n: number } | undefined {
  const found = typeof id === 'string' ? /^(.+) (\d+)$/s.exec(id) : null
  const [, sessionId, n] = found ?? []
  return sessionId === undefined ? undefined : { sessionId, n: Number(n) }
}
