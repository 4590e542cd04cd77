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

  attachedIn(sessionId: string): number {
    const inSession = [...this.#shells].filter((shell) => shell.sessionId === sessionId)
    return inSession.reduce((sum, shell) => sum + shell.viewers.size, 0)
  }

  get ringBytes(): number {
    return [...this.#shells].reduce((sum, shell) => sum + shell.ring.allocatedBytes, 0)
  }

  /** The tombstone that ended first. */
  get oldestTombstone(): Shell | undefined {
    return [...this.#shells].find((shell) => shell.end !== undefined && shell.viewers.size === 0)
  }

  add(shell: Shell): void {
    this.#shells.add(shell)
  }

  remove(shell: Shell): void {
    this.#shells.delete(shell)
  }
}
