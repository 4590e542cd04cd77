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
import { AckPacer, controlFrame, dataFrame, type ResumeControl, type ResumeWelcome, readFrame } from './resume-wire.ts'

/** Options of {@link resumableFrames}. */
export interface ResumableFramesOptions {
  readonly clock?: Clock | undefined
}

/**
 * The option `wire` of a {@link ReconnectingWebSocket} whose server has `resumableSockets()` of `@holdfast/websocket/server`: every
 * message arrives once, in order, both ways, over drops of the link. Where the server has forgotten the session (it was restarted,
 * or the client away for too long), `undelivered` names what is in doubt, and `connection.on('gap')` reports that messages are missing.
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
  /** Tokens that stand for control messages: an engine passes on messages that it does not read. */
  readonly #controlsIn = new WeakMap<object, ResumeControl>()
  readonly #controlsOut = new WeakMap<object, ResumeControl>()
  readonly #client: string = crypto.randomUUID()
  #session: string | undefined
  #received = 0
  #mark: DeliveryMark | undefined
  /** Numbers of messages that were read and not handed on yet: those that come during the handshake are, after it. */
  #numbers: number[] = []
  #context: ProtocolContext<WebSocketFrame> | undefined
  readonly #acks: AckPacer

  constructor(clock: Clock) {
    this.#acks = new AckPacer(clock, () => this.#context?.send(this.#controlMessage({ got: this.#received })))
  }

  decode(frame: WebSocketFrame): Decoded<WebSocketFrame> {
    const read = readFrame(frame)
    if (read === undefined) return { ok: false, issue: 'not a frame of a resumable socket', raw: frame }
    if (!('control' in read)) {
      this.#numbers.push(read.n)
      return { ok: true, message: read.data }
    }
    const token = new Uint8Array()
    this.#controlsIn.set(token, read.control)
    return { ok: true, message: token }
  }

  stamp(message: WebSocketFrame, mark: DeliveryMark): WebSocketFrame {
    this.#mark = mark
    return message
  }

  encode(message: WebSocketFrame): WebSocketFrame {
    const control = typeof message === 'string' ? undefined : this.#controlsOut.get(message)
    if (control !== undefined) return controlFrame(control)
    const { seq = 0 } = this.#mark ?? {}
    this.#mark = undefined
    return dataFrame(seq, message)
  }

  #controlMessage(control: ResumeControl): WebSocketFrame {
    const token = new Uint8Array()
    this.#controlsOut.set(token, control)
    return token
  }

  async handshake(link: HandshakeLink<WebSocketFrame, WebSocketFrame>): Promise<HandshakeResult> {
    this.#numbers = []
    link.send(this.#controlMessage({ hello: { client: this.#client, session: this.#session, got: this.#received } }))
    const answer = await link.next(
      (message) => this.#welcomeIn(message) !== undefined,
      'the welcome of resumableSockets()',
    )
    const { session, resumed, got } = this.#welcomeIn(answer) ?? { session: '', resumed: false, got: 0 }
    const gap = resumed || this.#session === undefined ? undefined : { reason: 'session lost' }
    this.#session = session
    if (!resumed) this.#received = 0
    this.#acks.stop()
    return { resumed, epoch: session, received: got, gap }
  }

  #welcomeIn(message: WebSocketFrame): ResumeWelcome | undefined {
    const control = typeof message === 'string' ? undefined : this.#controlsIn.get(message)
    return control !== undefined && 'welcome' in control ? control.welcome : undefined
  }

  receive(message: WebSocketFrame, context: ProtocolContext<WebSocketFrame>): boolean {
    const control = typeof message === 'string' ? undefined : this.#controlsIn.get(message)
    if (control === undefined) return this.#isDuplicate(context)
    if ('got' in control) context.acked({ through: control.got })
    return true
  }

  /** Messages with a number come in order: a server sends again what was not acknowledged. */
  #isDuplicate(context: ProtocolContext<WebSocketFrame>): boolean {
    const n = this.#numbers.shift() ?? 0
    if (n === 0) return false
    if (n <= this.#received) return true
    this.#received = n
    this.#context = context
    this.#acks.progress()
    return false
  }
}
