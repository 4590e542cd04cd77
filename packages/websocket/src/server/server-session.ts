import type { Clock, WebSocketFrame } from '@holdfast/core'
import { ReplayBuffer } from '@holdfast/core/protocol'
import { AckPacer, controlFrame, dataFrame, type ResumeFrame, type ResumeHello } from '../resume-wire.ts'
import { HandlerQueue } from './handler-queue.ts'
import {
  type ClosedReason,
  MESSAGE_BYTES,
  type ResumableSession,
  type ResumableSocketsOptions,
  type ServerSocket,
  type SessionHandlers,
} from './session-types.ts'

/** The close code that a client gets. */
const CLOSE_CODES: Readonly<Record<ClosedReason, number>> = {
  expired: 1012,
  replaced: 1012,
  closed: 1012,
  overflow: 1013,
  failed: 1011,
}

/** What a session needs of its server. */
export interface ServerSessionOptions {
  readonly owner: string
  readonly maxBytes: number
  readonly clock: Clock
  readonly ended: () => void
  readonly onError: ResumableSocketsOptions['onError']
}

/** The session of one client: what the client has not confirmed, and how much of its own was received. */
export class ServerSession implements ResumableSession {
  readonly id: string = crypto.randomUUID()
  readonly #options: ServerSessionOptions
  readonly #sent: ReplayBuffer<WebSocketFrame>
  #handlers: SessionHandlers | undefined
  #socket: ServerSocket | undefined
  /** Number of the newest message that was received, and of the newest that the app is done with. */
  #received = 0
  #done = 0
  readonly #queue: HandlerQueue
  readonly #acks: AckPacer
  #isOver = false

  constructor(options: ServerSessionOptions) {
    this.#options = options
    this.#acks = new AckPacer(options.clock, () => this.#socket?.send(controlFrame({ got: this.#done })))
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
    if (this.#sent.add(frame, frame.length + MESSAGE_BYTES) === undefined) return !this.end('overflow')
    this.#socket?.send(frame)
    return true
  }

  close(): void {
    this.end('closed')
  }

  /** True: it ended now. */
  end(reason: ClosedReason): boolean {
    if (this.#isOver) return true
    this.#isOver = true
    this.#acks.stop()
    this.#options.ended()
    this.#queue.clear()
    // What the app is done with is not in doubt.
    this.#socket?.send(controlFrame({ got: this.#done }))
    this.#leave(CLOSE_CODES[reason], `Session ${reason}`)
    void this.#emitClose(reason)
    return true
  }

  async #emitClose(reason: ClosedReason): Promise<void> {
    try {
      await this.#handlers?.onClose?.(reason)
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Without `onError` a session whose handler failed is not to be trusted. */
  #failed(error: unknown): void {
    const { onError } = this.#options
    try {
      if (onError !== undefined) return onError(error, this)
    } catch {}
    this.end('failed')
  }

  #leave(code: number, reason: string): void {
    // One that is not read does not see the answer to its close.
    this.#socket?.resume?.()
    this.#socket?.close(code, reason)
    this.#socket = undefined
  }

  // ---- links ------------------------------------------------------------------------------------

  /** False: the app cannot have this client now. */
  start(onSession: (session: ResumableSession) => SessionHandlers): boolean {
    try {
      this.#handlers = onSession(this)
      return true
    } catch (error) {
      this.#failed(error)
      this.end('failed')
      return false
    }
  }

  /** A link of this client. False: it cannot be resumed from there. What the client did not receive follows the answer at once. */
  accept(socket: ServerSocket, { session, got }: ResumeHello): boolean {
    // A client that does not know this session never got its welcome: it has received nothing.
    const resumed = session === this.id
    const missed = this.#sent.after(resumed ? got : 0)
    if (missed === undefined || this.#isOver) return false
    if (resumed) this.#sent.ack(got)
    this.#leave(1000, 'Another link of this client')
    this.#socket = socket
    if (this.#queue.isFull) socket.pause?.()
    socket.send(controlFrame({ welcome: { session: this.id, resumed, got: this.#done } }))
    for (const { item } of missed) socket.send(item)
    return true
  }

  /** True: that was its link, and it is away now. */
  detach(socket: ServerSocket): boolean {
    if (this.#socket !== socket || this.#isOver) return false
    this.#socket = undefined
    return true
  }

  receive(socket: ServerSocket, frame: ResumeFrame | undefined): void {
    if (this.#socket !== socket) return
    if (frame === undefined) return socket.close(1002, 'Not a frame of a resumable socket')
    if ('control' in frame) {
      if ('got' in frame.control) this.#sent.ack(frame.control.got)
      return
    }
    const { n, data } = frame
    if (n > this.#received + 1) return socket.close(1002, 'Messages are missing')
    if (n > 0 && n <= this.#received) return
    if (this.#queue.isFull && socket.pause === undefined) return socket.close(1013, 'Messages come too fast')
    if (n > 0) this.#received = n
    this.#queue.add(n, data)
  }

  #isDone(n: number): void {
    if (n === 0) return
    this.#done = n
    this.#acks.progress()
  }
}
