import type { DirectoryChange, DirectoryEntry } from '@holdfast/log/directory'

/** One node as it is known here. */
interface NodeEntries {
  /** The life that has the lease. */
  life: string | undefined
  /** When its lease was seen last. */
  at: number
  /** What each of its runs published. A run without lease is kept, but not shown. */
  readonly lives: Map<string, Map<string, DirectoryEntry>>
}

/** What one node knows of the others: entries of lives that have a lease. */
export class DirectoryView {
  readonly #own: string
  readonly #nodes = new Map<string, NodeEntries>()
  readonly #watchers = new Set<{ readonly prefix: string; readonly changed: (change: DirectoryChange) => void }>()

  constructor(own: string) {
    this.#own = own
  }

  entries(prefix: string): readonly DirectoryEntry[] {
    return [...this.#nodes.values()].flatMap((known) => shown(known).filter(({ key }) => key.startsWith(prefix)))
  }

  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void {
    const watcher = { prefix, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A node has its lease, in this life. */
  isAlive(node: string, life: string, now: number): void {
    if (node === this.#own) return
    const known = this.#of(node)
    known.at = now
    if (known.life === life) return
    this.isGone(node)
    known.life = life
    for (const entry of shown(known)) this.#emit({ kind: 'set', entry })
  }

  /** A node has no lease any more: everything that it published goes. */
  isGone(node: string): void {
    const known = this.#nodes.get(node)
    if (known?.life === undefined) return
    const gone = shown(known)
    known.lives.delete(known.life)
    known.life = undefined
    for (const entry of gone) this.#emit({ kind: 'gone', entry })
  }

  /** Nodes whose lease was last seen before that time, with the life that had it. */
  silentSince(time: number): readonly { readonly node: string; readonly life: string }[] {
    return [...this.#nodes].flatMap(([node, { life, at }]) => (life !== undefined && at < time ? [{ node, life }] : []))
  }

  /** Runs that published something and have no lease. */
  leaseless(): readonly { readonly node: string; readonly life: string }[] {
    return [...this.#nodes].flatMap(([node, known]) =>
      [...known.lives.keys()].filter((life) => life !== known.life).map((life) => ({ node, life })),
    )
  }

  forget(node: string, life: string): void {
    this.#nodes.get(node)?.lives.delete(life)
  }

  set(entry: DirectoryEntry, life: string): void {
    if (entry.node === this.#own) return
    const known = this.#of(entry.node)
    const entries = known.lives.get(life) ?? new Map<string, DirectoryEntry>()
    known.lives.set(life, entries.set(entry.key, entry))
    if (life === known.life) this.#emit({ kind: 'set', entry })
  }

  remove(node: string, life: string, key: string): void {
    const known = this.#nodes.get(node)
    const entry = known?.lives.get(life)?.get(key)
    if (entry === undefined) return
    known?.lives.get(life)?.delete(key)
    if (life === known?.life) this.#emit({ kind: 'gone', entry })
  }

  clear(): void {
    this.#watchers.clear()
    this.#nodes.clear()
  }

  #of(node: string): NodeEntries {
    const known = this.#nodes.get(node) ?? { life: undefined, at: 0, lives: new Map() }
    this.#nodes.set(node, known)
    return known
  }

  #emit(change: DirectoryChange): void {
    for (const { prefix, changed } of [...this.#watchers]) if (change.entry.key.startsWith(prefix)) changed(change)
  }
}

function shown({ life, lives }: NodeEntries): readonly DirectoryEntry[] {
  return life === undefined ? [] : [...(lives.get(life)?.values() ?? [])]
}
