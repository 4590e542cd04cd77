import type { Clock, WebSocketFrame } from '@holdfast/core'
import { ReplayBuffer } from '@holdfast/core/protocol'
import { AckPacer, dataFrame, type ResumeFrame, type ResumeHello, sayFrame } from '../resume-wire.ts'
import type { ClosedReason, ResumableSession, ServerSocket, SessionHandlers } from './session-types.ts'

/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 256

/** What a session needs of those that it is one of. */
export interface ServerSessionOptions {
  readonly owner: string
  readonly maxBytes: number
  readonly clock: Clock
  readonly ended: () => void
}

/** One client: what it has not confirmed, and how much of what it sent is here. */
export class ServerSession implements ResumableSession {
  readonly id: string = crypto.randomUUID()
  readonly #options: ServerSessionOptions
  readonly #sent: ReplayBuffer<WebSocketFrame>
  #handlers: SessionHandlers | undefined
  #socket: ServerSocket | undefined
  #got = 0
  readonly #acks: AckPacer
  #isOver = false

  constructor(options: ServerSessionOptions) {
    this.#options = options
    this.#acks = new AckPacer(options.clock, () => this.#socket?.send(sayFrame({ got: this.#got })))
    this.#sent = new ReplayBuffer({ maxCount: Number.POSITIVE_INFINITY, maxBytes: options.maxBytes })
  }

  get owner(): string {
    return this.#options.owner
  }

  send(data: WebSocketFrame): boolean {
    if (this.#isOver) return false
    const frame = dataFrame(this.#sent.last + 1, data)
    if (this.#sent.add(frame, frame.length + MESSAGE_BYTES) === undefined) return !this.ends('overflow')
    this.#socket?.send(frame)
    return true
  }

  close(): void {
    this.ends('closed')
  }

  /** True: it ended now. */
  ends(reason: ClosedReason): boolean {
    if (this.#isOver) return true
    this.#isOver = true
    this.#acks.stop()
    this.#options.ended()
    this.#socket?.close(reason === 'overflow' ? 1013 : 1012, `Session ${reason}`)
    this.#socket = undefined
    this.#handlers?.onClose?.(reason)
    return true
  }

  // ---- links ------------------------------------------------------------------------------------

  begins(handlers: SessionHandlers): void {
    this.#handlers = handlers
  }

  /** A link of this client. False: it cannot go on from there. What was sent and is not there comes right behind the answer. */
  welcomes(socket: ServerSocket, { session, got }: ResumeHello): boolean {
    // A client that does not know this session was not told of it: it has nothing yet.
    const resumed = session === this.id
    const missed = this.#sent.after(resumed ? got : 0)
    if (missed === undefined || this.#isOver) return false
    if (resumed) this.#sent.ack(got)
    this.#socket?.close(1000, 'Another link of this client')
    this.#socket = socket
    socket.send(sayFrame({ welcome: { session: this.id, resumed, got: this.#got } }))
    for (const { item } of missed) socket.send(item)
    return true
  }

  /** True: that was its link, and it is away now. */
  left(socket: ServerSocket): boolean {
    if (this.#socket !== socket || this.#isOver) return false
    this.#socket = undefined
    return true
  }

  came(socket: ServerSocket, frame: ResumeFrame | undefined): void {
    if (this.#socket !== socket) return
    if (frame === undefined) return socket.close(1002, 'Not a frame of a resumable socket')
    if ('said' in frame) {
      if ('got' in frame.said) this.#sent.ack(frame.said.got)
      return
    }
    const { n, data } = frame
    if (n > this.#got + 1) return socket.close(1002, 'Messages are missing')
    if (n > 0 && n <= this.#got) return
    if (n > 0) {
      this.#got = n
      this.#acks.progress()
    }
    this.#handlers?.onMessage(data)
  }
}
