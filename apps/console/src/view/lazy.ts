import { useEffect, useReducer } from 'preact/hooks'
import { reachable } from '../state/reachable.ts'

/** The network may be away just then. */
const AGAIN_MS = 1_000

/** A part of the page whose code comes when it is needed. */
export interface LazyPart<M> {
  /** Undefined until it is there; draws again then. */
  use(): M | undefined
  /** Fetches it ahead of need: later the network may be away. */
  prefetch(): void
}

/** @param load imports it; is asked again for as long as that fails */
export function lazily<M>(load: () => Promise<M>): LazyPart<M> {
  let module: M | undefined
  let isComing = false
  const waiting = new Set<() => void>()
  const fetch = (): void => {
    if (isComing || module !== undefined) return
    isComing = true
    reachable()
      .then(load)
      .then(
        (loaded) => {
          module = loaded
          for (const render of [...waiting]) render()
        },
        () => {
          isComing = false
          if (waiting.size > 0) setTimeout(fetch, AGAIN_MS)
        },
      )
  }
  return {
    prefetch: fetch,
    use() {
      const [, redraw] = useReducer((count: number) => count + 1, 0)
      useEffect(() => {
        if (module !== undefined) return
        const render = (): void => redraw(undefined)
        waiting.add(render)
        fetch()
        return () => void waiting.delete(render)
      }, [])
      return module
    },
  }
}
