import type { Nearness, WakeSignal, WakeSignals } from '@holdfast/core'
import { browserWakeSignals } from '@holdfast/transport-browser'

/** The page's own signals, and a person who does not want to wait: a connection that waits dials at once. */
export class TryNow implements WakeSignals {
  readonly #page = browserWakeSignals()
  readonly #listeners = new Set<(signal: WakeSignal) => void>()

  get online(): boolean {
    return this.#page.online
  }

  get nearness(): Nearness {
    return this.#page.nearness
  }

  get visible(): boolean {
    return this.#page.visible
  }

  subscribe(listener: (signal: WakeSignal) => void): () => void {
    const leave = this.#page.subscribe(listener)
    this.#listeners.add(listener)
    return () => {
      leave()
      this.#listeners.delete(listener)
    }
  }

  now(): void {
    for (const listener of [...this.#listeners]) listener('wake')
  }
}
