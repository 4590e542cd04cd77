import type { Connection, Delivery } from '@holdfast/core'
import type { TrackerChatSend, TrackerClientMessage } from '@holdfast/protocol/tracker'
import { TrackerError } from './errors.ts'

/** Options of a chat message. */
export interface SayOptions {
  /**
   * The message's idempotency key, at most 128 characters: a second message with the same key is the same message,
   * which a tracker that supports ids shows once. Derive it from the event that the message answers (`context.key()`).
   * @defaultValue a random one
   */
  readonly key?: string | undefined
}

const MAX_KEY_LENGTH = 128

/** Chat messages on their way out: each under an id, those of one key only once while it is not settled. */
export class ChatSender {
  readonly #connection: Pick<Connection<never, TrackerClientMessage>, 'send'>
  readonly #delivery: 'once' | 'retry'
  /** Messages under a key of the application that are not settled, the oldest first. */
  readonly #keyed = new Map<string, Delivery>()

  /** @param delivery what becomes of a message that was written when the link was lost */
  constructor(connection: Pick<Connection<never, TrackerClientMessage>, 'send'>, delivery: 'once' | 'retry') {
    this.#connection = connection
    this.#delivery = delivery
  }

  /**
   * The message that was said under this key and is not settled.
   * @throws `tracker/invalid_option` for a key of no use
   */
  known({ key }: SayOptions): Delivery | undefined {
    if (key !== undefined && (key === '' || key.length > MAX_KEY_LENGTH)) {
      const message = `Option key: expected 1 to ${MAX_KEY_LENGTH} characters`
      throw new TrackerError('tracker/invalid_option', message, { option: 'key' })
    }
    for (const [other, { settled }] of this.#keyed) if (settled) this.#keyed.delete(other)
    return key === undefined ? undefined : this.#keyed.get(key)
  }

  say(said: Omit<TrackerChatSend, 'type' | 'id'>, { key }: SayOptions): Delivery {
    const id = key ?? crypto.randomUUID()
    const sent = this.#connection.send({ type: 'chat.send', ...said, id }, { id, delivery: this.#delivery })
    if (key !== undefined) this.#keyed.set(key, sent)
    return sent
  }
}
