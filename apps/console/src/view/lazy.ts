import { useEffect, useReducer } from 'preact/hooks'

/** A part of the page whose code comes when it is needed, at most once. The hook gives undefined until it is there. */
export function lazily<M>(load: () => Promise<M>): () => M | undefined {
  let module: M | undefined
  let coming: Promise<void> | undefined
  return () => {
    const [, redraw] = useReducer((count: number) => count + 1, 0)
    useEffect(() => {
      if (module !== undefined) return
      coming ??= load().then((loaded) => {
        module = loaded
      })
      let isGone = false
      void coming.then(() => {
        if (!isGone) redraw(undefined)
      })
      return () => {
        isGone = true
      }
    }, [])
    return module
  }
}
