import type { BoxStore } from './box-store.ts'
import type { CheckpointKeeper } from './checkpoint-keeper.ts'
import { fateOf, isSentAgain, takesMessages } from './client-view.ts'
import type { Entries, Entry } from './entries.ts'
import { OutboxError } from './errors.ts'
import type { Notices } from './notices.ts'
import type { OutboxClient, SettledMessage } from './options.ts'

/** So many messages, at most, are noted as handed over before the client is asked to take them. */
const MOST_AT_ONCE = 256

/** What {@link HandOver} works on. */
interface HandOverParts<Message> {
  readonly entries: Entries<Message>
  readonly store: BoxStore<Message>
  readonly notices: Notices<Message>
  readonly checkpoints: CheckpointKeeper
}

/** The way of an outbox's messages to its client, and what becomes of them there. */
export class HandOver<Message> {
  readonly #entries: Entries<Message>
  readonly #store: BoxStore<Message>
  readonly #notices: Notices<Message>
  readonly #checkpoints: CheckpointKeeper
  #client: OutboxClient<Message> | undefined
  #detach: () => void = () => {}
  #isOpen = false
  #isHanding = false
  /** As many as the client took the last time, or twice that: what it does not take was written to disk for nothing, twice. */
  #atOnce = MOST_AT_ONCE / 4
  #isClosed = false

  constructor({ entries, store, notices, checkpoints }: HandOverParts<Message>) {
    this.#entries = entries
    this.#store = store
    this.#notices = notices
    this.#checkpoints = checkpoints
  }

  /** Whether a message that is sent now may go at once: nothing is before it. */
  get isFree(): boolean {
    return this.#isOpen && !this.#entries.hasAny('storing', 'waiting', 'left')
  }

  /** Where the client stands. */
  get position(): string | undefined {
    return this.#client?.position
  }

  /** Messages leave through this client, and no other, whenever it is open. Returns its own undo. */
  attach(client: OutboxClient<Message>): () => void {
    this.#detach()
    this.#client = client
    const off = client.on('status', () => this.#look())
    this.#detach = () => {
      off()
      if (this.#client === client) this.#client = undefined
      this.#isOpen = false
      this.#detach = () => {}
    }
    this.#look()
    return this.#detach
  }

  /** What becomes of messages is not looked at any more. */
  close(): void {
    this.#isClosed = true
    this.#detach()
  }

  #look(): void {
    const isOpen = takesMessages(this.#client)
    if (isOpen === this.#isOpen) return
    this.#isOpen = isOpen
    this.#checkpoints.linkChanged()
    if (isOpen) void this.start()
  }

  /** Gives the client what waits, in order; before that it is noted that it was. */
  async start(): Promise<void> {
    if (this.#isHanding) return
    this.#isHanding = true
    try {
      while (this.#isOpen && this.#entries.hasAny('waiting', 'left')) {
        await this.#decideLeft()
        const waiting = this.#entries.in('waiting', this.#atOnce)
        for (const entry of waiting) entry.stored = { ...entry.stored, handed: true }
        await this.#store.change({
          put: waiting.map(({ stored }) => stored),
          checkpoint: this.#checkpoints.due(this.#client?.position),
        })
        const isFull = this.#giveInOrder(waiting)
        const taken = waiting.filter(({ state }) => state !== 'waiting').length
        this.#atOnce = isFull ? Math.max(1, taken) : Math.min(MOST_AT_ONCE, 2 * this.#atOnce)
        if (isFull) return
      }
    } catch (error) {
      // It waits for the next link, or the next message.
      this.#notices.problem(error)
    } finally {
      this.#isHanding = false
    }
  }

  /** What a client was given that has ended. */
  async #decideLeft(): Promise<void> {
    const client = this.#client
    if (client === undefined) return
    const left = this.#entries.in('left')
    const doubtful = left.filter(({ stored }) => !isSentAgain(stored, client))
    if (doubtful.length > 0) await this.#store.change({ remove: doubtful.map(({ stored }) => stored) })
    const error = new OutboxError('outbox/in_doubt', 'A client that has ended may have written it.')
    for (const entry of doubtful) this.#settle(entry, 'inDoubt', error)
    this.#giveInOrder(left.filter((entry) => !doubtful.includes(entry)))
  }

  /** True: the client took no more. What it did not take waits, and what stands behind that too. */
  #giveInOrder(entries: readonly Entry<Message>[]): boolean {
    let isRefused = false
    for (const entry of entries) {
      if (!this.#entries.has(entry)) continue
      if (isRefused) this.#waitAgain(entry)
      else this.give(entry)
      isRefused = entry.state === 'waiting'
    }
    return isRefused
  }

  /** Gives the client one message, which was noted as handed over. */
  give(entry: Entry<Message>): void {
    const client = this.#client
    // Its receiver is gone: it was noted, and not written.
    if (client === undefined) return this.#waitAgain(entry)
    this.#entries.move(entry, 'handed')
    const { message, id, delivery } = entry.stored
    const given = client.send(message, { id, delivery })
    given.whenSettled(() => {
      if (!this.#isClosed && this.#entries.has(entry)) this.#settled(entry, fateOf(given, client), given.error)
    })
  }

  #settled(entry: Entry<Message>, fate: ReturnType<typeof fateOf>, error: Error | undefined): void {
    if (fate === 'waits') return this.#waitAgain(entry)
    if (fate === 'left') {
      this.#entries.move(entry, 'left')
      return
    }
    // A page that ends before it is deleted sends it again, or reports it as in doubt.
    this.#store.change({ remove: [entry.stored] }).catch((failure: unknown) => this.#notices.problem(failure))
    this.#settle(entry, fate, error)
    void this.start()
  }

  #waitAgain(entry: Entry<Message>): void {
    this.#entries.move(entry, 'waiting')
    entry.stored = { ...entry.stored, handed: false }
    this.#store.change({ put: [entry.stored] }).catch((error: unknown) => this.#notices.problem(error))
  }

  #settle(entry: Entry<Message>, outcome: SettledMessage<Message>['outcome'], error: Error | undefined): void {
    this.#entries.remove(entry)
    this.#notices.settled(entry, outcome, error)
  }
}
