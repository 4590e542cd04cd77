/** A caller that waits for a number. */
interface Waiter {
  readonly n: number
  readonly done: () => void
}

/**
 * Those who wait until a number is reached, in the order of their numbers: when one is reached, only those are looked at whose
 * number it is.
 */
export class Waiters {
  // What is before `#next` has gone.
  #queue: Waiter[] = []
  #next = 0

  /** Calls `done` once: when `n` is reached, or at the call of the result. */
  add(n: number, done: () => void): () => void {
    const waiter: Waiter = { n, done }
    let at = this.#queue.length
    // Most wait for something newer than all before.
    while (at > this.#next && (this.#queue[at - 1]?.n ?? 0) > n) at--
    this.#queue.splice(at, 0, waiter)
    return () => {
      const place = this.#queue.indexOf(waiter, this.#next)
      if (place < 0) return
      this.#queue.splice(place, 1)
      done()
    }
  }

  /** Everything up to `n` is there. */
  reached(n: number): void {
    for (let first = this.#queue[this.#next]; first !== undefined && first.n <= n; first = this.#queue[this.#next]) {
      this.#next++
      first.done()
    }
    if (this.#next * 2 < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#next)
    this.#next = 0
  }
}
