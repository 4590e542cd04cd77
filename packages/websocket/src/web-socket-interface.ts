import type { HoldfastError, WebSocketFrame } from '@holdfast/core'
import {
  type CloseEventInit,
  closeEvent,
  errorEvent,
  messageEvent,
  type SocketCloseEvent,
  type SocketErrorEvent,
  type SocketMessageEvent,
  UndeliveredEvent,
} from './events.ts'
import { assertClose, clampedCode, received, type SocketBinaryType, type SocketData } from './sending/socket-data.ts'
import { originOf } from './socket-target.ts'
import { TypedEventTarget } from './typed-event-target.ts'

/** The events of a socket: those of WebSockets, and `undelivered`. */
export interface SocketEvents {
  /** A link is open. */
  readonly open: Event
  readonly message: SocketMessageEvent
  /** A link was lost, or a dial came to nothing: what happened is its `error`. A `close` follows. */
  readonly error: SocketErrorEvent
  /** A link is over, or a dial came to nothing. */
  readonly close: SocketCloseEvent
  /** A message that did not arrive, as far as this side knows. */
  readonly undelivered: UndeliveredEvent<SocketData>
}

/** Where a socket stands (WHATWG WebSockets §3.1): connecting, open, closing, closed. */
export type ReadyState = 0 | 1 | 2 | 3

/** What the sockets of this package have in common: the interface of WHATWG WebSockets §3.1. */
export abstract class WebSocketInterface extends TypedEventTarget<SocketEvents> {
  static readonly CONNECTING: 0 = 0
  static readonly OPEN: 1 = 1
  static readonly CLOSING: 2 = 2
  static readonly CLOSED: 3 = 3
  #binaryType: SocketBinaryType = 'blob'

  get CONNECTING(): 0 {
    return 0
  }
  get OPEN(): 1 {
    return 1
  }
  get CLOSING(): 2 {
    return 2
  }
  get CLOSED(): 3 {
    return 3
  }

  abstract get readyState(): ReadyState
  /** What is dialed; empty while a function has not said it. */
  abstract get url(): string
  /** The subprotocol that the server selected; empty: none. */
  abstract get protocol(): string
  /** Bytes that were sent and have not gone to the network. */
  abstract get bufferedAmount(): number

  /** Compression is never offered. */
  get extensions(): string {
    return ''
  }

  /** How binary messages arrive. What is neither is ignored, as with every Web IDL enumeration. @defaultValue 'blob' */
  get binaryType(): SocketBinaryType {
    return this.#binaryType
  }
  set binaryType(value: SocketBinaryType) {
    if (value === 'blob' || value === 'arraybuffer') this.#binaryType = value
  }

  get onclose(): ((event: SocketCloseEvent) => unknown) | null {
    return this.handlerOf('close')
  }
  set onclose(handler: ((event: SocketCloseEvent) => unknown) | null) {
    this.setHandler('close', handler)
  }
  get onundelivered(): ((event: UndeliveredEvent<SocketData>) => unknown) | null {
    return this.handlerOf('undelivered')
  }
  set onundelivered(handler: ((event: UndeliveredEvent<SocketData>) => unknown) | null) {
    this.setHandler('undelivered', handler)
  }

  /**
   * Sends text or bytes, in order. While the socket is not open it is kept and goes out when it is: the one thing that
   * WebSockets do otherwise, who throw. After `close()` it is dropped, as there, and `undelivered` says so.
   */
  abstract send(data: SocketData): void

  /**
   * Ends it for good. What was sent before leaves first. Without a code the peer sees 1000.
   * @throws a `DOMException`: `InvalidAccessError` for a code that programs may not use, `SyntaxError` for a reason of more than 123 bytes
   */
  close(code?: number, reason?: string): void {
    const clamped = clampedCode(code)
    const text = reason === undefined ? '' : `${reason}`
    assertClose(clamped, text)
    if (this.readyState < 2) this.end(clamped, text)
  }

  /** The program closed it while it was connecting or open. */
  protected abstract end(code: number | undefined, reason: string): void

  protected emitMessage(frame: WebSocketFrame): void {
    this.dispatchEvent(messageEvent(received(frame, this.#binaryType), originOf(this.url)))
  }

  protected emitClose(init: CloseEventInit, error?: Error): void {
    if (error !== undefined) this.dispatchEvent(errorEvent(error))
    this.dispatchEvent(closeEvent(init))
  }

  /** Events come after the call that they are about, never within it. */
  protected emitUndelivered(
    data: SocketData,
    state: UndeliveredEvent<SocketData>['state'],
    error: HoldfastError | undefined,
  ): void {
    queueMicrotask(() => this.dispatchEvent(new UndeliveredEvent(data, state, error)))
  }
}
