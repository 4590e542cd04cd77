import { type StatusSnapshot, type StatusSource, statusStore } from '@holdfast/core/store'
import type { Connectable } from './client-lease.ts'
import { type Given, useClient } from './use-client.ts'
import { useStore } from './use-store.ts'

/** What {@link useConnection} returns. */
export interface UsedConnection<Client> extends StatusSnapshot {
  /** The connection or client: to send, and to listen. The same object until `deps` change. */
  readonly client: Client
}

/**
 * A connection for as long as the component is there. Given a function, it makes the connection while rendering (which dials
 * nothing), connects it when the component is there, and closes it when the component has left; again when one of `deps`
 * has changed. Given a connection or client that is yours, it only shows its status. Fits a `Connection` and every client.
 * @param deps what the function uses, compared as those of `useEffect`; none: it is made once
 */
export function useConnection<Client extends Connectable & StatusSource>(
  given: Given<Client>,
  deps?: readonly unknown[],
): UsedConnection<Client> {
  const client = useClient(given, deps)
  return { client, ...useStore(client, statusStore) }
}
