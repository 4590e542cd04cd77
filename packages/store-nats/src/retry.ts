import { openingError } from './connect.ts'
import type { Deadline } from './deadline.ts'
import { NatsLogError } from './errors.ts'

const AGAIN_MS = 250

/**
 * Creates or finds what a store is made of, again and again until the deadline: servers that elect leaders for many new
 * streams, or after one of them died, may not answer for a while. What is refused for good is reported at once.
 */
export async function retryUntil<T>(work: () => Promise<T>, deadline: Deadline): Promise<T> {
  for (;;) {
    const trying = work()
    try {
      const done = await deadline.orEnd(trying)
      if (done !== undefined) return done
      trying.catch(() => {})
      throw new NatsLogError('nats/open_failed', 'expected the store to open in time, it did not')
    } catch (error) {
      if (deadline.isOver || openingError(error).code !== 'nats/open_failed') throw error
      await deadline.pause(AGAIN_MS)
    }
  }
}
