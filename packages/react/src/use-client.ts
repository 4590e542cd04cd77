import { useEffect, useReducer, useState } from 'react'
import { ClientLease, type Connectable, type Holding, type LeaseRules } from './client-lease.ts'

/** A client of the app's own, which the hook only watches; or a function that makes one, which the hook connects and closes. */
export type Given<Client> = Client | ((previous: Client | undefined) => Client)

interface Current<Client> {
  readonly holding: Holding<Client>
  readonly isOwned: boolean
  readonly deps: readonly unknown[]
}

const RESTARTS = (): boolean => false

/**
 * The client of a component. It is made while rendering, which dials nothing, and connected once the component is there: a
 * server, and a rendering that is thrown away, open no connection.
 */
export function useClient<Client extends Connectable>(
  given: Given<Client>,
  deps: readonly unknown[] = [],
  isSpent: LeaseRules<Client>['isSpent'] = RESTARTS,
): Client {
  // State, since fast refresh keeps that, and makes memos anew.
  const [stored, keep] = useState(() => currentFrom(given, deps, isSpent))
  const isCurrent = stored.isOwned === isMaker(given) && isSame(stored.deps, isMaker(given) ? deps : [given])
  const current = isCurrent ? stored : currentFrom(given, deps, isSpent)
  if (!isCurrent) keep(current)
  const { holding } = current
  const [, renderAgain] = useReducer((count: number) => count + 1, 0)
  useEffect(() => {
    const before = holding.client
    const release = holding.acquire()
    if (holding.client !== before) renderAgain()
    return release
  }, [holding])
  return holding.client
}

function currentFrom<Client extends Connectable>(
  given: Given<Client>,
  deps: readonly unknown[],
  isSpent: LeaseRules<Client>['isSpent'],
): Current<Client> {
  if (isMaker(given)) return { holding: new ClientLease({ create: given, isSpent }), isOwned: true, deps }
  return { holding: { client: given, acquire: () => () => {} }, isOwned: false, deps: [given] }
}

function isMaker<Client>(given: Given<Client>): given is (previous: Client | undefined) => Client {
  return typeof given === 'function'
}

function isSame(deps: readonly unknown[], others: readonly unknown[]): boolean {
  return deps.length === others.length && deps.every((value, at) => Object.is(value, others[at]))
}
