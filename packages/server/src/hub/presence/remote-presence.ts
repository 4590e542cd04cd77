import { fits } from '@holdfast/contract/shape'
import type { Directory, DirectoryChange, DirectoryEntry } from '@holdfast/log/directory'
import type { HubPresenceMessage } from '@holdfast/protocol/hub'
import { participant } from '../../generated/checks.ts'
import type { Participant } from './participant.ts'

/** Where the hubs of a cluster publish who is in which session. */
const ROOT = 'hub/'
/** In the place of a participant's id: how many observers this hub has in the session. */
const OBSERVERS = '+observers'

/** A change at another hub. Of observers only a change of their number is reported. */
export type RemoteChange = (event: HubPresenceMessage['event'], participant: Participant | undefined) => void

/** Who is in one session, at all other hubs together. */
export interface RemoteSession {
  readonly participants: readonly Participant[]
  readonly observers: number
}

interface Known {
  readonly participants: Map<string, Participant>
  /** By node. */
  readonly observers: Map<string, number>
}

const NOBODY: RemoteSession = { participants: [], observers: 0 }

/**
 * Presence at the other hubs of a cluster (design: server §3.6): leads, controllers and sub-agents one by one,
 * observers as a number for each session and hub.
 */
export class RemotePresence {
  readonly #directory: Directory
  readonly #sessions = new Map<string, Known>()
  readonly #listeners = new Map<string, Set<RemoteChange>>()
  readonly #leave: () => void

  constructor(directory: Directory) {
    this.#directory = directory
    this.#leave = directory.watch(ROOT, (change) => this.#apply(change))
    for (const entry of directory.entries(ROOT)) this.#apply({ kind: 'set', entry })
  }

  in(sessionId: string): RemoteSession {
    const known = this.#sessions.get(sessionId)
    if (known === undefined) return NOBODY
    const observers = [...known.observers.values()].reduce((sum, count) => sum + count, 0)
    return { participants: [...known.participants.values()], observers }
  }

  /** Whether some other hub has the session's lead. */
  leads(sessionId: string): boolean {
    const known = this.#sessions.get(sessionId)
    return known !== undefined && [...known.participants.values()].some(({ role }) => role === 'lead')
  }

  /** Calls `changed` for changes in one session. Returns a function that stops it. */
  watch(sessionId: string, changed: RemoteChange): () => void {
    const listeners = this.#listeners.get(sessionId) ?? new Set()
    this.#listeners.set(sessionId, listeners.add(changed))
    return () => {
      listeners.delete(changed)
      if (listeners.size === 0) this.#listeners.delete(sessionId)
    }
  }

  /** Publishes a participant here to the other hubs. A description that is too long is left out. */
  announce(sessionId: string, participant: Participant): void {
    const key = keyOf(sessionId, participant.id)
    try {
      this.#directory.put(key, participant)
    } catch {
      this.#directory.put(key, { ...participant, metadata: undefined, subscriptions: [] })
    }
  }

  withdraw(sessionId: string, participant: Participant): void {
    this.#directory.remove(keyOf(sessionId, participant.id))
  }

  /** Publishes to the other hubs how many observers are here. */
  announceObservers(sessionId: string, count: number): void {
    const key = keyOf(sessionId, OBSERVERS)
    if (count === 0) this.#directory.remove(key)
    else this.#directory.put(key, count)
  }

  close(): void {
    this.#leave()
  }

  #apply({ kind, entry }: DirectoryChange): void {
    const [, session = '', id = ''] = entry.key.split('/')
    const sessionId = decodeURIComponent(session)
    const known = this.#sessions.get(sessionId) ?? { participants: new Map(), observers: new Map() }
    this.#sessions.set(sessionId, known)
    if (id === OBSERVERS) this.#observers(known, sessionId, entry, kind === 'gone')
    else this.#participant(known, sessionId, entry, kind === 'gone')
    if (known.participants.size === 0 && known.observers.size === 0) this.#sessions.delete(sessionId)
  }

  #observers(known: Known, sessionId: string, { node, value }: DirectoryEntry, isGone: boolean): void {
    if (isGone || typeof value !== 'number') known.observers.delete(node)
    else known.observers.set(node, value)
    this.#notifyListeners(sessionId, 'presence_update', undefined)
  }

  #participant(known: Known, sessionId: string, { key, value }: DirectoryEntry, isGone: boolean): void {
    const before = known.participants.get(key)
    if (isGone) {
      known.participants.delete(key)
      if (before !== undefined) this.#notifyListeners(sessionId, 'session_leave', before)
    } else if (fits(participant, value)) {
      // Another version of the hub may have written it.
      known.participants.set(key, value)
      this.#notifyListeners(sessionId, before === undefined ? 'session_join' : 'presence_update', value)
    }
  }

  #notifyListeners(sessionId: string, event: HubPresenceMessage['event'], participant: Participant | undefined): void {
    for (const changed of this.#listeners.get(sessionId) ?? []) changed(event, participant)
  }
}

function keyOf(sessionId: string, id: string): string {
  return `${ROOT}${encodeURIComponent(sessionId)}/${id}`
}
