import type { Shell } from './shell.ts'

/** The shells of one process, running and ended, by session and id. */
export class ShellRegistry {
  /** In order of creation. */
  readonly #shells = new Set<Shell>()

  /** Without a session id any session's shell of that id is found, the newest first. */
  find(shellId: string, sessionId: string | undefined): Shell | undefined {
    const fits = (shell: Shell): boolean =>
      shell.shellId === shellId && (sessionId === undefined || shell.sessionId === sessionId) && !shell.isKilled
    return [...this.#shells].findLast(fits)
  }

  [Symbol.iterator](): IterableIterator<Shell> {
    return this.#shells.values()
  }

  get running(): number {
    return [...this.#shells].filter((shell) => shell.end === undefined).length
  }

  get attached(): number {
    return [...this.#shells].reduce((sum, shell) => sum + shell.viewers.size, 0)
  }

  /** Shells of a session that have a client. */
  attachedIn(sessionId: string): number {
    return [...this.#shells].filter((shell) => shell.sessionId === sessionId && shell.isAttached).length
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

  /** Ended shells that nobody is attached to, the one that was made first first. */
  get tombstones(): readonly Shell[] {
    return [...this.#shells].filter((shell) => shell.end !== undefined && shell.viewers.size === 0)
  }

  add(shell: Shell): void {
    this.#shells.add(shell)
  }

  remove(shell: Shell): void {
    this.#shells.delete(shell)
  }
}
