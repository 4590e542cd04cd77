import type { Clock, Logger, Transport } from '@holdfast/core'
import { defaultTransport } from '#default-transport'
import type { ShellEnding } from '../ending-kinds.ts'
import { ShellSessionError } from '../errors.ts'
import type { LostInput } from '../session-events.ts'
import { ShellSession as Session } from '../shell-session.ts'
import { publishedFrame, type ShellFrame } from './frames.ts'
import { roundsAsRetry } from './rounds.ts'

/** Makes URL, headers and subprotocols; called again for every attempt. */
export type ConnectFn = (
  shellId: string,
  sessionId: string,
) => Promise<{
  readonly url: string
  readonly headers: Record<string, string>
  readonly protocols?: string[] | undefined
}>

/** How a lost connection is brought back. Without it, a drop ends the session. Times in milliseconds. */
export interface ReconnectConfig {
  readonly maxRetries?: number
  readonly baseDelay?: number
  readonly maxDelay?: number
  readonly reconnectWindow?: number | null
  readonly outerLoopDelay?: number
  readonly onReconnect?: (reconnected: boolean) => void | Promise<void>
}

/** Options of {@link ShellSession}. */
export interface ShellSessionOptions {
  readonly connectFn: ConnectFn
  readonly shellId?: string | undefined
  readonly sessionId?: string | undefined
  readonly reconnectConfig?: ReconnectConfig | undefined
  readonly keepaliveIntervalMs?: number | undefined
  readonly logger?: Partial<Logger> | undefined
  /** Input that will not arrive, or may not have arrived. It is logged too, and the next `send()` rejects with it. */
  readonly onInputLost?: ((lost: LostInput) => void) | undefined
  /** How long `close()` tries to kill a shell that cannot be reached. In milliseconds. @defaultValue 15000 */
  readonly closeTimeoutMs?: number | undefined
  /** @defaultValue `nodeWebSocket()` of `@holdfast/transport-node`, in browsers `browserWebSocket()` of `@holdfast/transport-browser`, which is then to be installed */
  readonly transport?: Transport | undefined
  readonly clock?: Clock | undefined
}

/** An interactive shell under its published name: numbers for channels, no gaps, `connect()` again after an ending. */
export class ShellSession implements AsyncIterable<ShellFrame> {
  readonly #options: ShellSessionOptions
  readonly #logger: Logger | undefined
  #session: Session
  #isClosed = false
  /** Lost, and not yet reported to a waiting caller. */
  #lost: ShellSessionError | undefined
  /** Calls of `send()` that wait for their confirmation, which reports a loss. */
  #confirming = 0

  /** @throws `shell/invalid_option` */
  constructor(options: ShellSessionOptions) {
    this.#options = options
    this.#logger = loggerOf(options.logger)
    this.#session = this.#newSession()
  }

  /** Everything that the published session does not have. Another one after each `connect()` that follows an ending. */
  get session(): Session {
    return this.#session
  }

  get shellId(): string {
    return this.#session.shellId
  }

  get sessionId(): string {
    return this.#session.sessionId
  }

  get reconnected(): boolean {
    return this.#session.reconnected
  }

  get kicked(): boolean {
    return this.#session.kicked
  }

  get bytesDropped(): number {
    return this.#session.bytesDropped
  }

  get exitCode(): number | null {
    return this.#session.exitCode
  }

  /**
   * Makes one attempt; its failure is thrown as it is. A call after a drop without `reconnectConfig`, after failed
   * retries or after a kick attaches again.
   * @throws the error of `connectFn`, the cause of a failed dial, a refusal; `shell/connected` where it is already
   * connected
   */
  async connect(): Promise<this> {
    if (this.#isClosed) throw new ShellSessionError('shell/ended', 'The session is closed.')
    if (this.#session.ending !== undefined) this.#session = this.#newSession(this.#session)
    else if (this.#session.status.state !== 'idle') {
      throw new ShellSessionError('shell/connected', 'The session is connected, or connects already.')
    }
    try {
      await this.#session.connect()
    } catch (error) {
      throw causeOf(error)
    }
    return this
  }

  /**
   * Resolves when the input is written; with a server that has no offsets, when its next pong has confirmed the input.
   * @throws `shell/input_in_doubt`, `shell/input_rejected` where this input, or input sent before it, was lost
   */
  async send(data: string | Uint8Array): Promise<void> {
    const session = this.#session
    this.#throwLost()
    await session.send(data)
    if (session.resume === 'exact') return
    this.#confirming += 1
    try {
      await session.flush()
    } finally {
      this.#confirming -= 1
    }
  }

  sendHeartbeat(): Promise<void> {
    return this.#session.sendHeartbeat()
  }

  resize(width: number, height: number): Promise<void> {
    return this.#session.resize(width, height)
  }

  /** Closes the shell. `killed`: the server confirmed that it is gone; where it did not, this is logged. Never rejects. */
  async close(): Promise<{ readonly killed: boolean }> {
    this.#isClosed = true
    const answer = await this.#session.kill()
    if (!answer.killed) this.#logger?.warn('the shell may still run: its server could not be reached to end it')
    return answer
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<ShellFrame, void, unknown> {
    const session = this.#session
    if (session.ending === undefined && session.status.state === 'idle') return
    for await (const frame of session) {
      if (frame.channel !== 'gap') yield publishedFrame(frame.rawChannelByte, frame.payload, frame.text)
    }
  }

  /** With the ids, and where it is the same shell the place, of the one before. */
  #newSession(before?: Session): Session {
    const { connectFn, reconnectConfig, keepaliveIntervalMs, closeTimeoutMs, clock } = this.#options
    const { onReconnect, ...rounds } = reconnectConfig ?? { reconnectWindow: 0 }
    const intervalMs = keepaliveIntervalMs === 0 ? Number.POSITIVE_INFINITY : keepaliveIntervalMs
    const session = new Session({
      transport: this.#options.transport ?? defaultTransport,
      target: connectFn,
      shellId: before?.shellId ?? this.#options.shellId ?? crypto.randomUUID(),
      sessionId: before?.sessionId ?? this.#options.sessionId,
      checkpoint: goesOn(before?.ending) ? before?.checkpoint() : undefined,
      retry: roundsAsRetry(rounds, () => this.#isClosed),
      connectAttempts: 1,
      onExpired: 'new',
      screen: 'unsaid',
      liveness: { intervalMs },
      killTimeoutMs: closeTimeoutMs,
      clock,
      logger: this.#logger,
    })
    session.on('delivery', (lost) => this.#inputLost(session, lost))
    session.on('reconnected', ({ reconnected }) => this.#call('onReconnect failed', () => onReconnect?.(reconnected)))
    return session
  }

  #inputLost(session: Session, lost: LostInput): void {
    const { bytes, reason, error } = lost
    this.#logger?.warn('input was lost, or may have been', { bytes, reason })
    // Whether it arrived is known when the session continues from its position, and reported then.
    const isOpen = reason === 'ended' && goesOn(session.ending) && session.checkpoint() !== undefined
    if (this.#confirming === 0 && !isOpen) this.#lost = error
    this.#call('onInputLost failed', () => this.#options.onInputLost?.(lost))
  }

  /** Calls something of the app's at once; what it throws or rejects with is logged. */
  #call(failed: string, run: () => unknown): void {
    new Promise((resolve) => resolve(run())).catch(() => this.#logger?.warn(failed))
  }

  #throwLost(): void {
    const lost = this.#lost
    if (lost === undefined) return
    this.#lost = undefined
    // It is reported here: the next confirmation says nothing of it.
    this.#session.flush().catch(() => {})
    throw lost
  }
}

/** The shell lives on, and this client knows where it stood. */
function goesOn(ending: ShellEnding | undefined): boolean {
  return ending?.kind === 'lost' && ending.reason === 'shell/unreachable'
}

/** Behind "unreachable" stands why: what `connectFn` threw, or how the dial failed. */
function causeOf(error: unknown): unknown {
  if (!(error instanceof ShellSessionError) || error.code !== 'shell/unreachable') return error
  return error.cause instanceof Error ? error.cause : error
}

function loggerOf(given: Partial<Logger> | undefined): Logger | undefined {
  if (given === undefined) return undefined
  const nothing = (): void => {}
  const bound = (name: keyof Logger): Logger[typeof name] =>
    given[name] === undefined ? nothing : (message, fields) => given[name]?.(message, fields)
  return { debug: bound('debug'), info: bound('info'), warn: bound('warn'), error: bound('error') }
}
