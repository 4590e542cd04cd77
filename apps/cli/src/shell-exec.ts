import type { WebSocketChannel, WebSocketFrame } from '@holdfast/core'
import { decodeStatus, execPath, K8S_V5_SUBPROTOCOL } from '@holdfast/protocol/shell'
import { CHANNEL_BYTES, decodeFrame, encodeFrames, encodeHalfClose, TextDecoders } from '@holdfast/shell-framing'
import { nodeWebSocket } from '@holdfast/transport-node'
import { authorization } from './endpoint.ts'
import { EXIT } from './exit-codes.ts'
import { type Output, outputOn } from './output.ts'
import { refusalIn } from './refusals/refusals.ts'
import { withWaitingNotice } from './refusals/waiting.ts'
import type { ShellCommandOptions } from './shell-options.ts'
import { shellRequest } from './shell-request.ts'
import { UserError } from './user-error.ts'

/** Time for a connection and the server's answer to it. */
const OPEN_MS = 10_000
/** Input on its way; above it, more is not read. */
const MAX_BUFFERED_BYTES = 1_048_576

/**
 * Runs one command in pipes: its output, its error output and its exit code are its own (shell §2, Kubernetes v5).
 * Such a program ends with the connection. @returns the exit code of the process
 */
export async function runOnce(options: ShellCommandOptions, command: readonly string[]): Promise<number> {
  if (options.record !== undefined) throw new UserError('--record is for shells with a terminal: add -t.')
  const channel = await open(options, command)
  return new Run(channel, options.json === true).ended
}

async function open(options: ShellCommandOptions, command: readonly string[]): Promise<WebSocketChannel> {
  const { url, token } = options
  const streams = { stdin: true, stdout: true, stderr: true, tty: false }
  const { cwd, env } = shellRequest(options, command, { environment: process.env, hasTerminal: false })
  const path = execPath({ namespace: 'default', pod: 'gateway', command, ...streams, cwd, env })
  const target = {
    url: `${url.replace(/^http/, 'ws')}${path}`,
    headers: authorization(token),
    protocols: [K8S_V5_SUBPROTOCOL],
  }
  const dialed = nodeWebSocket().open(target, { signal: AbortSignal.timeout(OPEN_MS) })
  try {
    return await withWaitingNotice(url, dialed)
  } catch (error) {
    throw refusalIn(error, options, { next: 'shell ls' })
  }
}

class Run {
  readonly ended: Promise<number>
  readonly #channel: WebSocketChannel
  readonly #json: boolean
  readonly #out: Output = outputOn(process.stdout)
  readonly #err: Output = outputOn(process.stderr)
  #settle: (code: number) => void = () => {}
  /** A character may come in two pieces. */
  readonly #texts = new TextDecoders()
  #code: number | undefined
  /** Servers say there why a program could not be run, and again in its end. */
  #lastError: string | undefined
  #written: Promise<void> = Promise.resolve()

  constructor(channel: WebSocketChannel, json: boolean) {
    this.#channel = channel
    this.#json = json
    this.ended = new Promise((resolve) => {
      this.#settle = resolve
    })
    process.stdin.on('data', this.#input)
    process.stdin.on('end', () => channel.send(encodeHalfClose('stdin')))
    // A closed standard input is an empty one.
    process.stdin.on('error', () => channel.send(encodeHalfClose('stdin')))
    channel.start({ frame: (frame) => this.#frame(frame), closed: () => this.#closed() })
  }

  readonly #input = (chunk: Buffer): void => {
    for (const frame of encodeFrames('stdin', chunk)) this.#channel.send(frame)
    if (this.#channel.bufferedBytes < MAX_BUFFERED_BYTES) return
    process.stdin.pause()
    void this.#channel.drained().then(() => process.stdin.resume())
  }

  #frame(message: WebSocketFrame): void {
    const decoded = typeof message === 'string' ? undefined : decodeFrame(message)
    if (decoded?.ok !== true) return
    const { channel, payload } = decoded.message
    if (channel === 'status') return this.#status(payload)
    if ((channel !== 'stdout' && channel !== 'stderr') || payload.length === 0) return
    // The next message waits until this one is written: a slow reader slows the program.
    this.#channel.pause()
    if (channel === 'stderr') this.#lastError = Buffer.from(payload).toString().trim()
    const write = this.#json
      ? this.#printJson(channel, this.#texts.decode(CHANNEL_BYTES[channel], payload))
      : (channel === 'stdout' ? this.#out : this.#err).write(payload)
    this.#written = write.then(() => this.#channel.resume())
  }

  async #printJson(channel: 'stdout' | 'stderr', text: string): Promise<void> {
    if (text !== '') await this.#out.json({ event: 'output', channel, text })
  }

  #status(payload: Uint8Array): void {
    const status = decodeStatus(payload)
    if (!status.ok || status.message.kind !== 'exit') return
    const { code, signal, message } = status.message
    this.#code = code ?? EXIT.notRun
    if (this.#json) {
      for (const channel of ['stdout', 'stderr'] as const) {
        void this.#printJson(channel, this.#texts.flush(CHANNEL_BYTES[channel]))
      }
      void this.#out.json({ event: 'ended', kind: 'exited', code, ...(signal === undefined ? {} : { signal }) })
    } else if ((code === null || message !== undefined) && message !== this.#lastError) {
      void this.#err.line(`holdfast: ${message ?? 'the program could not be run'}`)
    }
    this.#channel.close(1000)
  }

  #closed(): void {
    process.stdin.off('data', this.#input)
    process.stdin.pause()
    if (this.#code === undefined) void this.#err.line('holdfast: the connection was lost, and the program with it.')
    const code = this.#code ?? EXIT.lost
    void this.#written.then(() => this.#settle(code))
  }
}
