import type { WebSocketFrame } from '@holdfast/core'

/** As much of a `MessagePort` or `BroadcastChannel` as a link needs. What the other end posts comes in order. */
export interface PortLike {
  postMessage(message: WebSocketFrame): void
  onmessage: { handle(event: { readonly data: unknown }): void }['handle'] | null
  close(): void
}

/** Two ends of one link inside one page, for where there is nothing to share. */
export function portPair(later: (run: () => void) => void): readonly [PortLike, PortLike] {
  const closed = new Set<PortLike>()
  const end = (other: () => PortLike): PortLike => {
    const port: PortLike = {
      onmessage: null,
      postMessage(data) {
        if (closed.has(port)) return
        later(() => {
          if (!closed.has(other())) other().onmessage?.({ data })
        })
      },
      close: () => void closed.add(port),
    }
    return port
  }
  const first: PortLike = end(() => second)
  const second: PortLike = end(() => first)
  return [first, second]
}
