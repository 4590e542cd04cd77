import { randomBytes } from 'node:crypto'
import { HoldfastError, type Timer } from '@holdfast/contract'
import { anything, fits } from '@holdfast/contract/shape'
import {
  ClusterError,
  checkRoom,
  DIRECTORY_LIMITS,
  type Directory,
  type DirectoryChange,
  type DirectoryEntry,
  type DirectoryLimits,
  entryText,
} from '@holdfast/log/directory'
import { limitsOf } from '@holdfast/log/internals'
import type { KvWatchEntry } from '@nats-io/kv'
import type { Bucket } from '../bucket.ts'
import { claim, nodeEntry } from '../generated/checks.ts'
import type { Claim, NodeEntry } from '../generated/types.ts'
import type { LayoutBuilder } from '../layout.ts'
import type { Link } from '../link.ts'
import type { Settings } from '../options.ts'
import { maybeJson } from '../stored-json.ts'
import { claimKey, entryKey, lifePrefix, nodeKey, nodeOf, partsOf, SECRET_KEY } from './directory-keys.ts'
import { DirectoryView } from './directory-view.ts'
import { EntryWriter } from './entry-writer.ts'
import { NodeLease } from './node-lease.ts'

/** Options of a node that joins. */
export interface JoinOptions {
  readonly limits?: Partial<DirectoryLimits> | undefined
  /**
   * How long the entries of a node that died stay. In milliseconds; fixed by the node that joins first.
   * @defaultValue {@link NODE_LEASE_MS}
   */
  readonly leaseMs?: number | undefined
}

/** Long enough for a leader to be elected anew (up to about 14 s measured), so that no node is given up for it. */
export const NODE_LEASE_MS = 20_000

/** A directory in two buckets: leases of nodes, which end by themselves, and what the nodes publish. */
export class NatsDirectory implements Directory {
  readonly node: string
  readonly #link: Link
  readonly #settings: Settings
  readonly #limits: DirectoryLimits
  readonly #nodes: Bucket<NodeEntry>
  readonly #entries: Bucket<unknown>
  readonly #leaseMs: number
  readonly #lease: NodeLease
  readonly #view: DirectoryView
  readonly #writer: EntryWriter
  readonly #own = new Map<string, unknown>()
  readonly #claimed = new Map<string, unknown>()
  readonly #stops: (() => void)[] = []
  #timer: Timer | undefined
  #isClosed = false

  /** Joins the cluster of a store. May be called again where it failed. @throws what the server answers */
  static async join(
    node: string,
    parts: { readonly link: Link; readonly layout: LayoutBuilder; readonly settings: Settings },
    options: JoinOptions,
  ): Promise<NatsDirectory> {
    const { leaseMs } = limitsOf({ leaseMs: NODE_LEASE_MS }, options, '')
    const nodes = await parts.layout.bucket('nodes', nodeEntry, leaseMs)
    const entries = await parts.layout.bucket('directory', anything, 0)
    const { max_age: lease } = await parts.link.trying(
      { operation: 'read', stream: nodes.stream },
      async () => (await parts.link.jsm.streams.info(nodes.stream)).config,
    )
    const directory = new NatsDirectory(node, { ...parts, nodes, entries, leaseMs: lease / 1_000_000 }, options)
    try {
      await directory.#begin()
    } catch (error) {
      directory.#stop()
      throw error
    }
    return directory
  }

  private constructor(
    node: string,
    parts: {
      readonly link: Link
      readonly settings: Settings
      readonly nodes: Bucket<NodeEntry>
      readonly entries: Bucket<unknown>
      readonly leaseMs: number
    },
    options: JoinOptions,
  ) {
    const { link, settings, nodes, entries, leaseMs } = parts
    this.node = node
    this.#link = link
    this.#settings = settings
    this.#limits = limitsOf(DIRECTORY_LIMITS, options.limits)
    this.#nodes = nodes
    this.#entries = entries
    this.#leaseMs = leaseMs
    this.#view = new DirectoryView(node)
    this.#lease = new NodeLease(nodes, { node, leaseMs, settings }, () => this.#announceAgain())
    this.#writer = new EntryWriter(entries, {
      keyOf: (key) => entryKey(node, this.#lease.life, key),
      valueOf: (key) => (this.#own.has(key) ? { value: this.#own.get(key) } : undefined),
      deadline: () => link.deadline(),
    })
  }

  secret(): Promise<string> {
    return this.#asking(async () => {
      for (;;) {
        const { value, revision } = await this.#entries.get(SECRET_KEY)
        if (typeof value === 'string') return value
        const made = randomBytes(32).toString('base64url')
        if ((await this.#entries.update(SECRET_KEY, made, revision)) !== 'moved') return made
      }
    })
  }

  put(key: string, value: unknown): void {
    const checked = this.#checked(key, value)
    if (!this.#own.has(key)) checkRoom(this.#own.size + this.#claimed.size, this.#limits)
    if (this.#isClosed) return
    this.#own.set(key, checked)
    this.#writer.changed(key)
  }

  remove(key: string): void {
    if (this.#isClosed) return
    if (this.#claimed.delete(key)) void this.#release(key).catch(() => {})
    if (this.#own.delete(key)) this.#writer.changed(key)
  }

  entries(prefix: string): readonly DirectoryEntry[] {
    return this.#view.entries(prefix)
  }

  watch(prefix: string, changed: (change: DirectoryChange) => void): () => void {
    return this.#view.watch(prefix, changed)
  }

  claim(key: string, value: unknown): Promise<DirectoryEntry> {
    return this.#asking(async () => {
      const checked = this.#checked(key, value)
      if (!this.#claimed.has(key)) checkRoom(this.#own.size + this.#claimed.size, this.#limits)
      for (;;) {
        const { claimed, revision } = await this.#claimOf(key)
        if (claimed !== undefined && claimed.node !== this.node) return entryOf(claimed)
        const claim = { key, node: this.node, life: this.#lease.life, value: checked }
        if ((await this.#entries.update(claimKey(key), claim, revision)) === 'moved') continue
        this.#claimed.set(key, checked)
        return entryOf(claim)
      }
    })
  }

  holder(key: string): Promise<DirectoryEntry | undefined> {
    return this.#asking(async () => {
      const { claimed } = await this.#claimOf(key)
      return claimed === undefined ? undefined : entryOf(claimed)
    })
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    this.#stop()
    const { life } = this.#lease
    try {
      await this.#lease.end()
      await Promise.all([...this.#claimed.keys()].map((key) => this.#release(key)))
      await this.#sweep(this.node, life)
    } catch {
      // The store is away: the lease ends by itself, and what is left is swept by the others.
    }
  }

  async #begin(): Promise<void> {
    await this.#lease.begin()
    const { timers } = this.#settings
    this.#stops.push(await this.#nodes.follow((entry) => this.#applyNode(entry), timers))
    this.#stops.push(await this.#entries.follow((entry) => this.#applyEntry(entry), timers))
    this.#arm()
  }

  #applyNode({ key, operation, value }: KvWatchEntry): void {
    const node = nodeOf(key)
    if (node === undefined || this.#isClosed) return
    if (operation !== 'PUT') return this.#view.isGone(node)
    const entry = maybeJson(nodeEntry, Buffer.from(value).toString())
    if (entry !== undefined) this.#view.isAlive(node, entry.life, this.#settings.timers.now())
  }

  #applyEntry({ key, operation, value }: KvWatchEntry): void {
    const parts = partsOf(key)
    if (parts === undefined || this.#isClosed) return
    if (operation !== 'PUT') return this.#view.remove(parts.node, parts.life, parts.key)
    const stored = maybeJson(anything, Buffer.from(value).toString())
    this.#view.set({ key: parts.key, node: parts.node, value: stored }, parts.life)
  }

  /** A life whose lease was not heard of for its length is looked up: only the store knows whether it ended. */
  #arm(): void {
    if (this.#isClosed) return
    this.#timer = this.#settings.timers.after(this.#leaseMs / 4, () => {
      void this.#checkSilent()
        .catch(() => {})
        .finally(() => this.#arm())
    })
  }

  async #checkSilent(): Promise<void> {
    const now = this.#settings.timers.now()
    for (const { node, life } of this.#view.silentSince(now - this.#leaseMs)) {
      const { value } = await this.#nodes.get(nodeKey(node))
      if (value === undefined) this.#view.isGone(node)
      // It stands there still, perhaps not for long: the next round looks again.
      else if (value.life !== life) this.#view.isAlive(node, value.life, now)
      if (value?.life !== life) await this.#sweep(node, life)
    }
    for (const { node, life } of this.#view.leaseless()) {
      if ((await this.#nodes.get(nodeKey(node))).value?.life === life) continue
      await this.#sweep(node, life)
      this.#view.forget(node, life)
    }
  }

  /** Space only: a life without lease is not shown. */
  async #sweep(node: string, life: string): Promise<void> {
    const filter = `$KV.${this.#entries.name}.${lifePrefix(node, life)}.>`
    await this.#link.jsm.streams.purge(this.#entries.stream, { filter }).catch(() => {})
  }

  /** The lease was lost and is another one now: the others have dropped everything. */
  #announceAgain(): void {
    for (const key of this.#own.keys()) this.#writer.changed(key)
    for (const [key, value] of this.#claimed) void this.claim(key, value).catch(() => {})
  }

  /** A claim counts as long as the life that made it has its lease. */
  async #claimOf(key: string): Promise<{ readonly claimed: Claim | undefined; readonly revision: number }> {
    const { value, revision } = await this.#entries.get(claimKey(key))
    if (!fits(claim, value)) return { claimed: undefined, revision }
    const lease = await this.#nodes.get(nodeKey(value.node))
    return { claimed: lease.value?.life === value.life ? value : undefined, revision }
  }

  async #release(key: string): Promise<void> {
    const { value, revision } = await this.#entries.get(claimKey(key))
    if (fits(claim, value) && value.node === this.node) await this.#entries.delete(claimKey(key), revision)
  }

  #checked(key: string, value: unknown): unknown {
    return JSON.parse(entryText(key, value, this.#limits))
  }

  async #asking<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new ClusterError('cluster/closed', 'This node has left the cluster.')
    try {
      return await ask()
    } catch (cause) {
      if (!(cause instanceof HoldfastError) || cause.code !== 'log/unavailable') throw cause
      throw new ClusterError('cluster/unavailable', 'The store of the directory does not answer.', { cause })
    }
  }

  #stop(): void {
    this.#timer?.cancel()
    this.#lease.stop()
    this.#writer.stop()
    this.#view.clear()
    for (const stop of this.#stops.splice(0)) stop()
  }
}

function entryOf({ key, node, value }: Claim): DirectoryEntry {
  return { key, node, value }
}
