import type { Clock, WebSocketChannel } from '@holdfast/contract'
import { afterRunning } from '@holdfast/gate/internals'

/** Asks whether a client is still there: it is pinged, and anything that it says counts. */
export class PresenceProbe {
  readonly #channel: Pick<WebSocketChannel, 'ping'>
  readonly #clock: Clock
  readonly #asked: ((isThere: boolean) => void)[] = []

  constructor(channel: Pick<WebSocketChannel, 'ping'>, clock: Clock) {
    this.#channel = channel
    this.#clock = clock
  }

  /** Whether it says anything within so many milliseconds. */
  ask(withinMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const answer = (isThere: boolean): void => {
        timer.cancel()
        resolve(isThere)
      }
      const timer = afterRunning(this.#clock, withinMs, () => answer(false))
      this.#asked.push(answer)
      this.#channel.ping()
    })
  }

  /** It said something, or its connection has ended. */
  settle(isThere: boolean): void {
    for (const answer of this.#asked.splice(0)) answer(isThere)
  }
}
