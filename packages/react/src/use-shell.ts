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

/** What {@link useShell} needs of a client. A `ShellSession` of `@holdfast/shell` fits. */
export interface ShellClient extends Connectable, StatusSource<'role' | 'resized' | 'reconnected' | 'closed'> {
  readonly shellId: string
  readonly role: 'writer' | 'observer'
  readonly size: { readonly width: number; readonly height: number } | undefined
  readonly ending: object | undefined
}

/** What {@link useShell} returns. */
export interface UsedShell<Shell extends ShellClient> extends StatusSnapshot {
  /** The session: to write, resize and read. The same object until `deps` change, or the component was hidden and is back. */
  readonly client: Shell
  readonly shellId: string
  /** An observer reads only. */
  readonly role: 'writer' | 'observer'
  /** The terminal's size as last set or received. */
  readonly size: Shell['size'] | undefined
  /** How the session ended; undefined while it continues. */
  readonly ending: Shell['ending'] | undefined
}

/**
 * As `useConnection`, of a shell. When the component leaves, the shell runs on. A session is closed once: where the component
 * comes back (`<Activity>`), the function is called anew with the session before, whose `checkpoint()` continues without repeats.
 */
export function useShell<Shell extends ShellClient>(given: Given<Shell>, deps?: readonly unknown[]): UsedShell<Shell> {
  const client = useClient<Shell>(given, deps, isOver)
  return { client, ...useStore<Shell, Omit<UsedShell<Shell>, 'client'>>(client, shellStore) }
}

function isOver({ ending }: ShellClient): boolean {
  return ending !== undefined
}

function shellStore<Shell extends ShellClient>(shell: Shell): Store<Omit<UsedShell<Shell>, 'client'>> {
  return storeOf<'role' | 'resized' | 'reconnected' | 'closed', Shell, Omit<UsedShell<Shell>, 'client'>>(shell, {
    events: ['role', 'resized', 'reconnected', 'closed'],
    read: (from) => {
      const { shellId, role, size, ending } = from
      return { ...readStatus(from), shellId, role, size, ending }
    },
    server: {
      ...statusStore(shell).getServerSnapshot(),
      shellId: shell.shellId,
      role: 'writer',
      size: undefined,
      ending: undefined,
    },
  })
}
