import type { ChaosProxy } from '@holdfast/chaos-proxy'
import { startChaosProxy } from '@holdfast/chaos-proxy'
import { type SeededRandom, seededRandom } from '@holdfast/testkit'

/** A proxy whose links are cut so many times, at moments that the seed chooses, each time once something is connected. */
export class Cuts {
  readonly proxy: ChaosProxy
  readonly #random: SeededRandom
  #left: number

  private constructor(proxy: ChaosProxy, random: SeededRandom, count: number) {
    this.proxy = proxy
    this.#random = random
    this.#left = count
  }

  static async before(port: number, options: { readonly seed: string; readonly count: number }): Promise<Cuts> {
    const proxy = await startChaosProxy({ target: { host: '127.0.0.1', port } })
    return new Cuts(proxy, seededRandom(options.seed), options.count)
  }

  get left(): number {
    return this.#left
  }

  /** Called as things happen: cuts now and then, in the middle of a frame where that can be. */
  maybe(chance: number): void {
    if (this.#left === 0 || this.proxy.links.length === 0 || !this.#random.chance(chance)) return
    this.#left -= 1
    if (this.#random.chance(0.5)) this.proxy.cut()
    else this.proxy.resetMidFrame({ direction: this.#random.pick(['up', 'down']) })
  }

  now(): void {
    if (this.#left === 0 || this.proxy.links.length === 0) return
    this.#left -= 1
    this.proxy.cut()
  }
}

/** Waits until something holds, looking every few milliseconds, bounded by the test's own time limit. */
export async function eventually(
  holds: () => boolean,
  what: string | (() => string),
  withinMs = 40_000,
): Promise<void> {
  const end = Date.now() + withinMs
  while (!holds()) {
    if (Date.now() > end) throw new Error(`did not happen in time: ${typeof what === 'string' ? what : what()}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
