import { AttachedSenders } from '@holdfast/log'

/** Which senders are connected to this node. Those at other nodes are known by their last contact alone. */
export class ConnectedSenders {
  readonly #sessions = new Map<string, AttachedSenders>()

  has(token: string, id: string): boolean {
    return this.#sessions.get(token)?.has(id) === true
  }

  attach(token: string, id: string): () => boolean {
    const senders = this.#sessions.get(token) ?? new AttachedSenders()
    this.#sessions.set(token, senders)
    const release = senders.attach(id)
    return () => {
      const isLast = release()
      if (senders.size === 0 && this.#sessions.get(token) === senders) this.#sessions.delete(token)
      return isLast
    }
  }
}
