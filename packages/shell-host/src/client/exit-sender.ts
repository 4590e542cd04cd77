import type { Clock, Timer, WebSocketChannel } from '@holdfast/contract'
import { encodeExit, type ServerControl, SHELL_CLOSE, type ShellExit } from '@holdfast/protocol/shell'
import { encodeFrame } from '@holdfast/shell-framing'
import type { Dialect } from './dialects/dialect.ts'

/** What it must know of its client. */
export interface ExitedClient {
  readonly channel: WebSocketChannel
  readonly dialect: Dialect
  readonly isLive: boolean
  readonly killing: boolean
  /** All output was handed over to the client. */
  readonly isCaughtUp: boolean
  /** The client acknowledges, and has acknowledged all output. */
  readonly hasAcknowledgedAll: boolean
  control(control: ServerControl): void
  answers(withinMs: number): Promise<boolean>
  close(code: number, reason: string): void
}

/** Reports to one client how the program ended, behind all of its output, and closes when the client has read it. */
export class ExitSender {
  readonly #client: ExitedClient
  readonly #clock: Clock
  readonly #lingerMs: number
  readonly #exit: ShellExit & { readonly at: number }
  #isSent = false
  #linger: Timer | undefined

  constructor(client: ExitedClient, exit: ShellExit & { readonly at: number }, clock: Clock, lingerMs: number) {
    this.#client = client
    this.#exit = exit
    this.#clock = clock
    this.#lingerMs = lingerMs
  }

  /** Sends how it ended, once, when the output went first. */
  send(): void {
    const client = this.#client
    const exit = this.#exit
    if (this.#isSent || !client.isLive || !client.isCaughtUp) return
    this.#isSent = true
    client.channel.send(encodeFrame('status', encodeExit(exit)))
    client.control({ type: 'exit', code: exit.code, signal: exit.signal ?? null, at: exit.at })
    this.closeWhenRead()
    if (!client.isLive || client.killing) return
    // A busy client loses what it has not read when the close comes too early.
    void client.channel.drained().then(() => this.#closeInTime())
  }

  /** A client that acknowledges has the whole output and how it ended: the messages keep their order. */
  closeWhenRead(): void {
    const client = this.#client
    if (this.#isSent && client.hasAcknowledgedAll && !client.killing) client.close(SHELL_CLOSE.normal, 'exited')
  }

  stop(): void {
    this.#linger?.cancel()
  }

  #closeInTime(): void {
    const client = this.#client
    if (!client.isLive) return
    const end = (): void => client.close(SHELL_CLOSE.normal, 'exited')
    if (client.dialect.clientCloses) this.#linger = this.#clock.after(this.#lingerMs, end)
    // What answers now has read everything before.
    else void client.answers(this.#lingerMs).then(end)
  }
}
