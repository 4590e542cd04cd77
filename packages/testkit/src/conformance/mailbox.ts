/** Hands values over in order: to who waits already, or to who asks later. */
export class Mailbox<Value extends object | true> {
  readonly #values: Value[] = []
  readonly #takers: ((value: Value) => void)[] = []

  put(value: Value): void {
    const taker = this.#takers.shift()
    if (taker === undefined) this.#values.push(value)
    else taker(value)
  }

  take(): Promise<Value> {
    const value = this.#values.shift()
    if (value !== undefined) return Promise.resolve(value)
    return new Promise((resolve) => this.#takers.push(resolve))
  }
}
