import { coreError } from '../errors.ts'

/**
 * Ids of a wire that has few of them, as text: numbers from 1, of which none is in use twice at once and one that was freed comes
 * again as late as may be. One pool serves all that share them, as messages and subscriptions of MQTT do (3.1.1 §2.3.1).
 */
export class IdPool {
  readonly #most: number
  readonly #used = new Set<string>()
  #last = 0

  /** @param most the largest, such as 65,535 for two bytes */
  constructor(most: number) {
    this.#most = most
  }

  /** @throws `delivery/overflow` where all are in use */
  readonly take = (): string => {
    if (this.#used.size >= this.#most) throw coreError('delivery/overflow', `All ${this.#most} ids are in use`)
    do this.#last = (this.#last % this.#most) + 1
    while (this.#used.has(String(this.#last)))
    const id = String(this.#last)
    this.#used.add(id)
    return id
  }

  /** Makes an id available again. An id that is not in use is ignored. */
  readonly free = (id: string): void => {
    this.#used.delete(id)
  }

  /** An id until this is settled, whatever it comes to. @throws `delivery/overflow`, or what `use` rejects with */
  async during<T>(use: (id: string) => PromiseLike<T>): Promise<T> {
    const id = this.take()
    try {
      return await use(id)
    } finally {
      this.free(id)
    }
  }
}
