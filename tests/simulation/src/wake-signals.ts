import type { WakeSignals } from '@holdfast/core'
import { NEARNESS, type Nearness, type WakeSignal } from '@holdfast/core/contract'

/** A runtime's events, fired by hand. */
export class ManualSignals implements WakeSignals {
  readonly #listeners = new Set<(signal: WakeSignal) => void>()
  readonly nearness: Nearness = NEARNESS
  online = true
  visible = true

  subscribe(listener: (signal: WakeSignal) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  get listening(): number {
    return this.#listeners.size
  }

  fire(signal: WakeSignal): void {
    if (signal === 'online' || signal === 'offline') this.online = signal === 'online'
    if (signal === 'visible' || signal === 'hidden') this.visible = signal === 'visible'
    for (const listener of [...this.#listeners]) listener(signal)
  }
}
