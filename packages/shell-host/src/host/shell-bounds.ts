import { shellError } from '../errors.ts'
import type { ShellLimits } from '../limits.ts'
import type { Shell } from '../shell/shell.ts'
import type { ShellRegistry } from './shell-registry.ts'

/** How much there may be of everything (shell §6). Asked before an upgrade, and again when it comes to it. */
export class ShellBounds {
  readonly #registry: ShellRegistry
  readonly #limits: ShellLimits
  readonly #drop: (tombstone: Shell) => void

  constructor(registry: ShellRegistry, limits: ShellLimits, drop: (tombstone: Shell) => void) {
    this.#registry = registry
    this.#limits = limits
    this.#drop = drop
  }

  /** Room for one more shell of a session with a client, if this one has none yet. @throws `shell/too_many` */
  checkAttached(shell: Shell | undefined, sessionId: string, owner: string): void {
    const { maxAttachedPerSession } = this.#limits
    if (shell?.isAttached === true || this.#registry.attachedIn(sessionId, owner) < maxAttachedPerSession) return
    throw shellError('shell/too_many', `This session has ${maxAttachedPerSession} attached shells.`)
  }

  /** Room for one more observer. @throws `shell/too_many` */
  checkObservers(shell: Shell): void {
    const { maxObservers } = this.#limits
    if (shell.clients.observers < maxObservers) return
    throw shellError('shell/too_many', `This shell has ${maxObservers} observers already.`)
  }

  /** Room for one more shell of a principal. Tombstones make room first. @throws `shell/too_many` */
  checkRoom(owner: string): void {
    const { maxShells, maxShellsPerPrincipal, maxTombstones, totalRingBytes, ringBytes } = this.#limits
    if (this.#registry.runningOf(owner) >= maxShellsPerPrincipal) {
      throw shellError('shell/too_many', `This principal runs ${maxShellsPerPrincipal} shells already.`)
    }
    if (this.#registry.running >= maxShells) {
      throw shellError('shell/too_many', `This server runs ${maxShells} shells already.`)
    }
    const isFull = (): boolean =>
      this.#registry.tombstones.length > maxTombstones || this.#registry.reservedBytes + ringBytes > totalRingBytes
    while (isFull()) {
      const oldest = this.#registry.firstToForget
      if (oldest === undefined) throw shellError('shell/too_many', 'The memory for output of shells is used up.')
      this.#drop(oldest)
    }
  }
}
