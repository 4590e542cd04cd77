// The only file of the neutral testkit that names a runtime's scheduling primitives.

declare const process: { readonly versions?: { readonly node?: string }; nextTick(run: () => void): void } | undefined
declare const setImmediate: ((run: () => void) => unknown) | undefined
declare const MessageChannel: {
  new (): {
    readonly port1: { onmessage: (() => void) | null; close(): void }
    readonly port2: { postMessage(m: null): void }
  }
}

/** Calls `run` when every promise job that is queued now, and every job that those queue, has run. */
export type AfterMicrotasks = (run: () => void) => void

/** How many cheap turns are taken before the event loop gets one: timeouts and rejections of a test stay noticed. */
const TURNS_PER_MACROTASK = 256

/**
 * Node runs its tick queue when the microtask queue is empty, so a tick that is asked for inside a microtask comes
 * after all of them, at a third of the price of a turn of the event loop (0.5 µs against 1.5–2 µs, Node 20).
 * Elsewhere, and with `wholeTurns`, a turn of the event loop is taken.
 */
export function microtaskDrain(wholeTurns = false): AfterMicrotasks {
  const turn = macrotask()
  if (wholeTurns || typeof process === 'undefined' || process.versions?.node === undefined) return turn
  const { nextTick } = process
  let turns = 0
  return (run) => {
    turns = (turns + 1) % TURNS_PER_MACROTASK
    if (turns === 0) turn(run)
    else queueMicrotask(() => nextTick(run))
  }
}

function macrotask(): AfterMicrotasks {
  if (typeof setImmediate === 'function') {
    const immediate = setImmediate
    return (run) => void immediate(run)
  }
  return (run) => {
    const { port1, port2 } = new MessageChannel()
    port1.onmessage = () => {
      port1.close()
      run()
    }
    port2.postMessage(null)
  }
}
