import type { DirectoryChange, DirectoryEntry } from '@holdfast/log/directory'

/** One node as it was heard. */
interface Heard {
  /** The life that has the lease. */
  life: string | undefined
  /** When its lease was heard of last. */
  at: number
  /** What each of its lives told. A life without lease is kept, but not shown. */
  readonly lives: Map<string, Map<string, DirectoryEntry>>
}

/** What one node has heard of the others: entries of lives that have a lease. */
export class DirectoryView {
  readonly #own: string
  readonly #nodes = new Map<string, Heard>()
  readonly #watchers = new Set<{ readonly prefix: string; readonly changed: (change: DirectoryChange) => void }>()

  constructor(own: string) {
    this.#own = own
  }

  entries(prefix: string): readonly DirectoryEntry[] {
    return [...this.#nodes.values()].flatMap((heard) => shown(heard).filter(({ key }) => key.startsWith(prefix)))
  }

  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void {
    const watcher = { prefix, changed }
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** A node has its lease, in this life. */
  isAlive(node: string, life: string, now: number): void {
    if (node === this.#own) return
    const heard = this.#of(node)
    heard.at = now
    if (heard.life === life) return
    this.isGone(node)
    heard.life = life
    for (const entry of shown(heard)) this.#tell({ kind: 'set', entry })
  }

  /** A node has no lease any more: everything that it told goes. */
  isGone(node: string): void {
    const heard = this.#nodes.get(node)
    if (heard?.life === undefined) return
    const gone = shown(heard)
    heard.lives.delete(heard.life)
    heard.life = undefined
    for (const entry of gone) this.#tell({ kind: 'gone', entry })
  }

  /** Nodes whose lease was last heard of before that time, with the life that had it. */
  silentSince(time: number): readonly { readonly node: string; readonly life: string }[] {
    return [...this.#nodes].flatMap(([node, { life, at }]) => (life !== undefined && at < time ? [{ node, life }] : []))
  }

  /** Lives that told something and have no lease. */
  leaseless(): readonly { readonly node: string; readonly life: string }[] {
    return [...this.#nodes].flatMap(([node, heard]) =>
      [...heard.lives.keys()].filter((life) => life !== heard.life).map((life) => ({ node, life })),
    )
  }

  forget(node: string, life: string): void {
    this.#nodes.get(node)?.lives.delete(life)
  }

  set(entry: DirectoryEntry, life: string): void {
    if (entry.node === this.#own) return
    const heard = this.#of(entry.node)
    const entries = heard.lives.get(life) ?? new Map<string, DirectoryEntry>()
    heard.lives.set(life, entries.set(entry.key, entry))
    if (life === heard.life) this.#tell({ kind: 'set', entry })
  }

  remove(node: string, life: string, key: string): void {
    const heard = this.#nodes.get(node)
    const entry = heard?.lives.get(life)?.get(key)
    if (entry === undefined) return
    heard?.lives.get(life)?.delete(key)
    if (life === heard?.life) this.#tell({ kind: 'gone', entry })
  }

  clear(): void {
    this.#watchers.clear()
    this.#nodes.clear()
  }

  #of(node: string): Heard {
    const heard = this.#nodes.get(node) ?? { life: undefined, at: 0, lives: new Map() }
    this.#nodes.set(node, heard)
    return heard
  }

  #tell(change: DirectoryChange): void {
    for (const { prefix, changed } of [...this.#watchers]) if (change.entry.key.startsWith(prefix)) changed(change)
  }
}

function shown({ life, lives }: Heard): readonly DirectoryEntry[] {
  return life === undefined ? [] : [...(lives.get(life)?.values() ?? [])]
}
