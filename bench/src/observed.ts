import './leash.ts'
import { constants, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks'
import { writeHeapSnapshot } from 'node:v8'

/**
 * Loaded into a server that is measured, before it (`node --expose-gc --import`): collects garbage and says what is left,
 * and how long its event loop was busy at a time.
 */
const delays = monitorEventLoopDelay({ resolution: 1 })
/** Pauses of the collector, in milliseconds: no slice of anybody's work. */
let collectorMs: number[] = []
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    const { duration } = entry
    const { kind } = Object(Reflect.get(entry, 'detail'))
    if (kind !== constants.NODE_PERFORMANCE_GC_INCREMENTAL) collectorMs.push(duration)
  }
}).observe({ entryTypes: ['gc'] })

async function collect(): Promise<void> {
  for (let round = 0; round < 4; round += 1) {
    globalThis.gc?.()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

process.on('message', async (asked) => {
  if (asked === 'memory') {
    await collect()
    const { rss, heapUsed, external, arrayBuffers } = process.memoryUsage()
    process.send?.({ rss, heapUsed, external, arrayBuffers })
  } else if (asked === 'watch') {
    delays.enable()
    delays.reset()
    collectorMs = []
    process.send?.({})
  } else if (asked === 'delays') {
    delays.disable()
    const ms = (at: number): number => at / 1e6
    process.send?.({
      p99Ms: ms(delays.percentile(99)),
      maxMs: ms(delays.max),
      collectorMaxMs: Math.max(0, ...collectorMs),
    })
  } else if (asked === 'snapshot') {
    await collect()
    process.send?.({ path: writeHeapSnapshot() })
  }
})
