import { setImmediate as turn } from 'node:timers/promises'
import { VirtualClock } from '@holdfast/testkit'
import { expect, it } from 'vitest'
import { HUB_LIMITS } from '../../limits.ts'
import { InboundFlow } from './inbound-flow.ts'

/** A socket that has brought many messages at once, and gives them as long as it is not paused. */
class FullSocket {
  readonly bufferedBytes = 0
  left: number
  taken: () => void = () => {}
  #isPaused = false

  constructor(messages: number) {
    this.left = messages
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.give()
  }

  give(): void {
    while (!this.#isPaused && this.left > 0) {
      this.left -= 1
      this.taken()
    }
  }

  drained(): Promise<void> {
    return Promise.resolve()
  }
}

it('a client that says thousands at once is heard in slices, so that others have their turn', async () => {
  const sockets = [new FullSocket(1_000), new FullSocket(10)]
  const heard: number[] = []
  for (const [index, socket] of sockets.entries()) {
    const flow = new InboundFlow(socket, new VirtualClock(), HUB_LIMITS, { bytes: 0 })
    socket.taken = () => {
      heard.push(index)
      flow.received()
    }
  }
  for (const socket of sockets) socket.give()
  expect(heard.lastIndexOf(1)).toBeLessThan(50)
  while ((sockets[0]?.left ?? 0) > 0) await turn()
  expect(heard).toHaveLength(1_010)
})
