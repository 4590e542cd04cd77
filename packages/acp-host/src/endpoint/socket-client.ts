import type { ChannelEnd, Clock, Logger, Timer, WebSocketChannel, WebSocketFrame } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate'
import type { FrameHandler } from '@holdfast/gate/internals'
import {
  ACP_CLOSE,
  type AcpFrame,
  acpResumeRequestOf,
  isJsonRpcRequest,
  isJsonRpcResponse,
  JSON_RPC_ERROR,
  type JsonRpcMessage,
  type JsonRpcRequest,
  jsonRpcFailureOf,
  withoutAcpMeta,
} from '@holdfast/protocol/acp'
import type { AcpConnection, AcpPeer, AcpService } from '../peer.ts'
import { type Inspected, inspectText } from './inspect-message.ts'
import type { AcpEndpointLimits } from './limits.ts'
import type { ResumableClient } from './resumable-client.ts'
import type { ResumableClients } from './resumable-clients.ts'

/** The close code of a client that closed on purpose. */
const NORMAL_CLOSE = 1000

/** What a {@link SocketClient} is made of. */
export interface SocketClientParts {
  readonly channel: WebSocketChannel
  readonly principal: Principal
  /** The agent that it named. */
  readonly agent?: string | undefined
  readonly service: AcpService
  readonly clients: ResumableClients
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: AcpEndpointLimits
}

/** One WebSocket: what is wrong with its frames is answered here, `initialize` comes first, and the rest continues. ACP §1. */
export class SocketClient implements FrameHandler {
  readonly #parts: SocketClientParts
  readonly #deadline: Timer
  #connection: AcpConnection | undefined
  #resumable: ResumableClient | undefined
  #isOver = false

  constructor(parts: SocketClientParts) {
    const { clock, limits } = parts
    this.#parts = parts
    this.#deadline = clock.after(limits.initializeTimeoutMs, () => {
      this.#close(ACP_CLOSE.limit, 'initialize did not come in time')
    })
  }

  frame(frame: WebSocketFrame): void | Promise<void> {
    if (this.#isOver) return undefined
    if (typeof frame !== 'string') {
      return this.#send(jsonRpcFailureOf(null, JSON_RPC_ERROR.parse, 'Parse error: expected a text frame'))
    }
    return this.#inspected(inspectText(frame, this.#parts.limits.maxIdLength))
  }

  closed(end: ChannelEnd): void {
    this.#isOver = true
    this.#deadline.cancel()
    this.#connection?.closed()
    this.#resumable?.detach(this.#parts.channel, end.clean && end.code === NORMAL_CLOSE)
  }

  #inspected(inspected: Inspected): void | Promise<void> {
    switch (inspected.kind) {
      case 'ignored':
        return undefined
      case 'long_id':
        return this.#close(ACP_CLOSE.limit, 'an id is too long')
      case 'refused':
        return this.#send(inspected.answer)
      case 'frame':
        return this.#frame(inspected.frame)
      case 'message':
        return this.#message(inspected.message)
    }
  }

  #frame(frame: AcpFrame): void | Promise<void> {
    if (this.#resumable !== undefined) return this.#resumable.frame(this.#parts.channel, frame)
    // A credential that was not needed, since a header had one.
    if (frame.type === 'auth' && this.#connection === undefined) return undefined
    return this.#send(jsonRpcFailureOf(null, JSON_RPC_ERROR.invalidRequest, 'Invalid request'))
  }

  #message(message: JsonRpcMessage): void | Promise<void> {
    if (this.#connection === undefined && this.#resumable === undefined) return this.#first(message)
    if (isJsonRpcRequest(message) && message.method === 'initialize') return this.#send(again(message))
    // With the extension, everything is in frames.
    return this.#connection?.receive(message)
  }

  #first(message: JsonRpcMessage): void | Promise<void> {
    if (isJsonRpcResponse(message)) return undefined
    if (!isJsonRpcRequest(message) || message.method !== 'initialize' || message.id === null) {
      return this.#close(ACP_CLOSE.notInitialized, 'The first message is the request initialize')
    }
    this.#deadline.cancel()
    const { channel, clients, principal, service, agent } = this.#parts
    const asked = acpResumeRequestOf(message.params)
    const initialize = { ...message, params: withoutAcpMeta(message.params) }
    if (asked === undefined) {
      this.#connection = service.connect(this.#peer())
      return this.#connection.receive(message)
    }
    const { client, ready } = clients.enter(channel, { principal, agent }, initialize, asked)
    this.#resumable = client
    return ready
  }

  /** Of an unmodified client: it lives as long as its WebSocket. */
  #peer(): AcpPeer {
    const { channel, principal, limits, agent } = this.#parts
    return {
      principal,
      agent,
      send: (message) => {
        if (this.#isOver) return
        this.#send(message)
        if (channel.bufferedBytes > limits.maxUnreadBytes) this.#close(ACP_CLOSE.limit, 'it reads too slowly')
      },
      ready: () => (channel.bufferedBytes < limits.readyBytes ? undefined : channel.drained()),
      close: ({ message }) => this.#close(NORMAL_CLOSE, message),
    }
  }

  #send(message: JsonRpcMessage): undefined {
    this.#parts.channel.send(JSON.stringify(message))
  }

  #close(code: number, reason: string): undefined {
    if (this.#isOver) return
    this.#isOver = true
    this.#deadline.cancel()
    this.#parts.logger.info('an ACP client was let go', { code, reason })
    this.#connection?.closed()
    this.#parts.channel.close(code, reason)
  }
}

function again({ id }: JsonRpcRequest): JsonRpcMessage {
  return jsonRpcFailureOf(id, JSON_RPC_ERROR.invalidRequest, 'Initialize not allowed on existing connection')
}
