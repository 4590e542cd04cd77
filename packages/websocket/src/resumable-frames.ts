import {
  type Clock,
  type Decoded,
  type HandshakeLink,
  type HandshakeResult,
  type ProtocolContext,
  systemClock,
  type WebSocketFrame,
} from '@holdfast/core'
import type { DeliveryMark } from '@holdfast/core/protocol'
import type { SocketWire } from './options.ts'
import { AckPacer, dataFrame, type ResumeSaid, type ResumeWelcome, readFrame, sayFrame } from './resume-wire.ts'

/** Options of {@link resumableFrames}. */
export interface ResumableFramesOptions {
  readonly clock?: Clock | undefined
}

/**
 * The option `wire` of a {@link ReconnectingWebSocket} whose server has `resumableSockets()` of `@holdfast/websocket/server`: every
 * message arrives once, in order, both ways, over drops of the link. Where the server has forgotten the session (it was restarted,
 * or the client away for too long), `undelivered` names what is in doubt, and `connection.on('gap')` says that messages are missing.
 * For one socket.
 */
export function resumableFrames(options: ResumableFramesOptions = {}): SocketWire {
  const side = new ClientSide(options.clock ?? systemClock)
  return {
    name: 'resumable frames',
    codec: { decode: (frame) => side.decode(frame), encode: (message) => side.encode(message) },
    delivery: { byDefault: 'ordered', stamp: (message, mark) => side.stamp(message, mark) },
    handshake: (link) => side.handshake(link),
    receive: (message, context) => side.receive(message, context),
  }
}

class ClientSide {
  /** What stands for something that is said beside messages: an engine hands on what it does not look into. */
  readonly #heard = new WeakMap<object, ResumeSaid>()
  readonly #says = new WeakMap<object, ResumeSaid>()
  readonly #client: string = crypto.randomUUID()
  #session: string | undefined
  #got = 0
  #mark: DeliveryMark | undefined
  /** Numbers of messages that were read and not handed on yet: those that come during the handshake are, after it. */
  #numbers: number[] = []
  #context: ProtocolContext<WebSocketFrame> | undefined
  readonly #acks: AckPacer

  constructor(clock: Clock) {
    this.#acks = new AckPacer(clock, () => this.#context?.send(this.#say({ got: this.#got })))
  }

  decode(frame: WebSocketFrame): Decoded<WebSocketFrame> {
    const read = readFrame(frame)
    if (read === undefined) return { ok: false, issue: 'not a frame of a resumable socket', raw: frame }
    if (!('said' in read)) {
      this.#numbers.push(read.n)
      return { ok: true, message: read.data }
    }
    const token = new Uint8Array()
    this.#heard.set(token, read.said)
    return { ok: true, message: token }
  }

  stamp(message: WebSocketFrame, mark: DeliveryMark): WebSocketFrame {
    this.#mark = mark
    return message
  }

  encode(message: WebSocketFrame): WebSocketFrame {
    const said = typeof message === 'string' ? undefined : this.#says.get(message)
    if (said !== undefined) return sayFrame(said)
    const { seq = 0 } = this.#mark ?? {}
    this.#mark = undefined
    return dataFrame(seq, message)
  }

  #say(said: ResumeSaid): WebSocketFrame {
    const token = new Uint8Array()
    this.#says.set(token, said)
    return token
  }

  async handshake(link: HandshakeLink<WebSocketFrame, WebSocketFrame>): Promise<HandshakeResult> {
    this.#numbers = []
    link.send(this.#say({ hello: { client: this.#client, session: this.#session, got: this.#got } }))
    const answer = await link.next(
      (message) => this.#welcomeIn(message) !== undefined,
      'the welcome of resumableSockets()',
    )
    const { session, resumed, got } = this.#welcomeIn(answer) ?? { session: '', resumed: false, got: 0 }
    const gap = resumed || this.#session === undefined ? undefined : { reason: 'session lost' }
    this.#session = session
    if (!resumed) this.#got = 0
    this.#acks.stop()
    return { resumed, epoch: session, received: got, gap }
  }

  #welcomeIn(message: WebSocketFrame): ResumeWelcome | undefined {
    const said = typeof message === 'string' ? undefined : this.#heard.get(message)
    return said !== undefined && 'welcome' in said ? said.welcome : undefined
  }

  receive(message: WebSocketFrame, context: ProtocolContext<WebSocketFrame>): boolean {
    const said = typeof message === 'string' ? undefined : this.#heard.get(message)
    if (said === undefined) return this.#isKnown(context)
    if ('got' in said) context.acked({ through: said.got })
    return true
  }

  /** Those with a number come in order: a server sends again from where this side was. */
  #isKnown(context: ProtocolContext<WebSocketFrame>): boolean {
    const n = this.#numbers.shift() ?? 0
    if (n === 0) return false
    if (n <= this.#got) return true
    this.#got = n
    this.#context = context
    this.#acks.progress()
    return false
  }
}
