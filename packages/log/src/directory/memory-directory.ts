import { type Clock, type Random, randomId, systemClock, systemRandom } from '@holdfast/contract'
import { limitsOf } from '../limits.ts'
import {
  DIRECTORY_LIMITS,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryLimits,
} from './directory.ts'
import { checkRoom, entryText } from './entry-rules.ts'
import { ClusterError } from './errors.ts'

/** Options of {@link memoryCluster}. */
export interface MemoryClusterOptions {
  readonly clock?: Clock | undefined
  readonly random?: Random | undefined
  readonly limits?: Partial<DirectoryLimits> | undefined
  /** How long the entries of a crashed node stay. In milliseconds. @defaultValue 20000 */
  readonly leaseMs?: number | undefined
}

const LEASE_MS = 20_000

/** Nodes in one process, as tests and embedders with several hubs have them. */
export class MemoryCluster {
  readonly clock: Clock
  readonly limits: DirectoryLimits
  readonly secret: string
  readonly #leaseMs: number
  readonly #nodes = new Map<string, MemoryDirectory>()
  readonly #claims = new Map<string, DirectoryEntry>()

  constructor(options: MemoryClusterOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.limits = limitsOf(DIRECTORY_LIMITS, options.limits)
    this.secret = randomId(options.random ?? systemRandom, 40)
    this.#leaseMs = limitsOf({ leaseMs: LEASE_MS }, options, '').leaseMs
  }

  /** The directory of one node. A name that is in use already is another life of that node: the older one is gone. */
  join(node: string): Directory {
    this.#nodes.get(node)?.end()
    const directory = new MemoryDirectory(this, node)
    this.#nodes.set(node, directory)
    return directory
  }

  /** Simulates a crash of a node: it sends nothing more, and its entries are removed when its lease has ended. */
  crash(node: string): void {
    const directory = this.#nodes.get(node)
    directory?.freeze()
    this.clock.after(this.#leaseMs, () => directory?.end())
  }

  others(node: string): readonly MemoryDirectory[] {
    return [...this.#nodes.values()].filter((other) => other.node !== node)
  }

  claim(entry: DirectoryEntry): DirectoryEntry {
    const existing = this.#claims.get(entry.key)
    if (existing !== undefined && existing.node !== entry.node) return existing
    this.#claims.set(entry.key, entry)
    return entry
  }

  holder(key: string): DirectoryEntry | undefined {
    return this.#claims.get(key)
  }

  release(node: string, key?: string): void {
    for (const claim of this.#claims.values()) {
      if (claim.node === node && (key === undefined || claim.key === key)) this.#claims.delete(claim.key)
    }
  }

  forget(directory: MemoryDirectory): void {
    if (this.#nodes.get(directory.node) !== directory) return
    this.#nodes.delete(directory.node)
    this.release(directory.node)
  }
}

class MemoryDirectory implements Directory {
  readonly node: string
  readonly #cluster: MemoryCluster
  readonly #own = new Map<string, DirectoryEntry>()
  readonly #claimed = new Set<string>()
  readonly #watchers = new Set<{ readonly prefix: string; readonly changed: (change: DirectoryChange) => void }>()
  #life: 'alive' | 'frozen' | 'over' = 'alive'

  constructor(cluster: MemoryCluster, node: string) {
    this.#cluster = cluster
    this.node = node
  }

  async secret(): Promise<string> {
    this.#check()
    return this.#cluster.secret
  }

  put(key: string, value: unknown): void {
    const entry = this.#entry(key, value)
    if (!this.#own.has(key)) checkRoom(this.#own.size + this.#claimed.size, this.#cluster.limits)
    if (this.#life !== 'alive') return
    this.#own.set(key, entry)
    this.#notify({ kind: 'set', entry })
  }

  remove(key: string): void {
    if (this.#life !== 'alive') return
    this.#claimed.delete(key)
    this.#cluster.release(this.node, key)
    const entry = this.#own.get(key)
    if (entry === undefined) return
    this.#own.delete(key)
    this.#notify({ kind: 'gone', entry })
  }

  entries(prefix: string): readonly DirectoryEntry[] {
    if (this.#life !== 'alive') return []
    const others = this.#cluster.others(this.node)
    return others.flatMap((other) => [...other.#own.values()].filter(({ key }) => key.startsWith(prefix)))
  }

  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void {
    const watcher = { prefix, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  async claim(key: string, value: unknown): Promise<DirectoryEntry> {
    this.#check()
    const entry = this.#entry(key, value)
    if (!this.#claimed.has(key)) checkRoom(this.#own.size + this.#claimed.size, this.#cluster.limits)
    const winner = this.#cluster.claim(entry)
    if (winner.node === this.node) this.#claimed.add(key)
    return winner
  }

  async holder(key: string): Promise<DirectoryEntry | undefined> {
    this.#check()
    return this.#cluster.holder(key)
  }

  async close(): Promise<void> {
    this.end()
  }

  /** Its process is dead, which is not known yet. */
  freeze(): void {
    this.#life = 'frozen'
    this.#watchers.clear()
  }

  /** All that it published is gone. */
  end(): void {
    if (this.#life === 'over') return
    this.#life = 'over'
    this.#watchers.clear()
    this.#cluster.forget(this)
    for (const entry of this.#own.values()) this.#notify({ kind: 'gone', entry })
    this.#own.clear()
  }

  #entry(key: string, value: unknown): DirectoryEntry {
    return { key, node: this.node, value: JSON.parse(entryText(key, value, this.#cluster.limits)) }
  }

  /** Not in this turn: over a network nothing is heard at once. */
  #notify(change: DirectoryChange): void {
    for (const other of this.#cluster.others(this.node)) queueMicrotask(() => other.#hear(change))
  }

  #hear(change: DirectoryChange): void {
    for (const { prefix, changed } of [...this.#watchers]) if (change.entry.key.startsWith(prefix)) changed(change)
  }

  #check(): void {
    if (this.#life === 'over') throw new ClusterError('cluster/closed', 'This node has left the cluster.')
    if (this.#life === 'frozen') throw new ClusterError('cluster/unavailable', 'This node is dead.')
  }
}

/** A cluster whose nodes are in this process. */
export function memoryCluster(options: MemoryClusterOptions = {}): MemoryCluster {
  return new MemoryCluster(options)
}
