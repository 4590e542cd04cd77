import { useEffect, useReducer } from 'preact/hooks'
import type { Store } from '../state/store.ts'

/** Draws again whenever a store has changed. */
export function useStore(store: Store | undefined): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => store?.subscribe(() => redraw(undefined)), [store])
}

/** Whether the machine has a network. Draws again when that changes. */
export function useOnline(): boolean {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const render = (): void => redraw(undefined)
    addEventListener('online', render)
    addEventListener('offline', render)
    return () => {
      removeEventListener('online', render)
      removeEventListener('offline', render)
    }
  }, [])
  return navigator.onLine
}

/** Draws again every so often: for what changes by itself, such as time. */
export function useEvery(ms: number): void {
  const [, redraw] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const timer = setInterval(() => redraw(undefined), ms)
    return () => clearInterval(timer)
  }, [ms])
}
