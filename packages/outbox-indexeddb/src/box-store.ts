import type { DeliveryClass } from '@holdfast/core'
import { OutboxError } from './errors.ts'

const DATABASE = 'holdfast-outbox'
const VERSION = 1
const MESSAGES = 'messages'
const BOXES = 'boxes'

/** One message as it is stored: under the name of the outbox, its box, and its number in that. */
export interface StoredMessage<Message> {
  readonly name: string
  readonly box: string
  readonly n: number
  readonly id: string
  readonly delivery: DeliveryClass
  readonly message: Message
  readonly bytes: number
  /** Milliseconds since 1970. */
  readonly at: number
  /** A client was given it: it may have been written. */
  readonly handed: boolean
}

/** Where the stream of messages to this page stood, and what the page made of it up to there. */
export interface OutboxCheckpoint<State = unknown> {
  readonly position: string | undefined
  /** What `save()` was given. */
  readonly state: State | undefined
  readonly bytes: number
}

/** What is known of a box beside its messages. */
export interface StoredBox extends OutboxCheckpoint {
  readonly name: string
  readonly box: string
}

/** What one transaction changes: all of it, or nothing. */
export interface BoxChange<Message> {
  readonly put?: readonly StoredMessage<Message>[] | undefined
  readonly remove?: readonly Pick<StoredMessage<Message>, 'name' | 'box' | 'n'>[] | undefined
  readonly checkpoint?: StoredBox | undefined
  /** What is known of this box goes; its messages are removed, or put elsewhere. */
  readonly forget?: Pick<StoredBox, 'name' | 'box'> | undefined
  /** Every box of this name goes, with everything in it. */
  readonly clear?: string | undefined
}

/** The database of all outboxes of an origin. Changes are made in the order in which they were asked for. */
export class BoxStore<Message> {
  readonly #database: IDBDatabase

  private constructor(database: IDBDatabase) {
    this.#database = database
    // A newer page wants another layout: it does not wait for this one.
    database.onversionchange = () => database.close()
  }

  /** @throws `outbox/unavailable` */
  static async open<Message>(factory: IDBFactory | undefined): Promise<BoxStore<Message>> {
    try {
      if (factory === undefined) throw new Error('no IndexedDB')
      const request = factory.open(DATABASE, VERSION)
      request.onupgradeneeded = () => {
        request.result.createObjectStore(MESSAGES, { keyPath: ['name', 'box', 'n'] })
        request.result.createObjectStore(BOXES, { keyPath: ['name', 'box'] })
      }
      return new BoxStore<Message>(await resultOf(request))
    } catch (cause) {
      throw new OutboxError('outbox/unavailable', 'IndexedDB cannot be opened here.', { cause })
    }
  }

  /** The boxes of this name that hold messages or a checkpoint. */
  async boxes(name: string): Promise<readonly string[]> {
    const transaction = this.#database.transaction([MESSAGES, BOXES])
    const range = IDBKeyRange.bound([name], [name, []])
    const keys = [MESSAGES, BOXES].map((store) => resultOf(transaction.objectStore(store).getAllKeys(range)))
    const found = (await Promise.all(keys)).flat()
    return [...new Set(found.flatMap((key) => (Array.isArray(key) && typeof key[1] === 'string' ? [key[1]] : [])))]
  }

  /** What a box holds, in order. */
  async read(
    name: string,
    box: string,
  ): Promise<{ readonly messages: readonly StoredMessage<Message>[]; readonly checkpoint: StoredBox | undefined }> {
    const transaction = this.#database.transaction([MESSAGES, BOXES])
    const range = IDBKeyRange.bound([name, box], [name, box, []])
    const messages: Promise<StoredMessage<Message>[]> = resultOf(transaction.objectStore(MESSAGES).getAll(range))
    const checkpoint: Promise<StoredBox | undefined> = resultOf(transaction.objectStore(BOXES).get([name, box]))
    return { messages: await messages, checkpoint: await checkpoint }
  }

  /** Resolves when the change will be found after a crash of the page or of the browser. @throws `outbox/quota`, `outbox/not_storable` */
  async change({ put = [], remove = [], checkpoint, forget, clear }: BoxChange<Message>): Promise<void> {
    try {
      const transaction = this.#database.transaction([MESSAGES, BOXES], 'readwrite')
      const done = endOf(transaction)
      const messages = transaction.objectStore(MESSAGES)
      const boxes = transaction.objectStore(BOXES)
      try {
        for (const message of put) messages.put(message)
        for (const { name, box, n } of remove) messages.delete([name, box, n])
        if (checkpoint !== undefined) boxes.put(checkpoint)
        if (forget !== undefined) boxes.delete([forget.name, forget.box])
        if (clear !== undefined)
          for (const store of [messages, boxes]) store.delete(IDBKeyRange.bound([clear], [clear, []]))
      } catch (error) {
        transaction.abort()
        await done.catch(() => {})
        throw error
      }
      await done
    } catch (cause) {
      if (cause instanceof DOMException && cause.name === 'DataCloneError')
        throw new OutboxError('outbox/not_storable', 'The browser cannot copy it.', { cause })
      const why = cause instanceof DOMException ? cause.name : 'unknown'
      throw new OutboxError('outbox/quota', `The browser did not store it (${why}).`, { cause })
    }
  }

  close(): void {
    this.#database.close()
  }
}

function resultOf<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

function endOf(transaction: IDBTransaction): Promise<void> {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve()
    transaction.onabort = () => reject(transaction.error ?? new Error('aborted'))
  })
}
