import type { BoxStore, StoredBox } from './box-store.ts'

/** Where the page stands, as it is stored: what it saves by itself, else where it began to write on each link. */
export class CheckpointKeeper {
  readonly #box: Pick<StoredBox, 'name' | 'box'>
  readonly #store: Pick<BoxStore<unknown>, 'change'>
  #current: StoredBox | undefined
  /** The page saves its position by itself. */
  #isSaved: boolean
  /** The position of this link is not stored yet. */
  #isDue = true

  constructor(
    box: Pick<StoredBox, 'name' | 'box'>,
    store: Pick<BoxStore<unknown>, 'change'>,
    current: StoredBox | undefined,
  ) {
    this.#box = box
    this.#store = store
    this.#current = current
    this.#isSaved = current?.state !== undefined
  }

  get current(): StoredBox | undefined {
    return this.#current
  }

  get bytes(): number {
    return this.#current?.bytes ?? 0
  }

  /** Another link, or none. */
  linkChanged(): void {
    this.#isDue = true
  }

  /** To be stored with the next change: the position of this link, which names this page to the server. */
  due(position: string | undefined): StoredBox | undefined {
    if (!this.#isDue || this.#isSaved || position === undefined) return undefined
    this.#isDue = false
    this.#current = { ...this.#box, position, state: undefined, bytes: 0 }
    return this.#current
  }

  /** @throws what storing throws; then the one before it holds */
  async save(position: string | undefined, state: unknown, bytes: number): Promise<void> {
    const before = this.#current
    const next = { ...this.#box, position: position ?? before?.position, state, bytes }
    // At once, since changes are stored in the order in which they are asked for.
    this.#current = next
    this.#isSaved = true
    try {
      await this.#store.change({ checkpoint: next })
    } catch (error) {
      if (this.#current === next) this.#current = before
      throw error
    }
  }

  clear(): void {
    this.#current = undefined
    this.#isSaved = false
    this.#isDue = true
  }
}
