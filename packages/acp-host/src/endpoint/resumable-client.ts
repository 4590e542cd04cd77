import type { Clock, Timer, WebSocketChannel } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate'
import {
  type AcpFrame,
  type AcpPosition,
  isJsonRpcRequest,
  isJsonRpcResponse,
  type JsonRpcId,
  type JsonRpcMessage,
  type JsonRpcRequest,
  withAcpMeta,
} from '@holdfast/protocol/acp'
import type { AcpConnection, AcpPeer, AcpService, LogOrigin } from '../peer.ts'
import { type Deferred, deferred } from './deferred.ts'
import type { AcpEndpointLimits } from './limits.ts'

/** A client with the resume extension that reads too slowly: it continues from the log. */
const TOO_SLOW_CLOSE = 4408
/** Our own end of a connection that its owner may open again. */
export const ENDED_CLOSE = 1000

/** What a {@link ResumableClient} is made of. */
export interface ResumableClientParts {
  readonly service: AcpService
  readonly principal: Principal
  /** The agent that it named. */
  readonly agent?: string | undefined
  /** As the client named itself. */
  readonly client: string
  /** Names this numbering. */
  readonly epoch: string
  readonly clock: Clock
  readonly limits: AcpEndpointLimits
  readonly initialize: JsonRpcRequest
  /** Where it was, of one that another gateway, or an earlier life of this one, has served. */
  readonly positions: readonly AcpPosition[] | undefined
  /** It is not remembered any more. */
  readonly forgotten: (client: ResumableClient) => void
}

/**
 * A client with the resume extension, over any number of links: what it has not acknowledged is kept, what it repeats is done
 * once. Away for too long, or too far behind, it is forgotten, and comes back with its places in the logs.
 */
export class ResumableClient implements AcpPeer {
  readonly principal: Principal
  readonly agent: string | undefined
  readonly clientId: string
  readonly epoch: string
  readonly #parts: ResumableClientParts
  readonly #connection: AcpConnection
  #channel: WebSocketChannel | undefined
  /** Frames that are not acknowledged, in order; the last one has the number `#sent`. */
  readonly #pending: string[] = []
  #pendingBytes = 0
  #asked = 0
  #sent = 0
  #received = 0
  #receivedThrough = 0
  /** The `initialize` that the service has to answer yet: what it says before waits. */
  #initializing: JsonRpcId | undefined
  #away: Timer | undefined
  /** It has had a link: before that, what is kept is what it missed, and it had no time to take it. */
  #hasBegun = false
  #ready: Deferred | undefined
  #isOver = false

  constructor(parts: ResumableClientParts) {
    const { service, principal, client, epoch, initialize, positions } = parts
    this.#parts = parts
    this.principal = principal
    this.agent = parts.agent
    this.clientId = `${principal.id}:${client}`
    this.epoch = epoch
    if (positions === undefined) this.#initializing = initialize.id
    this.#connection = service.connect(this, positions === undefined ? undefined : { initialize, sessions: positions })
  }

  // ---- what the service does ------------------------------------------------------------------

  send(message: JsonRpcMessage, origin?: LogOrigin): void {
    if (this.#isOver) return
    if (this.#initializing !== undefined && isJsonRpcResponse(message) && message.id === this.#initializing) {
      return this.#initialized(message)
    }
    this.#number((n) => frameOf(n, message, origin))
  }

  ready(): Promise<void> | undefined {
    if (this.#isOver || this.#pendingBytes < this.#parts.limits.readyBytes) return undefined
    this.#ready ??= deferred()
    return this.#ready.promise
  }

  gap(sessionId: string, reason: string): void {
    this.#number((n) => JSON.stringify({ type: 'gap', n, sessionId, reason } satisfies AcpFrame))
  }

  close({ message }: { readonly code: string; readonly message: string }): void {
    this.end(ENDED_CLOSE, message)
  }

  // ---- what its links do ----------------------------------------------------------------------

  /** Whether a link of this numbering can go on behind `after`. */
  remembers(epoch: string | undefined, after: number): boolean {
    const isReady = this.#initializing === undefined && epoch === this.epoch
    return isReady && after >= this.#acknowledged && after <= this.#sent
  }

  /** Its first link: `initialize` goes to the service, whose answer carries the offer. */
  begin(channel: WebSocketChannel): void | Promise<void> {
    this.#channel = channel
    this.#hasBegun = true
    return this.#connection.receive(this.#parts.initialize, 'initialize')
  }

  /** Another link, which has everything up to `after`. The one before it is over. */
  attach(channel: WebSocketChannel, id: JsonRpcId, after: number | undefined): void {
    const before = this.#channel
    this.#away?.cancel()
    this.#away = undefined
    this.#channel = channel
    before?.close(ENDED_CLOSE, 'another link')
    if (after !== undefined) this.#acked(after)
    channel.send(JSON.stringify({ jsonrpc: '2.0', id, result: withAcpMeta({}, this.#offer(after !== undefined)) }))
    for (const text of this.#pending) channel.send(text)
    this.#asked = 0
    this.#hasBegun = true
    this.#bound()
    if (after !== undefined) this.#connection.attached()
  }

  /** One frame of a link. Resolved when the next may come. */
  frame(channel: WebSocketChannel, frame: AcpFrame): void | Promise<void> {
    if (channel !== this.#channel) return undefined
    switch (frame.type) {
      case 'message':
        return this.#message(frame.n, frame.message)
      case 'ack':
        return this.#acked(frame.through)
      case 'ping':
        this.#acked(frame.through ?? 0)
        return channel.send(JSON.stringify({ type: 'pong', through: this.#receivedThrough } satisfies AcpFrame))
      case 'pong':
        return this.#acked(frame.through ?? 0)
      case 'gap':
      case 'auth':
        return undefined
    }
  }

  /** A link is gone. `isFarewell`: its owner has closed it for good. */
  detach(channel: WebSocketChannel, isClosedByClient: boolean): void {
    if (channel !== this.#channel) return
    this.#channel = undefined
    if (isClosedByClient || this.#initializing !== undefined) return this.end(ENDED_CLOSE, '')
    const { clock, limits } = this.#parts
    this.#connection.detached()
    this.#away = clock.after(limits.resumeWindowMs, () => this.end(ENDED_CLOSE, ''))
  }

  /** It is not remembered any more. */
  end(code: number, reason: string): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#away?.cancel()
    this.#pending.length = 0
    this.#pendingBytes = 0
    this.#connection.closed()
    this.#parts.forgotten(this)
    this.#letOn()
    this.#channel?.close(code, reason)
    this.#channel = undefined
  }

  // ---- inside -----------------------------------------------------------------------------------

  /** Written now, and kept until it is acknowledged. */
  #number(frame: (n: number) => string): void {
    if (this.#isOver) return
    this.#sent += 1
    const text = frame(this.#sent)
    this.#pending.push(text)
    this.#pendingBytes += text.length
    if (this.#initializing === undefined) this.#channel?.send(text)
    this.#bound()
  }

  #initialized(answer: JsonRpcMessage): void {
    this.#initializing = undefined
    const channel = this.#channel
    const answered = 'result' in answer ? { ...answer, result: withAcpMeta(answer.result, this.#offer(false)) } : answer
    channel?.send(JSON.stringify(answered))
    for (const text of this.#pending) channel?.send(text)
  }

  #offer(resumed: boolean): { v: 1; epoch: string; resumed: boolean; maxFrameBytes: number } {
    return { v: 1, epoch: this.epoch, resumed, maxFrameBytes: this.#parts.limits.maxFrameBytes }
  }

  /** In order; what came before is not done again. */
  #message(n: number, message: JsonRpcMessage): void | Promise<void> {
    if (n <= this.#received) return this.#confirm()
    this.#received = n
    const taken = this.#connection.receive(message, String(n))
    return taken instanceof Promise ? taken.then(() => this.#took(n, message)) : this.#took(n, message)
  }

  /** A request is confirmed by its answer, everything else, and what was repeated, here. */
  #took(n: number, message: JsonRpcMessage): void {
    this.#receivedThrough = Math.max(this.#receivedThrough, n)
    if (!isJsonRpcRequest(message)) this.#confirm()
  }

  #confirm(): void {
    this.#channel?.send(JSON.stringify({ type: 'ack', through: this.#receivedThrough } satisfies AcpFrame))
  }

  get #acknowledged(): number {
    return this.#sent - this.#pending.length
  }

  #acked(through: number): void {
    const count = Math.min(through, this.#sent) - this.#acknowledged
    if (count > 0) for (const text of this.#pending.splice(0, count)) this.#pendingBytes -= text.length
    this.#asked = Math.min(this.#asked, this.#pendingBytes)
    if (this.#pendingBytes < this.#parts.limits.readyBytes / 2) this.#letOn()
  }

  #letOn(): void {
    this.#ready?.resolve()
    this.#ready = undefined
  }

  /** What is kept is bounded: by asking first, and in the end by forgetting. One message alone may be larger. */
  #bound(): void {
    const { askAckBytes, maxUnreadBytes } = this.#parts.limits
    if (!this.#hasBegun) return
    if (this.#pendingBytes > maxUnreadBytes && this.#pending.length > 1) return this.end(TOO_SLOW_CLOSE, 'too slow')
    if (this.#channel === undefined || this.#pendingBytes - this.#asked < askAckBytes) return
    this.#asked = this.#pendingBytes
    this.#channel.send(JSON.stringify({ type: 'ping' } satisfies AcpFrame))
  }
}

/** The message is written once for frame and content. */
function frameOf(n: number, message: JsonRpcMessage, origin: LogOrigin | undefined): string {
  const from = origin === undefined ? '' : `"from":${originOf(origin)},`
  return `{"type":"message","n":${n},${from}"message":${JSON.stringify(message)}}`
}

/** A record of one message says no part: it is what nearly every frame carries. */
function originOf({ sessionId, seq, part }: LogOrigin): string {
  return `{"sessionId":${JSON.stringify(sessionId)},"seq":${seq}${part === 0 ? '' : `,"part":${part}`}}`
}
