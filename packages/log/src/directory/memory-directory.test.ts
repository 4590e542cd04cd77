import { directoryConformance } from '../directory-conformance.ts'
import { memoryCluster } from './memory-directory.ts'

directoryConformance({
  name: 'memory',
  async open(limits) {
    const timers: (() => void)[] = []
    const clock = {
      now: () => 0,
      epoch: () => 0,
      after: (_ms: number, run: () => void) => {
        timers.push(run)
        return { cancel: () => {} }
      },
    }
    const cluster = memoryCluster({ clock, limits })
    return {
      join: async (node) => cluster.join(node),
      crash: async ({ node }) => cluster.crash(node),
      lapse: async () => {
        for (const run of timers.splice(0)) run()
      },
      close: async () => {},
    }
  },
})
