import type { Duplex } from 'node:stream'
import type { Clock, Timer } from '@holdfast/contract'
import { afterRunning, refuseUpgrade } from '@holdfast/gate/internals'
import type { ShellErrorCode } from '../errors.ts'

/** A handshake that takes too long, or whose socket dies, counts once: as that. */
export class HandshakeDeadline {
  readonly #timer: Timer
  readonly #socket: Duplex
  readonly #gone = (): void => void this.finish()
  #done = false

  constructor(socket: Duplex, clock: Clock, timeoutMs: number) {
    this.#socket = socket
    socket.on('error', this.#gone)
    socket.on('close', this.#gone)
    this.#timer = afterRunning(clock, timeoutMs, () => {
      if (!this.finish()) return
      const code: ShellErrorCode = 'shell/too_many'
      refuseUpgrade(socket, { status: 503, code, message: 'The handshake took too long.', retryAfterMs: 1000 })
    })
  }

  /** @returns false when somebody finished it before. */
  finish(): boolean {
    if (this.#done) return false
    this.#done = true
    this.#timer.cancel()
    this.#socket.off('close', this.#gone)
    return true
  }
}
