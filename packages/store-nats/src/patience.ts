import type { Deadline } from './deadline.ts'
import { NatsLogError } from './errors.ts'
import { judgeOpening } from './judge.ts'

const AGAIN_MS = 250

/**
 * Creates or finds what a store is made of, again and again until the deadline: servers that elect leaders for many new
 * streams, asked by several gateways at once, may answer none of them for a while. What is refused for good is told at once.
 */
export async function patiently<T>(work: () => Promise<T>, deadline: Deadline): Promise<T> {
  for (;;) {
    try {
      return await work()
    } catch (error) {
      const isFinal = error instanceof NatsLogError || judgeOpening(error) !== undefined
      if (isFinal || deadline.isOver) throw error
      await deadline.pause(AGAIN_MS)
    }
  }
}
