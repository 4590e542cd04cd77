import { type CloseOptions, Connection, type ConnectionMetrics, type ConnectOptions, type Status } from '@holdfast/core'
import { ClientLifecycle, connectClient, freshOf, isConnected } from '@holdfast/core/client'
import { randomId, systemRandom } from '@holdfast/core/contract'
import { type Deferred, deferred } from '@holdfast/core/internals'
import type { HandshakeConnection } from '@holdfast/core/protocol'
import {
  type AcpWireMessage,
  isAcpFrame,
  isJsonRpcRequest,
  type JsonRpcMessage,
  type JsonRpcRequest,
} from '@holdfast/protocol/acp'
import { AcpProtocol } from './acp-protocol.ts'
import { AcpError, acpProblem, toAcpError } from './errors.ts'
import { ForeignServer } from './foreign-server.ts'
import type { AcpReady } from './handshake.ts'
import type { AcpNotice } from './notices.ts'
import {
  ACP_STREAM_DEFAULTS,
  type AcpStreamEvents,
  type AcpStreamOptions,
  acpEngine,
  assertOptions,
  targetOf,
} from './options.ts'
import { Outgoing } from './outgoing.ts'
import { OutputStream } from './output-stream.ts'
import { RequestsInFlight } from './requests-in-flight.ts'
import { ResumeState } from './resume-state.ts'

/**
 * A stream for the connections of ACP's SDK that survives drops of the link. With a Holdfast gateway it is exact in
 * both directions: a request in transit is carried over a drop and answered once, updates come once and in order, a
 * question of the agent reaches the client after it reconnects. With any other server it restores what it can, and a
 * notice reports what cannot be known. ACP §2.
 */
export class AcpStream implements AsyncIterable<JsonRpcMessage> {
  /** Messages of the agent. Does not end while the stream can reconnect. */
  readonly readable: ReadableStream<JsonRpcMessage>
  /** Messages of the client; the first is `initialize`, which connects. Closing it closes the stream. */
  readonly writable: WritableStream<JsonRpcMessage>
  readonly #options: AcpStreamOptions
  readonly #connection: HandshakeConnection<AcpWireMessage, AcpWireMessage, AcpReady>
  readonly #protocol: AcpProtocol
  readonly #requests = new RequestsInFlight()
  readonly #outgoing: Outgoing
  readonly #resume: ResumeState
  readonly #foreign: ForeignServer
  readonly #output: OutputStream
  readonly #events: ClientLifecycle<JsonRpcMessage, AcpError, AcpStreamEvents>
  readonly #initialized: Deferred<JsonRpcRequest> = deferred()
  #initialize: JsonRpcRequest | undefined
  #isAnswered = false
  #listener: ((message: JsonRpcMessage) => unknown) | undefined

  /** @throws `acp/invalid_option`, `connection/invalid_option` */
  constructor(options: AcpStreamOptions) {
    assertOptions(options)
    this.#options = options
    this.#resume = new ResumeState(randomId(options.random ?? systemRandom))
    this.#output = new OutputStream({
      readAhead: ACP_STREAM_DEFAULTS.readAhead,
      read: () => this.#listen(),
      cancelled: () => this.close(),
    })
    this.readable = this.#output.readable
    this.writable = new WritableStream<JsonRpcMessage>({
      write: (message) => this.#write(message),
      close: () => this.close(),
      abort: () => this.close(),
    })
    this.#foreign = new ForeignServer({
      replay: options.replay ?? ACP_STREAM_DEFAULTS.replay,
      give: (message) => this.#inject(message),
      notice: (notice) => this.#notice(notice),
    })
    this.#protocol = this.#newProtocol()
    this.#connection = this.#newConnection()
    this.#outgoing = new Outgoing({
      connection: this.#connection,
      protocol: this.#protocol,
      requests: this.#requests,
      resume: this.#resume,
      foreign: this.#foreign,
      give: (message) => this.#inject(message),
      notice: (notice) => this.#notice(notice),
    })
    this.#events = this.#newEvents()
    this.#watch()
    this.#events.listen(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The present state of the connection, its cause, and what comes next. */
  get status(): Status {
    return this.#connection.status
  }

  get isConnected(): boolean {
    return isConnected(this.status)
  }

  /** True at a gateway that carries everything over a drop; `undefined` before the first `initialize` was answered. */
  get isExact(): boolean | undefined {
    return this.#isAnswered ? this.#resume.isOn : undefined
  }

  get metrics(): ConnectionMetrics {
    return this.#connection.metrics
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    return this.#connection.explain()
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Resolves with the stream once `initialize` was answered. Writing `initialize` connects by itself.
   * @throws an {@link AcpError}, or the signal's reason
   */
  connect(options?: ConnectOptions): Promise<this> {
    return connectClient(this, this.#connection, options, toAcpError)
  }

  /** Drops the link and dials at once. */
  reconnect(): void {
    this.#connection.reconnect()
  }

  /** Ends with close code 1000; the gateway forgets this client. Queued messages get a second to leave. */
  async close(options?: CloseOptions): Promise<void> {
    await this.#connection.close(options)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof AcpStreamEvents>(name: Name, listener: (event: AcpStreamEvents[Name]) => unknown): () => void {
    return this.#events.on(name, listener)
  }

  /** The messages of `readable`, which it locks meanwhile. */
  async *[Symbol.asyncIterator](): AsyncIterator<JsonRpcMessage, undefined> {
    const reader = this.readable.getReader()
    try {
      for (;;) {
        const read = await reader.read()
        if (read.done) return
        yield read.value
      }
    } finally {
      reader.releaseLock()
    }
  }

  // ---- what the client says ---------------------------------------------------------------------

  async #write(message: JsonRpcMessage): Promise<void> {
    if (this.#output.isOver) throw new AcpError('acp/closed', 'The stream is over.')
    if (this.#initialize === undefined) return this.#begin(message)
    await this.#connection.waitForCapacity()
    this.#outgoing.send(message)
  }

  #begin(message: JsonRpcMessage): void {
    if (!isJsonRpcRequest(message) || message.method !== 'initialize') {
      throw new AcpError('acp/not_initialized', 'The first message of a stream is the request initialize.')
    }
    this.#initialize = message
    this.#initialized.resolve(message)
    this.connect().catch(() => {})
  }

  // ---- what the client gets ---------------------------------------------------------------------

  /** Of the server, in order. A promise holds it back. */
  #give(wire: AcpWireMessage): PromiseLike<unknown> | undefined {
    const message = isAcpFrame(wire)
      ? wire.type === 'message'
        ? wire.message
        : undefined
      : this.#foreign.incoming(wire)
    return message === undefined ? undefined : this.#inject(message)
  }

  #inject(message: JsonRpcMessage): PromiseLike<unknown> | undefined {
    const listened = this.#listener?.(message)
    const isRead = this.#output.isRead || this.#listener === undefined
    const full = isRead ? this.#output.push(message) : undefined
    return listened instanceof Promise ? Promise.all([listened, full]) : full
  }

  #notice(notice: AcpNotice): void {
    this.#events.emit('notice', notice)
  }

  /** Messages are taken from the connection while anything reads or listens. */
  #listen(): void {
    const isWanted = this.#output.isRead || this.#listener !== undefined
    this.#connection.handle(isWanted ? (message) => this.#give(message) : undefined)
  }

  // ---- the parts --------------------------------------------------------------------------------

  #newProtocol(): AcpProtocol {
    const { token, liveness } = this.#options
    return new AcpProtocol({
      resume: this.#resume,
      requests: this.#requests,
      foreign: this.#foreign,
      refreshable: typeof token === 'function',
      pings: {
        intervalMs: liveness?.intervalMs ?? ACP_STREAM_DEFAULTS.livenessIntervalMs,
        timeoutMs: liveness?.timeoutMs ?? ACP_STREAM_DEFAULTS.livenessTimeoutMs,
      },
      initialize: () => this.#initialized.promise,
      answered: (answer) => {
        if (!this.#isAnswered) this.#inject(answer)
        this.#isAnswered = true
      },
      notice: (notice) => this.#notice(notice),
      acked: (ids) => this.#connection.acked(ids),
      doubt: () => this.#outgoing.doubtAll(),
    })
  }

  #newConnection(): HandshakeConnection<AcpWireMessage, AcpWireMessage, AcpReady> {
    const options = this.#options
    return new Connection({
      ...acpEngine(options),
      protocol: this.#protocol,
      target: (context) => targetOf(options, context),
      credentials: async (context) => {
        const token = options.token === undefined ? undefined : await freshOf(options.token, context)
        if (!options.transport.traits.requestHeaders) {
          return token === undefined ? {} : { firstFrame: { type: 'auth', token } }
        }
        return { headers: { ...options.headers, ...(token === undefined ? {} : { authorization: `Bearer ${token}` }) } }
      },
    })
  }

  #newEvents(): ClientLifecycle<JsonRpcMessage, AcpError, AcpStreamEvents> {
    const connection = this.#connection
    return new ClientLifecycle<JsonRpcMessage, AcpError, AcpStreamEvents>(
      {
        listen: (listener) => connection.listen(listener),
        handle: (handler) => {
          this.#listener = handler
          this.#listen()
        },
      },
      { logger: this.#options.logger, problem: acpProblem, failure: toAcpError },
    )
  }

  #watch(): void {
    this.#connection.on('dropped', () => {
      if (this.#resume.isOn) return
      this.#outgoing.doubtAll()
      this.#foreign.dropped()
    })
    this.#connection.on('status', ({ status }) => {
      if (status.state !== 'closed') return
      const { outcome } = status
      this.#output.end('error' in outcome ? toAcpError(outcome.error) : undefined)
    })
  }
}

/**
 * Makes the stream of an ACP client: pass it to the SDK's connection in place of the SDK's own.
 *
 * @throws `acp/invalid_option`, `connection/invalid_option`
 */
export function acpStream(options: AcpStreamOptions): AcpStream {
  return new AcpStream(options)
}
