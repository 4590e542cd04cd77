import { setTimeout as pause } from 'node:timers/promises'
import type { ChaosProxy } from '@holdfast/chaos-proxy'

/** Something that goes wrong. */
export interface Trouble {
  readonly name: string
  readonly happen: (proxy: ChaosProxy) => Promise<void>
}

const reset: Trouble = { name: 'the connections are cut', happen: async (proxy) => proxy.cut() }

const midFrame: Trouble = {
  name: 'cut in the middle of a message',
  happen: async (proxy) => {
    proxy.resetMidFrame()
    await pause(300)
    proxy.cut()
  },
}

const halfOpen: Trouble = {
  name: 'half-open: all is lost and neither end is told, for 2 s',
  happen: async (proxy) => {
    proxy.blackHole()
    await pause(2_000)
    await proxy.heal({ links: 'reset' })
  },
}

const refused: Trouble = {
  name: 'refused: nothing listens for 1 s',
  happen: async (proxy) => {
    await proxy.refuse(true)
    proxy.cut()
    await pause(1_000)
    await proxy.refuse(false)
  },
}

const hangUp: Trouble = {
  name: 'accepted and hung up on, for 1 s',
  happen: async (proxy) => {
    proxy.acceptThenDrop(true)
    proxy.cut()
    await pause(1_000)
    proxy.acceptThenDrop(false)
  },
}

const slow: Trouble = {
  name: 'slow, then cut with much on the way',
  happen: async (proxy) => {
    proxy.delay(300)
    await pause(800)
    proxy.cut()
    await proxy.heal()
  },
}

const closed: Trouble = { name: 'closed in good order', happen: async (proxy) => proxy.fin() }

/** A dozen, in the order in which they happen. */
export const TROUBLES: readonly Trouble[] = [
  ...[reset, midFrame, halfOpen, reset, refused, slow],
  ...[reset, hangUp, midFrame, halfOpen, closed, reset],
]
