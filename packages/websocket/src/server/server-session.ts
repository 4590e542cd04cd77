import type { Clock, WebSocketFrame } from '@holdfast/core'
import { ReplayBuffer } from '@holdfast/core/protocol'
import { AckPacer, dataFrame, type ResumeFrame, type ResumeHello, sayFrame } from '../resume-wire.ts'
import { HandlerQueue } from './handler-queue.ts'
import {
  type ClosedReason,
  MESSAGE_BYTES,
  type ResumableSession,
  type ResumableSocketsOptions,
  type ServerSocket,
  type SessionHandlers,
} from './session-types.ts'

/** What a client is told by the code of the close. */
const CLOSE_CODES: Readonly<Record<ClosedReason, number>> = {
  expired: 1012,
  replaced: 1012,
  closed: 1012,
  overflow: 1013,
  failed: 1011,
}

/** What a session needs of those that it is one of. */
export interface ServerSessionOptions {
  readonly owner: string
  readonly maxBytes: number
  readonly clock: Clock
  readonly ended: () => void
  readonly onError: ResumableSocketsOptions['onError']
}

/** One client: what it has not confirmed, and how much of what it sent is here. */
export class ServerSession implements ResumableSession {
  readonly id: string = crypto.randomUUID()
  readonly #options: ServerSessionOptions
  readonly #sent: ReplayBuffer<WebSocketFrame>
  #handlers: SessionHandlers | undefined
  #socket: ServerSocket | undefined
  /** Number of the newest message that is here, and of the newest that the app is done with. */
  #got = 0
  #done = 0
  readonly #queue: HandlerQueue
  readonly #acks: AckPacer
  #isOver = false

  constructor(options: ServerSessionOptions) {
    this.#options = options
    this.#acks = new AckPacer(options.clock, () => this.#socket?.send(sayFrame({ got: this.#done })))
    this.#queue = new HandlerQueue({
      maxBytes: options.maxBytes,
      handle: (data) => this.#handlers?.onMessage(data),
      failed: (error) => this.#failed(error),
      done: (n) => this.#isDone(n),
      changed: (isFull) => (isFull ? this.#socket?.pause?.() : this.#socket?.resume?.()),
    })
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
    this.#queue.clear()
    // What the app is done with is not in doubt.
    this.#socket?.send(sayFrame({ got: this.#done }))
    this.#leave(CLOSE_CODES[reason], `Session ${reason}`)
    void this.#tellsEnd(reason)
    return true
  }

  async #tellsEnd(reason: ClosedReason): Promise<void> {
    try {
      await this.#handlers?.onClose?.(reason)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Without anybody who is told of it, a session whose handler failed is not to be trusted. */
  #failed(error: unknown): void {
    const { onError } = this.#options
    try {
      if (onError !== undefined) return onError(error, this)
    } catch {}
    this.ends('failed')
  }

  #leave(code: number, reason: string): void {
    // One that is not read does not see the answer to its close.
    this.#socket?.resume?.()
    this.#socket?.close(code, reason)
    this.#socket = undefined
  }

  // ---- links ------------------------------------------------------------------------------------

  /** False: the app cannot have this client now. */
  begins(onSession: (session: ResumableSession) => SessionHandlers): boolean {
    try {
      this.#handlers = onSession(this)
      return true
    } catch (error) {
      this.#failed(error)
      this.ends('failed')
      return false
    }
  }

  /** A link of this client. False: it cannot go on from there. What was sent and is not there comes right behind the answer. */
  welcomes(socket: ServerSocket, { session, got }: ResumeHello): boolean {
    // A client that does not know this session was not told of it: it has nothing yet.
    const resumed = session === this.id
    const missed = this.#sent.after(resumed ? got : 0)
    if (missed === undefined || this.#isOver) return false
    if (resumed) this.#sent.ack(got)
    this.#leave(1000, 'Another link of this client')
    this.#socket = socket
    if (this.#queue.isFull) socket.pause?.()
    socket.send(sayFrame({ welcome: { session: this.id, resumed, got: this.#done } }))
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
    if (this.#queue.isFull && socket.pause === undefined) return socket.close(1013, 'Messages come too fast')
    if (n > 0) this.#got = n
    this.#queue.add(n, data)
  }

  #isDone(n: number): void {
    if (n === 0) return
    this.#done = n
    this.#acks.progress()
  }
}
