import type { DeliveryState } from '@holdfast/core'
import type { ChannelEnd, HoldfastError } from '@holdfast/core/contract'

declare const CloseEvent: (new (type: string, init: CloseEventInit) => SocketCloseEvent) | undefined

/** What a `close` event says (WHATWG WebSockets §6). */
export interface CloseEventInit {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean
}

/** A link is over. Where the runtime has a `CloseEvent`, it is one. */
export interface SocketCloseEvent extends Event, CloseEventInit {}

/** A message. It is a `MessageEvent` of the runtime. */
export interface SocketMessageEvent extends Event {
  /** Text, or bytes as `binaryType` asks for them. */
  readonly data: unknown
  /** The origin of the server. */
  readonly origin: string
  /** Of an event stream: the id in force. */
  readonly lastEventId: string
}

/** The runtimes that have none: Node.js before 23, React Native. */
class PlainCloseEvent extends Event implements SocketCloseEvent {
  readonly code: number
  readonly reason: string
  readonly wasClean: boolean

  constructor({ code, reason, wasClean }: CloseEventInit) {
    super('close')
    this.code = code
    this.reason = reason
    this.wasClean = wasClean
  }
}

/** RFC 6455 §7.4.1: no close frame came. */
const ABNORMAL = 1006
/** RFC 6455 §7.4.1: a close frame came, without a code. */
const NO_STATUS = 1005

/** What WebSockets say of an end: a close that carried no code is 1005, and an end without a close frame is 1006. */
export function closeInit({ code, reason, clean }: Partial<ChannelEnd>): CloseEventInit {
  const { wasClean = false } = { wasClean: clean }
  return { code: code ?? (wasClean ? NO_STATUS : ABNORMAL), reason: reason ?? '', wasClean }
}

/** A `close` event of the runtime's own class, where it has one. */
export function closeEvent(init: CloseEventInit): SocketCloseEvent {
  return typeof CloseEvent === 'undefined' ? new PlainCloseEvent(init) : new CloseEvent('close', init)
}

/** A `message` event. */
export function messageEvent(data: unknown, origin: string, type = 'message', lastEventId = ''): SocketMessageEvent {
  return new MessageEvent(type, { data, origin, lastEventId })
}

/**
 * Something went wrong. WebSockets of browsers say only that; this one always has `error` and `message`. They are optional in
 * its type so that a socket fits where the DOM's type is asked for.
 */
export interface SocketErrorEvent extends Event {
  readonly error?: Error
  readonly message?: string
}

/** An `error` event that says what happened. */
export function errorEvent(error: Error): SocketErrorEvent {
  return Object.assign(new Event('error'), { error, message: error.message })
}

/** What was sent and did not arrive, as far as this side knows: reported once for each message. */
export class UndeliveredEvent<Data> extends Event {
  /** What was given to `send()`. */
  readonly data: Data
  /** `inDoubt`: it was written, and may have arrived. The others never left. */
  readonly state: Extract<DeliveryState, 'rejected' | 'inDoubt' | 'dropped'>
  readonly error: HoldfastError | undefined

  constructor(data: Data, state: UndeliveredEvent<Data>['state'], error: HoldfastError | undefined) {
    super('undelivered')
    this.data = data
    this.state = state
    this.error = error
  }
}
