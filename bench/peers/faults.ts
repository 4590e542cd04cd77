import { setTimeout as pause } from 'node:timers/promises'
import type { ChaosProxy } from '@holdfast/chaos-proxy'

/** Something that goes wrong with a network, and is well again when it resolves. */
export interface NetworkFault {
  readonly name: string
  readonly run: (proxy: ChaosProxy) => Promise<void>
}

/** The six of the comparison, in the order in which they happen. */
export const FAULTS: readonly NetworkFault[] = [
  { name: 'reset', run: async (proxy) => void proxy.cut() },
  {
    name: 'reset inside a message',
    run: async (proxy) => {
      proxy.resetMidFrame()
      // The next chunk is cut in half, and the connection 20 ms later.
      await pause(200)
    },
  },
  {
    name: 'accepted, then dropped, for 5 s',
    run: async (proxy) => {
      proxy.acceptThenDrop(true)
      proxy.cut()
      await pause(5_000)
      proxy.acceptThenDrop(false)
    },
  },
  {
    name: 'refused for 4 s',
    run: async (proxy) => {
      await proxy.refuse(true, { keepPort: true })
      proxy.cut()
      await pause(4_000)
      await proxy.refuse(false)
    },
  },
  {
    name: 'half-open for 20 s, then reset',
    run: async (proxy) => {
      proxy.blackHole()
      await pause(20_000)
      await proxy.heal({ links: 'reset' })
    },
  },
  {
    name: 'half-open for 20 s, then late',
    run: async (proxy) => {
      proxy.blackHole()
      await pause(20_000)
      await proxy.heal()
    },
  },
]
