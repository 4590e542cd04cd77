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
    const { maxTombstones, totalRingBytes, ringBytes } = this.#limits
    const full = fullness({ all: this.#registry.running, own: this.#registry.runningOf(owner) }, this.#limits)
    if (full !== undefined) throw shellError('shell/too_many', full)
    const isFull = (): boolean =>
      this.#registry.tombstones.length > maxTombstones || this.#registry.reservedBytes + ringBytes > totalRingBytes
    while (isFull()) {
      const oldest = this.#registry.firstToForget
      if (oldest === undefined) throw shellError('shell/too_many', 'The memory for output of shells is used up.')
      this.#drop(oldest)
    }
  }
}

/** Why there is no room for one more shell of a principal, in a sentence; undefined where there is. */
export function fullness(
  running: { readonly all: number; readonly own: number },
  { maxShells, maxShellsPerPrincipal }: Pick<ShellLimits, 'maxShells' | 'maxShellsPerPrincipal'>,
): string | undefined {
  if (running.own >= maxShellsPerPrincipal) return `This principal runs ${maxShellsPerPrincipal} shells already.`
  return running.all >= maxShells ? `This server runs ${maxShells} shells already.` : undefined
}
