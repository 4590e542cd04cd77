import { isCount, type Json, objectOf, readJson } from '../checking/json.ts'
import { expectThat } from '../checking/mismatch.ts'
import { Socket } from '../checking/socket.ts'
import type { ServerTarget } from '../checking/target.ts'
import { chunkOf, holdfastOf, isAnswerTo, isOf, jsonRpc, messageOf, QUESTION } from './acp-messages.ts'

/** How a peer connects. */
export interface AcpPeerOptions {
  /** @defaultValue what the target has */
  readonly token?: string | undefined
}

/** One WebSocket of an ACP client. */
export class AcpPeer {
  readonly socket: Socket<Json>
  /** The answer to `initialize`. */
  initialized: Json = {}
  /** The number of the last message that was written. */
  sent = 0
  #ids = 0

  constructor(url: string, { timeoutMs, clock }: ServerTarget, { token }: AcpPeerOptions) {
    const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` }
    this.socket = new Socket<Json>(url, { headers, timeoutMs, clock, read: (data) => readJson(String(data)) })
  }

  get frames(): readonly Json[] {
    return this.socket.frames.all
  }

  /** What came behind the answer to `initialize`. */
  get framesAfter(): readonly Json[] {
    return this.frames.slice(this.frames.findIndex((frame) => isAnswerTo(frame, 'initialize')) + 1)
  }

  /** Frames with a JSON-RPC message in them. */
  get messages(): readonly Json[] {
    return this.framesAfter.filter(({ type }) => type === 'message')
  }

  /** Frames that stream text. */
  get chunks(): readonly Json[] {
    return this.frames.filter((frame) => chunkOf(frame) !== '')
  }

  /** All text that was streamed. */
  get text(): string {
    return this.chunks.map(chunkOf).join('')
  }

  /** The highest number that came. */
  get last(): number {
    return Math.max(0, ...this.framesAfter.map(({ n }) => (isCount(n) ? n : 0)))
  }

  get offer(): Json {
    const offer = holdfastOf(this.initialized['result'])
    expectThat('epoch' in offer, 'result._meta.holdfast, for a client that asked', this.initialized)
    return offer
  }

  /** Sends `initialize`, and waits for its answer. `asked`: what a client with the extension says in `_meta.holdfast`. */
  async initialize(asked?: Json): Promise<this> {
    await this.socket.opened()
    this.send(initializeWith(asked))
    this.initialized = messageOf(await this.answer('initialize'))
    return this
  }

  /** A frame as it is. */
  send(frame: unknown): void {
    this.socket.send(JSON.stringify(frame))
  }

  /** A message under the next number, or the one that is given; resolves with what was written. */
  write(message: Json, n: number = this.sent + 1): Json {
    this.sent = Math.max(this.sent, n)
    const frame = { type: 'message', n, message: jsonRpc(message) }
    this.send(frame)
    return frame
  }

  /** A name for a request. */
  newId(): string {
    this.#ids += 1
    return `request-${this.#ids}`
  }

  /** The first frame that fits, whether it came already or not. @throws Mismatch */
  async first(fits: (frame: Json) => boolean, expected: string): Promise<Json> {
    await this.socket.frames.until((frames) => frames.some(fits), expected)
    return this.frames.find(fits) ?? {}
  }

  /** The answer to a request, with its frame. */
  answer(id: unknown): Promise<Json> {
    return this.first((frame) => isAnswerTo(frame, id), `an answer to the request ${JSON.stringify(id)}`)
  }

  /** The question of an agent, with its frame. */
  question(): Promise<Json> {
    return this.first((frame) => isOf(frame, QUESTION), `the request ${QUESTION}`)
  }

  /** Resolves when the text was streamed. */
  async streams(text: string): Promise<void> {
    await this.socket.frames.until(() => this.text.includes(text), `updates with the text ${JSON.stringify(text)}`)
  }

  /** Everything up to the last number that was written was received when it resolves, and everything that was written before has come. */
  async settled(): Promise<void> {
    const { length } = this.frames
    this.send({ type: 'ping' })
    await this.socket.frames.until(
      (frames) => frames.slice(length).some(({ type }) => type === 'pong'),
      'a pong for a ping',
    )
  }

  drop(): void {
    this.socket.drop()
  }
}

/** `initialize`, as every peer of this check says it. */
export function initializeWith(asked?: Json): Json {
  const meta = asked === undefined ? {} : { _meta: { holdfast: { v: 1, ...asked } } }
  const params = { protocolVersion: 1, clientCapabilities: {}, ...meta }
  return jsonRpc({ id: 'initialize', method: 'initialize', params })
}

/** The session that an answer to `session/new` names. @throws Mismatch */
export function sessionIn(answer: Json): string {
  const { sessionId } = objectOf(messageOf(answer)['result'])
  expectThat(typeof sessionId === 'string', 'result.sessionId in the answer to session/new', answer)
  return String(sessionId)
}
