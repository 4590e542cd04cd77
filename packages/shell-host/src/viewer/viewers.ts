import { type OnConflict, SHELL_CLOSE } from '@holdfast/protocol/shell'
import type { Role } from './role.ts'
import type { Viewer } from './viewer.ts'

/** What a client that attaches wants to be. */
export interface RoleRequest {
  readonly observe: boolean
  readonly onConflict: OnConflict
  readonly lease: string
  readonly mayWrite: boolean
  readonly mayTakeOver: boolean
}

/** Who is attached to one shell: one writer at most, any number of observers (shell §6). */
export class Viewers {
  readonly #viewers = new Set<Viewer>()
  #writer: Viewer | undefined

  get writer(): Viewer | undefined {
    return this.#writer
  }

  get size(): number {
    return this.#viewers.size
  }

  get observers(): number {
    return this.#viewers.size - (this.#writer === undefined ? 0 : 1)
  }

  /**
   * Output that the writer is known to have, where it may be the one that comes without a lease: a writer of the extension
   * comes back with its own, so whoever has none is somebody else, and has nothing.
   */
  get confirmedWithoutLease(): number {
    return this.#writer === undefined || this.#writer.extended ? 0 : this.#writer.confirmed
  }

  [Symbol.iterator](): IterableIterator<Viewer> {
    return this.#viewers.values()
  }

  /** The role that a client would get now; `conflict` where it would rather fail. */
  roleFor(request: RoleRequest): Role | 'conflict' {
    if (request.observe || !request.mayWrite) return 'observer'
    const writer = this.#writer
    if (writer === undefined || writer.lease.id === request.lease) return 'writer'
    if (request.onConflict === 'fail') return 'conflict'
    return request.onConflict === 'takeover' && request.mayTakeOver ? 'writer' : 'observer'
  }

  /** Drops the connection that the same client had before. It is not told: it is that client itself that left it. */
  replace(lease: string): void {
    for (const viewer of this.#viewers) {
      if (viewer.lease.id !== lease) continue
      this.remove(viewer)
      viewer.replace()
    }
  }

  /** A connection that has this lease already, and belongs to another instance. */
  rivalOf({ lease, instance }: { lease?: string | undefined; instance?: string | undefined }): Viewer | undefined {
    if (lease === undefined || instance === undefined) return undefined
    for (const viewer of this.#viewers)
      if (viewer.lease.id === lease && viewer.instance !== undefined && viewer.instance !== instance) return viewer
    return undefined
  }

  /** Adds a viewer. A new writer sends the old one away. */
  add(viewer: Viewer): void {
    this.#viewers.add(viewer)
    if (viewer.role === 'writer') this.#install(viewer)
  }

  /** Makes an observer the writer. */
  promote(viewer: Viewer): void {
    if (this.#writer === viewer) return
    viewer.role = 'writer'
    this.#install(viewer)
    viewer.control({ type: 'role', role: 'writer' })
  }

  /** There is more output. */
  pump(): void {
    for (const viewer of this.#viewers) viewer.pump()
  }

  /** Closes every connection, for instance while the server goes away. */
  close(code: number, reason: string): void {
    for (const viewer of [...this.#viewers]) viewer.close(code, reason)
  }

  remove(viewer: Viewer): void {
    this.#viewers.delete(viewer)
    if (this.#writer === viewer) this.#writer = undefined
  }

  #install(viewer: Viewer): void {
    const previous = this.#writer
    this.#writer = viewer
    if (previous === undefined || previous === viewer) return
    previous.detached = true
    this.#viewers.delete(previous)
    previous.close(SHELL_CLOSE.kicked, 'another client took the shell')
  }
}
