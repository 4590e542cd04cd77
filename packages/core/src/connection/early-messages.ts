import { SENTENCES } from '@holdfast/contract/words'
import { coreError } from '../errors.ts'
import { type Deferred, deferred } from '../support/deferred.ts'

/** Kept while a handshake does not read: beyond it the channel is paused until it does. */
const UNREAD_BYTES = 1_048_576
/** Passed over by a handshake that waits for another message: beyond it the attempt has failed. */
const MOST_BYTES = 67_108_864
/** What a message costs beside its bytes. */
const MESSAGE_BYTES = 256

interface EarlyMessage<In> {
  readonly message: In
  readonly bytes: number
}

interface Wanted<In> {
  readonly matches: (message: In) => boolean
  readonly stays: boolean
  /** As text for a person. */
  readonly awaited: string | undefined
  readonly found: Deferred<In>
}

/** What comes during a handshake: read by `next()`, and what it leaves is for the app, in order of arrival. */
export class EarlyMessages<In> {
  readonly #messages: EarlyMessage<In>[] = []
  /** So many of them were looked at and are not what the handshake waits for. */
  #passed = 0
  #bytes = 0
  #passedBytes = 0
  #waiting: Wanted<In> | undefined

  /** More came than the handshake has looked at. While it waits for a message nothing is in its way. */
  get isFull(): boolean {
    return this.#waiting === undefined && this.#bytes - this.#passedBytes >= UNREAD_BYTES
  }

  push(message: In, size: number): void {
    const bytes = size + MESSAGE_BYTES
    this.#messages.push({ message, bytes })
    this.#bytes += bytes
    this.#look()
    if (this.#waiting === undefined || this.#bytes <= MOST_BYTES) return
    this.giveUp(
      coreError(
        'inbox/overflow',
        SENTENCES && `${this.#messages.length} messages came before the one that was waited for`,
      ),
    )
  }

  /** The next one that matches; with `stays` it is left where it is. Those that do not match are for the app. */
  next(matches: (message: In) => boolean = () => true, stays: boolean = false, awaited?: string): Promise<In> {
    const found = deferred<In>()
    this.#waiting = { matches, stays, awaited, found }
    this.#look()
    return found.promise
  }

  /** What is waited for, and how many came that are not it. */
  get awaited(): { readonly awaited: string | undefined; readonly passed: number } {
    return { awaited: this.#waiting?.awaited, passed: this.#passed }
  }

  giveUp(error: unknown): void {
    this.#waiting?.found.reject(error)
    this.#waiting = undefined
  }

  /** What is for the app, in order. */
  all(): readonly EarlyMessage<In>[] {
    return this.#messages.map(({ message, bytes }) => ({ message, bytes: bytes - MESSAGE_BYTES }))
  }

  #look(): void {
    while (this.#waiting !== undefined) {
      const one = this.#messages[this.#passed]
      if (one === undefined) return
      if (!this.#isWanted(this.#waiting, one)) {
        this.#passed += 1
        this.#passedBytes += one.bytes
      }
    }
  }

  #isWanted({ matches, stays, found }: Wanted<In>, one: EarlyMessage<In>): boolean {
    try {
      if (!matches(one.message)) return false
      found.resolve(one.message)
    } catch (error) {
      found.reject(error)
    }
    this.#waiting = undefined
    if (!stays) {
      this.#messages.splice(this.#passed, 1)
      this.#bytes -= one.bytes
    }
    return true
  }
}
