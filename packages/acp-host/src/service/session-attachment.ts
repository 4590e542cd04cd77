import { isObject } from '@holdfast/contract/shape'
import type { JsonRpcMessage } from '@holdfast/protocol/acp'
import type { AcpPeer } from '../peer.ts'
import type { Attachment } from '../session/attachments.ts'
import type { Told } from '../state/told.ts'

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

/** One client in one session: what it is told goes out under the session's id as the client knows it. */
export class SessionAttachment implements Attachment {
  readonly client: string
  readonly principal: string
  readonly mayControl: boolean
  readonly isNoticed: boolean
  readonly #parts: AttachmentParts
  /** What came while it was told what was before. */
  #later: (readonly [told: Told, n: number, part: number])[] | undefined = []

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

  tell(told: Told, n: number, part: number): void {
    if (this.#later !== undefined) this.#later.push([told, n, part])
    else this.#send(told, n, part)
  }

  /** Tells what was before, by `before`, and then what came meanwhile. `upTo`: the record that `before` ends with. */
  async catchUp(before: (to: Attachment) => Promise<void>, upTo: number): Promise<void> {
    const past: Attachment = {
      ...{ client: this.client, principal: this.principal, mayControl: this.mayControl, isNoticed: this.isNoticed },
      isHere: true,
      offers: (method) => this.offers(method),
      tell: (told, n, part) => this.#send(told, n, part),
      ready: () => this.#parts.peer.ready?.(),
      ended: () => {},
    }
    await before(past)
    const later = this.#later ?? []
    this.#later = undefined
    for (const [told, n, part] of later) if (n > upTo) this.#send(told, n, part)
  }

  ended(why: string): void {
    this.#parts.ended(why)
  }

  #send({ message }: Told, n: number, part: number): void {
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
export function questionId(sessionId: string, n: number): string {
  return `${sessionId} ${n}`
}

/** The session and the number in the id of a question. */
export function questionOf(id: unknown): { readonly sessionId: string; readonly n: number } | undefined {
  const found = typeof id === 'string' ? /^(.+) (\d+)$/s.exec(id) : null
  const [, sessionId, n] = found ?? []
  return sessionId === undefined ? undefined : { sessionId, n: Number(n) }
}
