import { SHELL_CLOSE } from '@holdfast/protocol/shell'
import { shellError } from '../errors.ts'
import { type Role, type RoleRequest, roleOf } from './role.ts'
import type { ShellClient } from './shell-client.ts'

/** Who is attached to one shell: one writer at most, any number of observers (shell §6). */
export class ShellClients {
  readonly #clients = new Set<ShellClient>()
  #writer: ShellClient | undefined

  get writer(): ShellClient | undefined {
    return this.#writer
  }

  get size(): number {
    return this.#clients.size
  }

  get observers(): number {
    return this.#clients.size - (this.#writer === undefined ? 0 : 1)
  }

  /**
   * Output that the writer is known to have, where it may be the one that comes without a lease: a writer of the extension
   * comes back with its own, so a client without one is another client, and has nothing.
   */
  get confirmedWithoutLease(): number | undefined {
    return this.#writer === undefined || this.#writer.extended ? undefined : this.#writer.confirmed
  }

  [Symbol.iterator](): IterableIterator<ShellClient> {
    return this.#clients.values()
  }

  /**
   * The role that a client gets now, under this lease.
   * @throws `shell/conflict` where it would rather fail than watch or take over, `shell/too_many`
   */
  roleFor(request: RoleRequest, lease: string, maxObservers: number): Role {
    const role = roleOf(request, this.#writer !== undefined && this.#writer.lease.id !== lease)
    if (role === 'conflict') throw shellError('shell/conflict', 'Another client writes to this shell.')
    if (role === 'observer' && this.observers >= maxObservers) {
      throw shellError('shell/too_many', `This shell has ${maxObservers} observers already.`)
    }
    return role
  }

  /** Drops the connection that the same client had before. It is not notified: that client itself left it. */
  replace(lease: string): void {
    for (const client of this.#clients) {
      if (client.lease.id !== lease) continue
      this.remove(client)
      client.replace()
    }
  }

  /** A connection that has this lease already, and belongs to another instance. */
  rivalOf({ lease, instance }: { lease?: string | undefined; instance?: string | undefined }): ShellClient | undefined {
    if (lease === undefined || instance === undefined) return undefined
    for (const client of this.#clients)
      if (client.lease.id === lease && client.instance !== undefined && client.instance !== instance) return client
    return undefined
  }

  /** Adds a client. A new writer sends the old one away. */
  add(client: ShellClient): void {
    this.#clients.add(client)
    if (client.role === 'writer') this.#install(client)
  }

  /** Makes an observer the writer. */
  promote(client: ShellClient): void {
    if (this.#writer === client) return
    client.role = 'writer'
    this.#install(client)
    client.control({ type: 'role', role: 'writer' })
  }

  /** There is more output. */
  pump(): void {
    for (const client of this.#clients) client.pump()
  }

  /** Closes every connection, for instance while the server goes away. */
  close(code: number, reason: string): void {
    for (const client of [...this.#clients]) client.close(code, reason)
  }

  remove(client: ShellClient): void {
    this.#clients.delete(client)
    if (this.#writer === client) this.#writer = undefined
  }

  #install(client: ShellClient): void {
    const previous = this.#writer
    this.#writer = client
    if (previous === undefined || previous === client) return
    previous.detached = true
    this.#clients.delete(previous)
    previous.close(SHELL_CLOSE.kicked, 'another client took the shell')
  }
}
