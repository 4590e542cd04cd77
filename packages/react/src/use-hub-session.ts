import {
  readStatus,
  type StatusSnapshot,
  type StatusSource,
  type Store,
  statusStore,
  storeOf,
} from '@holdfast/core/store'
import type { Connectable } from './client-lease.ts'
import { type Given, useClient } from './use-client.ts'
import { useStore } from './use-store.ts'

/** What {@link useHubSession} needs of a client. A `HubClient` of `@holdfast/hub` fits. */
export interface HubSessionClient extends Connectable, StatusSource<'init'> {
  readonly sessionId: string | undefined
  readonly initMessage: unknown
}

/** What {@link useHubSession} returns. */
export interface UsedHubSession<Hub extends HubSessionClient> extends StatusSnapshot {
  /** The client: to send, ask and listen. The same object until `deps` change. */
  readonly client: Hub
  /** The hub's, once it sent one; until then the one that was given. */
  readonly sessionId: string | undefined
  /** The `init` of the current or last connection. */
  readonly init: Hub['initMessage'] | undefined
}

/** As `useConnection`, of a hub's session. Messages come to the listeners that the client is made with (`onMessage`). */
export function useHubSession<Hub extends HubSessionClient>(
  given: Given<Hub>,
  deps?: readonly unknown[],
): UsedHubSession<Hub> {
  const client = useClient(given, deps)
  return { client, ...useStore<Hub, Omit<UsedHubSession<Hub>, 'client'>>(client, hubStore) }
}

function hubStore<Hub extends HubSessionClient>(hub: Hub): Store<Omit<UsedHubSession<Hub>, 'client'>> {
  return storeOf<'init', Hub, Omit<UsedHubSession<Hub>, 'client'>>(hub, {
    events: ['init'],
    read: (from) => ({ ...readStatus(from), sessionId: from.sessionId, init: from.initMessage }),
    server: { ...statusStore(hub).getServerSnapshot(), sessionId: undefined, init: undefined },
  })
}
