import type { Shell } from '../shell/shell.ts'
import type { ShellRef } from './shell-summary.ts'

/** The shells of one process, running and ended, by session and id. */
export class ShellRegistry {
  /** In order of creation. */
  readonly #shells = new Set<Shell>()

  /** The shells of an id, of any session where none is given, the newest first. Principals do not share ids. */
  named(shellId: string, sessionId: string | undefined): readonly Shell[] {
    const fits = (shell: Shell): boolean =>
      shell.shellId === shellId && (sessionId === undefined || shell.sessionId === sessionId) && !shell.isKilled
    return [...this.#shells].filter(fits).reverse()
  }

  /** The newest shell that fits. */
  find({ shellId, sessionId, epoch }: ShellRef): Shell | undefined {
    return this.named(shellId, sessionId).find((shell) => epoch === undefined || shell.epoch === epoch)
  }

  has(shell: Shell): boolean {
    return this.#shells.has(shell) && !shell.isKilled
  }

  [Symbol.iterator](): IterableIterator<Shell> {
    return this.#shells.values()
  }

  get running(): number {
    return [...this.#shells].filter((shell) => shell.end === undefined).length
  }

  runningOf(owner: string): number {
    return [...this.#shells].filter((shell) => shell.end === undefined && shell.owner === owner).length
  }

  get attached(): number {
    return [...this.#shells].reduce((sum, shell) => sum + shell.clients.size, 0)
  }

  /** Shells of an owner's session that have a client: session ids are names that clients choose. */
  attachedIn(sessionId: string, owner: string): number {
    const fits = (shell: Shell): boolean => shell.sessionId === sessionId && shell.owner === owner && shell.isAttached
    return [...this.#shells].filter(fits).length
  }

  /** Memory that output takes now. */
  get ringBytes(): number {
    return [...this.#shells].reduce((sum, shell) => sum + shell.ring.allocatedBytes, 0)
  }

  /** Memory that output may come to take: a running shell fills its ring yet. */
  get reservedBytes(): number {
    const bytesOf = ({ ring, end }: Shell): number => (end === undefined ? ring.capacity : ring.allocatedBytes)
    return [...this.#shells].reduce((sum, shell) => sum + bytesOf(shell), 0)
  }

  /** Ended shells without clients, the one that was made first first. */
  get tombstones(): readonly Shell[] {
    return [...this.#shells].filter((shell) => shell.end !== undefined && shell.clients.size === 0)
  }

  /** The tombstone to forget first: the oldest of the principal with the most of them. */
  get firstToForget(): Shell | undefined {
    const byOwner = new Map<string, Shell[]>()
    for (const shell of this.tombstones) byOwner.set(shell.owner, [...(byOwner.get(shell.owner) ?? []), shell])
    const [most] = [...byOwner.values()].sort((one, other) => other.length - one.length)
    return most?.[0]
  }

  add(shell: Shell): void {
    this.#shells.add(shell)
  }

  remove(shell: Shell): void {
    this.#shells.delete(shell)
  }
}
