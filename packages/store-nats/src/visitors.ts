import { HeldSenders } from '@holdfast/log'

/** Which senders are connected to this node. Those at other nodes are known by their last contact alone. */
export class Visitors {
  readonly #sessions = new Map<string, HeldSenders>()

  has(token: string, id: string): boolean {
    return this.#sessions.get(token)?.has(id) === true
  }

  hold(token: string, id: string): () => boolean {
    const held = this.#sessions.get(token) ?? new HeldSenders()
    this.#sessions.set(token, held)
    const release = held.hold(id)
    return () => {
      const isLast = release()
      if (held.size === 0 && this.#sessions.get(token) === held) this.#sessions.delete(token)
      return isLast
    }
  }
}
