import type { ConnectionMetrics, ConnectOptions, Status } from '@holdfast/core'
import { isConnected } from '@holdfast/core/client'
import { SENTENCES } from '@holdfast/core/words'
import { isTerminalSize, type ShellSignal, type TerminalSize } from '@holdfast/protocol/shell'
import type { ShellCheckpoint } from './checkpoint.ts'
import { explainEnding, type ShellEnding } from './ending-kinds.ts'
import { ShellSessionError } from './errors.ts'
import type { ShellOutput } from './frame.ts'
import type { ShellSessionOptions } from './options.ts'
import type { ShellSessionEvents } from './session-events.ts'
import { ShellLink } from './shell-link.ts'

/**
 * An interactive shell that survives drops, sleep and server restarts (shell §4). `connect()` opens it, iterating reads
 * it, `kill()` ends it, `close()` leaves it running. Reconnecting and keepalive depend on neither reading nor writing.
 */
export class ShellSession implements AsyncIterable<ShellOutput> {
  readonly #link: ShellLink
  #connecting: Promise<this> | undefined

  /** @throws `shell/invalid_option`, `shell/invalid_checkpoint` */
  constructor(options: ShellSessionOptions) {
    this.#link = new ShellLink(options)
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** The shell's id as the server assigned it; store it to reconnect to the same shell. */
  get shellId(): string {
    return this.#link.shell.shellId
  }

  /** Empty with `sessionId: null` until the server has named it. */
  get sessionId(): string {
    return this.#link.shell.sessionId
  }

  /** The last attach found the shell running. */
  get reconnected(): boolean {
    return this.#link.shell.reconnected
  }

  /** Another client took the shell. */
  get kicked(): boolean {
    return this.#link.end.ending?.kind === 'kicked'
  }

  /** Output that the server reported as lost before the last attach, in bytes. */
  get bytesDropped(): number {
    return this.#link.shell.confirmation?.bytesDropped ?? 0
  }

  /** The exit code; `null` while the program runs, and where the code is unknown. */
  get exitCode(): number | null {
    return this.#link.end.exit?.code ?? null
  }

  /** How the session ended. Settles once, whatever happens, and never rejects. */
  get result(): Promise<ShellEnding> {
    return this.#link.end.result
  }

  /** How the session ended; undefined while it has not. */
  get ending(): ShellEnding | undefined {
    return this.#link.end.ending
  }

  /**
   * `exact`: a drop repeats nothing, and everything that is missing is reported by a gap in its place, in both
   * directions. `none`: the server has no offsets, or none was reached yet; output may repeat, and input in transit at
   * a drop is in doubt.
   */
  get resume(): 'exact' | 'none' {
    return this.#link.shell.offer === undefined ? 'none' : 'exact'
  }

  /** Whether output was stopped by Ctrl+S at the last attach, as far as the server could see. Ctrl+Q resumes it. */
  get wasStopped(): boolean {
    return this.#link.shell.offer?.stopped === true
  }

  /** An observer reads only. */
  get role(): 'writer' | 'observer' {
    return this.#link.shell.role
  }

  /** The terminal's size as last set here or reported by the server; undefined where it is not known. */
  get size(): TerminalSize | undefined {
    return this.#link.shell.size
  }

  /**
   * Whose window decides the terminal's size. `writer`: that of the client that writes. `smallest`: the smallest of all
   * attached clients; those that only watch send theirs with `resize()` too.
   */
  get sizing(): 'writer' | 'smallest' {
    return this.#link.shell.offer?.sizing ?? 'writer'
  }

  /** Input that no server has acknowledged, in bytes. */
  get unacknowledgedBytes(): number {
    return this.#link.input.unacknowledgedBytes
  }

  /** The present state of the connection, its cause, and what comes next. */
  get status(): Status {
    return this.#link.connection.status
  }

  /** What is sent now is written now. */
  get isConnected(): boolean {
    return isConnected(this.status)
  }

  get metrics(): ConnectionMetrics {
    return this.#link.connection.metrics
  }

  /** The state, its cause and the next step: a sentence or two for a person. */
  explain(): string {
    const { connection, end } = this.#link
    return end.ending === undefined ? connection.explain() : explainEnding(end.ending)
  }

  // ---- what it does -----------------------------------------------------------------------------

  /**
   * Dials until the shell is confirmed. Resolves also when the program ended at once: see `result`. Aborting the signal
   * before that detaches; after `timeoutMs` the session is `lost` (`shell/unreachable`).
   * @throws the error of a `lost` ending: a final refusal, or the time or the attempts are used up; or the signal's
   * reason
   */
  connect(options: ConnectOptions = {}): Promise<this> {
    if (this.#link.end.ending !== undefined) return Promise.reject(this.#link.end.over())
    this.#connecting ??= this.#link.connect(options).then(() => this)
    return this.#connecting
  }

  /**
   * Sends to the shell's stdin, of any size. Resolves when everything is written and kept until it is acknowledged;
   * waits while the buffer is full, and while reconnecting. Calls keep their order. Bytes are read until then.
   * @throws `shell/input_rejected` when the shell it was for is gone, `shell/ended`, `shell/read_only`, `shell/not_connected`
   */
  send(data: string | Uint8Array): Promise<void> {
    try {
      this.#assertUsable()
      if (this.#link.shell.role === 'observer')
        throw new ShellSessionError('shell/read_only', SENTENCES && 'An observer does not write.')
      return this.#link.input.send(typeof data === 'string' ? new TextEncoder().encode(data) : data)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Resolves when the server has everything that was sent.
   * @throws `shell/input_rejected`, `shell/input_in_doubt` or `shell/ended`, once, for input lost since the last call
   */
  flush(): Promise<void> {
    return this.#link.input.flush()
  }

  /** Asks the server for a heartbeat. The keepalive does not need it. Waits while reconnecting. */
  async sendHeartbeat(): Promise<void> {
    this.#assertUsable()
    await this.#link.opened()
    this.#link.write({ channel: 'heartbeat' })
  }

  /** Sets the size of the terminal in cells, now and after every reconnect. @throws `shell/invalid_option` */
  async resize(width: number, height: number): Promise<void> {
    this.#assertUsable()
    const size = { width, height }
    if (!isTerminalSize(size)) {
      throw new ShellSessionError(
        'shell/invalid_option',
        SENTENCES && `Expected integers from 1 to 65535, got ${width} × ${height}.`,
      )
    }
    this.#link.resize(size)
  }

  /** Sends a signal to the program in the foreground, past all input that waits. @throws `shell/unsupported` */
  async signal(name: ShellSignal): Promise<void> {
    await this.#extended()
    this.#link.control({ type: 'signal', name })
  }

  /** Makes this observer the writer. `role` changes when the server agrees. @throws `shell/unsupported` */
  async takeover(): Promise<void> {
    await this.#extended()
    this.#link.control({ type: 'takeover' })
  }

  /** Drops the connection and dials at once. The shell keeps running. */
  reconnect(): void {
    this.#assertUsable()
    this.#link.connection.reconnect()
  }

  /** Ends this client and leaves the shell running, as {@link detach}. Never rejects; a session is closed once. */
  close(): Promise<void> {
    return this.detach()
  }

  /** Leaves the shell running. Input in transit gets up to a second to arrive. Never rejects. */
  async detach(): Promise<void> {
    await this.#link.end.detach()
    await this.#link.end.result
  }

  /**
   * Kills the shell. While the server cannot be reached it keeps trying for 15 s. `killed`: the server confirmed that
   * the shell is gone. Never rejects; a second call returns the same result.
   */
  async kill(): Promise<{ readonly killed: boolean }> {
    this.#link.end.kill()
    const ending = await this.#link.end.result
    return { killed: ending.kind === 'exited' || (ending.kind === 'closed' && ending.killed) }
  }

  /**
   * What a page needs after a reload to continue without repeated output; undefined where the server has no offsets.
   * Plain JSON.
   */
  checkpoint(): ShellCheckpoint | undefined {
    const { input, output, shell } = this.#link
    const { shellId, sessionId, lease } = shell
    const { epoch, consumed: received } = output
    if (epoch === undefined || lease === undefined) return undefined
    return { v: 1, shellId, sessionId, epoch, lease, received, sent: input.end }
  }

  /**
   * Frames and gaps in order. Ends with the session. Leaving the loop does not end the session, and a later loop
   * continues there.
   */
  [Symbol.asyncIterator](): AsyncIterator<ShellOutput, undefined> {
    return this.#link.output.reader()
  }

  /** Adds a listener. Returns a function that removes it. */
  on<Name extends keyof ShellSessionEvents>(
    name: Name,
    listener: (event: ShellSessionEvents[Name]) => unknown,
  ): () => void {
    return this.#link.events.on(name, listener)
  }

  /** Leaves the shell running, as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #assertUsable(): void {
    if (this.#link.end.ending !== undefined) throw this.#link.end.over()
    if (!this.#link.isStarted) throw new ShellSessionError('shell/not_connected', SENTENCES && 'Call connect() first.')
  }

  async #extended(): Promise<void> {
    this.#assertUsable()
    await this.#link.opened()
    if (this.resume === 'none')
      throw new ShellSessionError('shell/unsupported', SENTENCES && 'The server has no such message.')
  }
}
