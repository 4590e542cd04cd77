import { type IncomingMessage, validateHeaderName, validateHeaderValue } from 'node:http'
import {
  abortReason,
  assertWebSocketTarget,
  type OpenError,
  protocolNotSelected,
  type Target,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import { WebSocket } from 'ws'
import { nodeChannel } from './channel.ts'
import { openingHeaders } from './headers.ts'
import { invalidHeader, refused, unreachable } from './open-error.ts'
import type { ResolvedOptions } from './options.ts'
import { type ProxyTunnel, proxyFor, proxyTunnel } from './proxy.ts'
import { readRefusal } from './refusal.ts'

/** Two timers of the same length may fire in any order. */
const AFTER_OURS_MS = 50

/** One attempt to open a socket. It ends once: with a channel, or with an error and nothing left open. */
export class OpenRequest {
  readonly #target: Target
  readonly #signal: AbortSignal
  readonly #options: ResolvedOptions
  /** Aborted when the attempt fails, for what `ws` does not reach: a proxy that has not answered. */
  readonly #failing = new AbortController()
  #webSocket: WebSocket | undefined
  #tunnel: ProxyTunnel | undefined
  #upgrade: IncomingMessage | undefined
  #settled = false
  #resolve: (channel: WebSocketChannel) => void = () => {}
  #reject: (error: unknown) => void = () => {}

  constructor(target: Target, signal: AbortSignal, options: ResolvedOptions) {
    this.#target = target
    this.#signal = signal
    this.#options = options
  }

  async open(): Promise<WebSocketChannel> {
    throwIfAborted(this.#signal)
    assertWebSocketTarget(this.#target)
    assertHeaders(this.#target.headers)
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#signal.addEventListener('abort', this.#aborted, { once: true })
      try {
        this.#listen(this.#connect())
      } catch (error) {
        this.#fail(unreachable(this.#target.url, error))
      }
    })
  }

  #connect(): WebSocket {
    const { url, headers, protocols } = this.#target
    const { tls, maxPayloadBytes, bounds, proxy: option } = this.#options
    const proxy = proxyFor(new URL(url), option)
    if (proxy !== undefined) this.#tunnel = proxyTunnel(proxy, this.#failing.signal, tls.ca)
    const options = {
      ...tls,
      headers: { ...headers },
      maxPayload: maxPayloadBytes,
      // Bounds the wait for a peer that has sent its close frame and then keeps the connection. Longer than the
      // channel's own bound, which knows why it ends a closing.
      closeTimeout: bounds.closeTimeoutMs + AFTER_OURS_MS,
      perMessageDeflate: false,
      agent: this.#tunnel?.agent,
    }
    this.#webSocket = new WebSocket(url, [...(protocols ?? [])], options)
    return this.#webSocket
  }

  #listen(webSocket: WebSocket): void {
    webSocket.on('error', (error) => this.#fail(this.#unselected() ?? unreachable(this.#target.url, error)))
    webSocket.on('unexpected-response', (_request, response) => this.#refused(response))
    webSocket.on('upgrade', (response) => {
      this.#upgrade = response
    })
    webSocket.on('open', () => this.#opened(webSocket))
  }

  #opened(webSocket: WebSocket): void {
    const response = this.#upgrade
    if (response === undefined || !this.#settle()) return
    webSocket.removeAllListeners()
    const opening = { protocol: webSocket.protocol, headers: openingHeaders(response.headers) }
    this.#resolve(nodeChannel({ webSocket, socket: response.socket, opening, bounds: this.#options.bounds }))
  }

  /** `ws` gives up where the subprotocol is none that was offered; its error has a text and no code. */
  #unselected(): OpenError | undefined {
    if (this.#upgrade === undefined) return undefined
    const { protocols: offered = [] } = this.#target
    const { 'sec-websocket-protocol': selected = '' } = this.#upgrade.headers
    const isRight = offered.length === 0 ? selected === '' : offered.includes(selected)
    return isRight ? undefined : protocolNotSelected(offered, selected)
  }

  #refused(response: IncomingMessage): void {
    readRefusal(response, this.#options.bounds.clock, (body) => {
      const status = this.#tunnel?.connectStatus()
      const proxyStatus = status === 200 ? undefined : status
      this.#fail(refused({ url: this.#target.url, response, body, proxyStatus }, this.#options.bounds.clock))
    })
  }

  readonly #aborted = (): void => this.#fail(abortReason(this.#signal))

  #fail(error: unknown): void {
    if (!this.#settle()) return
    this.#webSocket?.terminate()
    this.#failing.abort()
    this.#reject(error)
  }

  #settle(): boolean {
    if (this.#settled) return false
    this.#settled = true
    this.#signal.removeEventListener('abort', this.#aborted)
    return true
  }
}

/** As Node checks them when it writes them. @throws `channel/invalid_header` */
function assertHeaders(headers: Target['headers']): void {
  for (const [name, value] of Object.entries(headers ?? {})) {
    try {
      validateHeaderName(name)
      validateHeaderValue(name, value)
    } catch {
      throw invalidHeader(name)
    }
  }
}
