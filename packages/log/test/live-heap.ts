import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What is alive after a collection, in bytes: of the heap and beside it. */
export function liveHeap(): number {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  collect()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What `make` leaves alive. Done twice: the first time is for what the runtime itself keeps. */
export function heldBy<T>(make: () => T): { readonly made: T; readonly bytes: number } {
  make()
  const before = liveHeap()
  const made = make()
  return { made, bytes: liveHeap() - before }
}
