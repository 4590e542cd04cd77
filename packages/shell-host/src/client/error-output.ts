import type { WebSocketChannel } from '@holdfast/contract'
import { type ServerControl, SHELL_CLOSE } from '@holdfast/protocol/shell'
import { encodeFrames } from '@holdfast/shell-framing'
import { COALESCE_BYTES } from '../shell/flow.ts'
import type { Role } from './role.ts'

const ERROR_OUTPUT_LOST: ServerControl = {
  type: 'error',
  code: 'shell/too_slow',
  message: 'error output was left out: this client reads too slowly',
}

/** The client that it goes to. */
export interface ErrorReader {
  readonly channel: WebSocketChannel
  readonly isLive: boolean
  readonly role: Role
  readonly extended: boolean
  control(control: ServerControl): void
  close(code: number, reason: string): void
}

/** Error output of one client. It is not replayed, and not kept for a slow observer, who learns that. */
export class ErrorOutput {
  readonly #client: ErrorReader
  readonly #isWanted: boolean
  readonly #observerBytes: number
  #isLost = false

  /** @param observerBytes an observer on whose socket more waits gets none */
  constructor(client: ErrorReader, isWanted: boolean, observerBytes: number) {
    this.#client = client
    this.#isWanted = isWanted
    this.#observerBytes = observerBytes
  }

  send(chunk: Uint8Array): void {
    const client = this.#client
    if (!client.isLive || !this.#isWanted) return
    const isLost = client.role === 'observer' && client.channel.bufferedBytes > this.#observerBytes
    if (!isLost) for (const frame of encodeFrames('stderr', chunk, COALESCE_BYTES)) client.channel.send(frame)
    else if (!client.extended) client.close(SHELL_CLOSE.tooSlow, 'too slow')
    else if (!this.#isLost) client.control(ERROR_OUTPUT_LOST)
    this.#isLost = isLost
  }
}
