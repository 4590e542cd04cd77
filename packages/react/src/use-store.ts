import type { Store } from '@holdfast/core/store'
import { useMemo, useSyncExternalStore } from 'react'

/** What a store of this client shows now, and again after each change. */
export function useStore<Client, Snapshot>(client: Client, make: (client: Client) => Store<Snapshot>): Snapshot {
  // `make` is a function of the module, the same at every rendering.
  const store = useMemo(() => make(client), [client, make])
  return useSyncExternalStore(store.subscribe, store.getSnapshot, store.getServerSnapshot)
}
