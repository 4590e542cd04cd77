import type { ChaosProxy } from '@holdfast/chaos-proxy'

/** What can be done to the network. */
export const FAULTS = ['cut', 'half-open', 'slow', 'refuse', 'heal'] as const

export type DemoFault = (typeof FAULTS)[number]

const SLOW = { delayMs: 400, bytesPerSecond: 4_000 } as const

/** Breaks the network between everybody and the gateway, and remembers how. */
export class Faults {
  readonly #proxy: ChaosProxy
  #current: Exclude<DemoFault, 'cut' | 'heal'> | undefined
  #cuts = 0

  constructor(proxy: ChaosProxy) {
    this.#proxy = proxy
  }

  /** The lasting fault; undefined while the network is well. */
  get current(): DemoFault | undefined {
    return this.#current
  }

  /** Faults since the start. */
  get count(): number {
    return this.#cuts
  }

  async apply(fault: DemoFault): Promise<void> {
    if (fault === 'cut') {
      this.#cuts++
      return this.#proxy.cut()
    }
    // What a half-open network held back is gone for good, as after a router that has forgotten its links.
    await this.#proxy.heal({ links: 'reset' })
    this.#current = fault === 'heal' ? undefined : fault
    if (fault === 'heal') return
    this.#cuts++
    if (fault === 'half-open') this.#proxy.blackHole()
    if (fault === 'slow') {
      this.#proxy.delay(SLOW.delayMs)
      this.#proxy.throttle(SLOW.bytesPerSecond)
    }
    if (fault === 'refuse') {
      await this.#proxy.refuse(true)
      this.#proxy.cut()
    }
  }
}
