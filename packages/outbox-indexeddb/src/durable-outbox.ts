import { systemClock } from '@holdfast/core'
import type { OutboxCheckpoint, StoredMessage } from './box-store.ts'
import { CheckpointKeeper } from './checkpoint-keeper.ts'
import { Entries, type Entry } from './entries.ts'
import { OutboxError } from './errors.ts'
import { HandOver } from './hand-over.ts'
import type { Notices } from './notices.ts'
import type { OpenedBox } from './opened-box.ts'
import {
  OUTBOX_DEFAULTS,
  type OutboxClient,
  type OutboxOptions,
  type OutboxSendOptions,
  type SettledMessage,
  sizeOf,
} from './options.ts'

/** Messages that survive reload and crash of the page until the server has them. Made by `openOutbox()`. */
export class DurableOutbox<Message> {
  readonly #options: OutboxOptions<Message>
  readonly #opened: OpenedBox<Message>
  readonly #notices: Notices<Message>
  readonly #entries: Entries<Message>
  readonly #checkpoints: CheckpointKeeper
  readonly #handOver: HandOver<Message>
  #isClosed = false

  constructor(options: OutboxOptions<Message>, opened: OpenedBox<Message>) {
    this.#options = options
    this.#opened = opened
    const { store, owned, checkpoint, notices } = opened
    const checkpoints = new CheckpointKeeper({ name: options.name, box: owned.box }, store, checkpoint)
    const entries = new Entries(opened.messages)
    this.#notices = notices
    this.#checkpoints = checkpoints
    this.#entries = entries
    this.#handOver = new HandOver({ entries, store, notices, checkpoints })
  }

  // ---- what it is -------------------------------------------------------------------------------

  /** Where the page before this one stood: give it to the client as `after`. */
  get position(): string | undefined {
    return this.#checkpoints.current?.position
  }

  /** What `save()` last stored, by this page or the one before it. */
  get checkpoint(): OutboxCheckpoint | undefined {
    return this.#checkpoints.current
  }

  /** Messages that have not left it, the oldest first. */
  get pending(): readonly Pick<SettledMessage<Message>, 'id' | 'message' | 'isEarlier'>[] {
    return this.#entries.all().map(({ stored: { id, message }, isEarlier }) => ({ id, message, isEarlier }))
  }

  /** What it holds: messages, 256 for each of them, and the checkpoint. */
  get bytes(): number {
    return this.#entries.bytes + this.#checkpoints.bytes
  }

  // ---- what it does -----------------------------------------------------------------------------

  /** What it holds leaves through this client whenever that is open. Call it before `connect()`. Returns its own undo. */
  attach(client: OutboxClient<Message>): () => void {
    return this.#handOver.attach(client)
  }

  /**
   * Resolves with the message's id when it is stored: from here on it outlives the page. `onSettled` reports its outcome. Calls
   * keep their order. @throws `outbox/full`, `outbox/quota`, `outbox/not_storable`, `outbox/closed`; then it is not kept and not sent
   */
  async send(message: Message, options: OutboxSendOptions = {}): Promise<string> {
    const entry = this.#newEntry(message, options)
    const { stored, state } = entry
    const isHanded = state === 'handed'
    this.#entries.add(entry)
    try {
      await this.#opened.store.change({
        put: [stored],
        checkpoint: isHanded ? this.#checkpoints.due(this.#handOver.position) : undefined,
      })
    } catch (error) {
      this.#entries.remove(entry)
      throw error
    }
    if (!this.#entries.has(entry)) {
      await this.#opened.store.change({ remove: [stored] })
      throw new OutboxError('outbox/cleared', 'It was cleared before it was sent.')
    }
    if (isHanded) this.#handOver.give(entry)
    else this.#entries.move(entry, 'waiting')
    void this.#handOver.start()
    return stored.id
  }

  /**
   * Stores the client's position, and with it what the page has made of the messages up to there: after a reload both are in
   * `checkpoint`, and fit each other. Call it outside of a listener for messages, whose message is not in the position yet.
   * @throws `outbox/full`, `outbox/quota`, `outbox/not_storable`, `outbox/closed`
   */
  async save(state?: unknown): Promise<void> {
    const bytes = state === undefined ? 0 : sizeOf(state)
    this.#assertRoom(bytes - this.#checkpoints.bytes)
    await this.#checkpoints.save(this.#handOver.position, state, bytes)
  }

  /**
   * For a sign-out: everything of this name is deleted, in all tabs, with its checkpoints. What waits is reported as `rejected`
   * (`outbox/cleared`). Close the client before: what it was given already, it may still send. @throws `outbox/quota`
   */
  async clear(): Promise<void> {
    await this.#opened.store.change({ clear: this.#options.name })
    this.#opened.announceClear()
    this.#dropAll()
  }

  /** Another tab has cleared the outboxes of this name: what was stored here behind that goes, too. */
  cleared(): void {
    this.#dropAll()
    this.#opened.store.change({ clear: this.#options.name }).catch((error: unknown) => this.#notices.problem(error))
  }

  /**
   * For a box whose tab does not come back, and of whose client no server is asked any more: what may be sent comes to this one, the
   * rest is reported as in doubt. Where there is no room for it, it stays where it is.
   */
  async adopt(box: string): Promise<void> {
    const { name } = this.#options
    const { messages } = await this.#opened.store.read(name, box)
    const isSendable = ({ handed, delivery }: StoredMessage<Message>): boolean => !handed || delivery === 'retry'
    const own = this.#opened.owned.box
    const moved = messages.filter(isSendable).map((stored) => ({ ...stored, box: own, n: this.#entries.next() }))
    const { maxBytes = OUTBOX_DEFAULTS.maxBytes } = this.#options
    if (this.bytes + moved.reduce((sum, { bytes }) => sum + bytes, 0) > maxBytes) return
    await this.#opened.store.change({ put: moved, remove: messages, forget: { name, box } })
    for (const stored of moved)
      this.#entries.add({ stored, state: stored.handed ? 'left' : 'waiting', isEarlier: true })
    const error = new OutboxError('outbox/in_doubt', 'A tab that has ended may have written it.')
    for (const stored of messages)
      if (!isSendable(stored)) this.#notices.settled({ stored, isEarlier: true }, 'inDoubt', error)
    void this.#handOver.start()
  }

  /** Leaves what it holds for the next page. Never rejects. */
  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#notices.end()
    this.#handOver.close()
    this.#opened.leave()
    this.#opened.store.close()
    this.#opened.owned.release()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  /** @throws what `send()` throws before anything is stored */
  #newEntry(message: Message, { delivery = 'ordered', id }: OutboxSendOptions): Entry<Message> {
    const bytes = sizeOf(message) + OUTBOX_DEFAULTS.messageBytes
    this.#assertRoom(bytes)
    const { name, idOf, clock = systemClock } = this.#options
    const handed = this.#handOver.isFree
    const stored: StoredMessage<Message> = {
      name,
      box: this.#opened.owned.box,
      n: this.#entries.next(),
      id: id ?? idOf?.(message) ?? crypto.randomUUID(),
      delivery,
      message,
      bytes,
      at: clock.epoch(),
      handed,
    }
    return { stored, state: handed ? 'handed' : 'storing', isEarlier: false }
  }

  #assertRoom(bytes: number): void {
    if (this.#isClosed) throw new OutboxError('outbox/closed', 'The outbox is closed.')
    const { maxBytes = OUTBOX_DEFAULTS.maxBytes } = this.#options
    const stored = this.bytes
    if (stored + bytes <= maxBytes) return
    const what = `It holds ${stored} bytes, ${bytes} more are asked for, ${maxBytes} are allowed (maxBytes).`
    throw new OutboxError('outbox/full', what, { details: { bytes, stored, maxBytes } })
  }

  #dropAll(): void {
    this.#checkpoints.clear()
    const error = new OutboxError('outbox/cleared', 'The outbox was cleared.')
    for (const entry of this.#entries.clear()) this.#notices.settled(entry, 'rejected', error)
  }
}
