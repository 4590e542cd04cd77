import type { Clock, Timer } from '@holdfast/contract'

/** A program that asked a question has said so: it is checked once it is quiet, before a person answers. */
const QUIET_MS = 30
/** A program that got input may hide what comes next. */
const SETTLED_MS = 100

/**
 * Knows what is typed unseen, such as a password. A terminal says only how it is now, and what was typed may have been read
 * already: what counts as seen was so before it came and after it.
 */
export class UnseenInput {
  readonly #clock: Clock
  readonly #look: () => Promise<boolean | undefined>
  /** What was hidden when it was last looked at; `undefined` where it is unknown. */
  #wasHidden: boolean | undefined
  #looking: Promise<boolean | undefined> | undefined
  #timer: Timer | undefined

  /** @param look whether the terminal hides what is typed now; `undefined` where it is unknown */
  constructor(clock: Clock, look: () => Promise<boolean | undefined>) {
    this.#clock = clock
    this.#look = look
  }

  /** The program has said something. */
  printed(): void {
    this.#lookAfter(QUIET_MS)
  }

  /** Something was typed just now. Where it is unknown, it counts as unseen. */
  async isUnseen(): Promise<boolean> {
    const before = (await this.#looking) ?? this.#wasHidden
    const after = await this.#lookNow()
    this.#lookAfter(SETTLED_MS)
    return before === true || (after ?? before ?? true)
  }

  stop(): void {
    this.#timer?.cancel()
  }

  #lookAfter(ms: number): void {
    this.#timer?.cancel()
    this.#timer = this.#clock.after(ms, () => void this.#lookNow())
  }

  #lookNow(): Promise<boolean | undefined> {
    this.#looking ??= this.#look().then((isHidden) => {
      this.#looking = undefined
      this.#wasHidden = isHidden ?? this.#wasHidden
      return isHidden
    })
    return this.#looking
  }
}
