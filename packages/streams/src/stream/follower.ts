import type { Clock, Timer } from '@holdfast/contract'
import type { LogEvent, SessionLog } from '@holdfast/log'
import type { WaitEnd } from './wait-end.ts'

/** A log without waiting readers is followed a little longer: readers come back at once. */
const LINGER_MS = 5_000

/** Waiting readers look again this long after the log could not be followed. */
const BREAK_MS = 250

/** What a follower is made of. */
export interface FollowerParts {
  readonly log: SessionLog
  readonly session: string
  readonly epoch: string
  readonly clock: Clock
  /** An event came, of any writer. */
  readonly followed?: ((event: LogEvent) => void) | undefined
}

/** Wakes those who wait for what comes after a place in a log. However many they are, the log is followed once. */
export class Follower {
  readonly #parts: FollowerParts
  readonly #waiting = new Set<() => void>()
  #position = 0
  #end: AbortController | undefined
  #linger: Timer | undefined

  constructor(parts: FollowerParts) {
    this.#parts = parts
  }

  /** How many wait. */
  get size(): number {
    return this.#waiting.size
  }

  /** Something up to `n` is in the log. */
  advance(n: number): void {
    if (n <= this.#position) return
    this.#position = n
    this.wake()
  }

  /** Everybody looks again. */
  wake(): void {
    for (const go of [...this.#waiting]) go()
  }

  /** Resolves when there may be something after `n`, after `timeoutMs`, or when the wait is over. */
  changed(n: number, timeoutMs: number, end: WaitEnd): Promise<void> {
    if (this.#position > n || end.isOver) return Promise.resolve()
    this.#follow(n)
    return new Promise((resolve) => {
      const go = (): void => {
        timer.cancel()
        end.remove(go)
        this.#waiting.delete(go)
        this.#rest()
        resolve()
      }
      const timer = this.#parts.clock.after(timeoutMs, go)
      end.add(go)
      this.#waiting.add(go)
    })
  }

  close(): void {
    this.#linger?.cancel()
    this.#end?.abort()
    this.#end = undefined
    this.wake()
  }

  #follow(n: number): void {
    this.#linger?.cancel()
    this.#linger = undefined
    if (this.#end !== undefined) return
    this.#end = new AbortController()
    this.#position = Math.max(this.#position, n)
    void this.#run(this.#position, this.#end)
  }

  async #run(after: number, end: AbortController): Promise<void> {
    const { log, session, epoch, followed } = this.#parts
    const { signal } = end
    try {
      for await (const item of log.tail(session, { after, epoch, signal })) {
        if (item.type === 'gap') break
        if (item.type !== 'event') continue
        followed?.(item.event)
        this.advance(item.event.n)
      }
    } catch {
      // Each waiting reader looks at the log itself, and reports its failure.
    }
    if (this.#end === end) this.#end = undefined
    if (!signal.aborted) this.#parts.clock.after(BREAK_MS, () => this.wake())
  }

  #rest(): void {
    if (this.#waiting.size > 0 || this.#end === undefined) return
    this.#linger ??= this.#parts.clock.after(LINGER_MS, () => {
      this.#linger = undefined
      if (this.#waiting.size > 0) return
      this.#end?.abort()
      this.#end = undefined
    })
  }
}
