import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '@holdfast/contract'

/** So many are served together: of fewer, all at once. */
const BATCH = 64

/** How long others wait at most, about. In milliseconds. */
const SLICE_MS = 4

/**
 * Serves many, a batch at a time, so that the event loop is never held up for long: all that has many to serve shares one
 * budget of time, in turn. What a batch wrote has left for the system before the time is looked at. One that throws is
 * reported, and all others are served.
 */
export class Slices {
  readonly #clock: Clock
  readonly #failed: (error: unknown) => void
  readonly #works: Iterator<unknown>[] = []
  #isRunning = false

  constructor(clock: Clock, failed: (error: unknown) => void) {
    this.#clock = clock
    this.#failed = failed
  }

  /** Serves each of a set that is there when its turn comes; few of them at once, before this returns. */
  each<T>(items: ReadonlySet<T> | ReadonlyMap<unknown, T>, serve: (item: T) => void, done?: () => void): void {
    const work = batches(items.values(), (item) => this.#guarded(() => serve(item)), done)
    if (work.next().done === true) return
    this.#works.push(work)
    if (!this.#isRunning) void this.#run()
  }

  async #run(): Promise<void> {
    this.#isRunning = true
    while (this.#works.length > 0) {
      await turn()
      const until = this.#clock.now() + SLICE_MS
      do {
        this.#guarded(() => this.#step())
        await written()
      } while (this.#works.length > 0 && this.#clock.now() < until)
    }
    this.#isRunning = false
  }

  #step(): void {
    const work = this.#works.shift()
    if (work !== undefined && work.next().done !== true) this.#works.push(work)
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#failed(error)
    }
  }
}

function* batches<T>(items: Iterable<T>, serve: (item: T) => void, done: (() => void) | undefined): Iterator<unknown> {
  let count = 0
  for (const item of items) {
    if (count > 0 && count % BATCH === 0) yield
    serve(item)
    count++
  }
  done?.()
}

/** Sockets gather what is written in a turn; this comes behind their writes. */
function written(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve))
}
