import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock, WebSocketChannel } from '@holdfast/contract'
import { acceptChannel } from '@holdfast/transport-node'
import { WebSocketServer } from 'ws'

/** How one upgrade is answered. */
export interface AcceptTerms {
  /** The largest frame; a larger one ends its connection (close code 1009). */
  readonly maxFrameBytes: number
  /** Headers of the answer, as `name: value`. @defaultValue none beside those of WebSocket */
  readonly headers?: readonly string[] | undefined
  /** The subprotocol that was agreed on; false: none. @defaultValue the first that is offered */
  readonly protocol?: string | false | undefined
}

/** Answers upgrades that are let in. One WebSocket server for each bound of frames, made on first use. */
export class WebSocketAcceptor {
  readonly #clock: Clock
  readonly #closeTimeoutMs: number | undefined
  readonly #servers = new Map<number, WebSocketServer>()
  readonly #terms = new WeakMap<IncomingMessage, AcceptTerms>()

  /** @param closeTimeoutMs how long a client has to answer a close before its socket is dropped */
  constructor(clock: Clock, closeTimeoutMs?: number | undefined) {
    this.#clock = clock
    this.#closeTimeoutMs = closeTimeoutMs
  }

  accept(
    request: IncomingMessage,
    socket: Duplex,
    head: Buffer,
    terms: AcceptTerms,
    opened: (channel: WebSocketChannel) => void,
  ): void {
    this.#terms.set(request, terms)
    this.#server(terms.maxFrameBytes).handleUpgrade(request, socket, head, (webSocket) => {
      const closeTimeoutMs = this.#closeTimeoutMs
      const bound = closeTimeoutMs === undefined ? {} : { closeTimeoutMs }
      opened(acceptChannel(webSocket, request, { clock: this.#clock, ...bound }))
    })
  }

  close(): void {
    for (const server of this.#servers.values()) server.close()
  }

  #server(maxPayload: number): WebSocketServer {
    const known = this.#servers.get(maxPayload)
    if (known !== undefined) return known
    const server = new WebSocketServer({
      noServer: true,
      maxPayload,
      perMessageDeflate: false,
      clientTracking: false,
      handleProtocols: (offered, request) => this.#terms.get(request)?.protocol ?? [...offered][0] ?? false,
    })
    server.on('headers', (headers: string[], request: IncomingMessage) => {
      headers.push(...(this.#terms.get(request)?.headers ?? []))
    })
    this.#servers.set(maxPayload, server)
    return server
  }
}
