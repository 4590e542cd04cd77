import type { Clock } from '@holdfast/core'
import { pause } from '@holdfast/core/contract'

/** The state that comes with a connection that begins is waited for so long before it is asked for. In milliseconds. */
const OWN_MS = 1_000

/** A client that is made for the state alone has so long. In milliseconds. */
const LOAD_MS = 5_000

/** A client that begins without a position. */
interface Beginner<Item> {
  connect(options: { readonly timeoutMs: number }): Promise<unknown>
  close(options: { readonly flushMs: number }): Promise<void>
  messages(): AsyncIterable<Item>
}

/** How the state of a session is had. */
export interface FirstStateOptions<In, Item> {
  readonly clock: Clock
  /** It comes with the shared connection itself, which began without a position. */
  readonly isComing: boolean
  /** Makes the client; the signal ends it. */
  readonly begin: (signal: AbortSignal) => Beginner<Item>
  /** Undefined: no part of the state. */
  readonly stateIn: (item: Item) => { readonly message: In; readonly isEnd: boolean } | undefined
}

/** What a connection gets that begins now, up to the end of the state. Rejects, or ends early, where that does not come. */
export async function firstState<In, Item>(
  { clock, isComing, begin, stateIn }: FirstStateOptions<In, Item>,
  signal: AbortSignal,
): Promise<readonly In[]> {
  if (isComing) await pause(clock, OWN_MS, signal)
  if (signal.aborted) return []
  const stop = new AbortController()
  const late = clock.after(LOAD_MS, () => stop.abort())
  signal.addEventListener('abort', () => stop.abort())
  const client = begin(stop.signal)
  client.connect({ timeoutMs: LOAD_MS }).catch(() => stop.abort())
  const found: In[] = []
  try {
    for await (const item of client.messages()) {
      const state = stateIn(item)
      if (state !== undefined) found.push(state.message)
      if (state?.isEnd === true) break
    }
  } finally {
    late.cancel()
    void client.close({ flushMs: 0 })
  }
  return found
}
