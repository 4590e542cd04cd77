import type { Shape } from '@holdfast/contract/shape'
import {
  DiscardPolicy,
  JetStreamApiError,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
} from '@nats-io/jetstream'
import { type KV, Kvm } from '@nats-io/kv'
import { inTurns } from './blobs.ts'
import { Bucket } from './bucket.ts'
import { Deadline } from './deadline.ts'
import { NatsLogError } from './errors.ts'
import { indexEntry, leaseEntry, storeLayout } from './generated/checks.ts'
import type { IndexEntry, LeaseEntry, StoreLayout } from './generated/types.ts'
import type { Link } from './link.ts'
import { bucketName, Names } from './names.ts'
import { NATS_DEFAULTS, type Settings } from './options.ts'

/** Version of what the streams and buckets look like. */
const LAYOUT_VERSION = 1
const LAYOUT_KEY = 'layout'
const BUILDER_KEY = 'builder'
const BUILD_MS = 10_000
const POLL_MS = 100
/** Message ids are remembered for a convenience only: what a retry finds in its place is what counts. */
const DUPLICATE_WINDOW_MS = 120_000
/** Removes what was not renewed; a lease ends by itself much earlier. */
const LEASE_AGE_MS = 3_600_000
const CREATED_AT_ONCE = 8
const LOOK_AGAIN_MS = 200
/** A stream with replicas elects a leader before it is there; many at once take their time. */
const CLIENT_OPTIONS = { timeout: 10_000, checkAPI: false } as const
const STREAM_EXISTS = 10058

/** The streams and buckets of a store, all there. */
export interface Built {
  readonly layout: StoreLayout
  readonly names: Names
  readonly sessions: Bucket<IndexEntry>
  readonly leases: Bucket<LeaseEntry>
}

/** Finds the streams and buckets of a store, or creates them. Several gateways may do so at once. */
export class LayoutBuilder {
  readonly #link: Link
  readonly #settings: Settings

  constructor(link: Link, settings: Settings) {
    this.#link = link
    this.#settings = settings
  }

  /** @throws NatsLogError `nats/other_layout`, and what the server answers */
  async build(): Promise<Built> {
    const sessions = await this.bucket('sessions', indexEntry, 0)
    const kept = new Bucket(this.#link, sessions.kv, bucketName(this.#settings.prefix, 'sessions'), storeLayout)
    const { value, revision } = await kept.get(LAYOUT_KEY)
    const layout = value ?? this.#wanted
    this.#check(layout)
    const names = new Names(this.#settings.prefix, layout.shards)
    if (value !== undefined) await this.#checkPresent(names)
    const leases = await this.bucket('leases', leaseEntry, LEASE_AGE_MS)
    if (value === undefined) {
      if (!(await this.#isBuilder(kept))) return this.build()
      await inTurns(layout.shards, (shard) => this.#stream(names, shard, layout.replicas), CREATED_AT_ONCE)
      // Another gateway created it meanwhile: what they wrote stands.
      if ((await kept.update(LAYOUT_KEY, layout, revision)) === 'moved') return this.build()
    }
    return { layout, names, sessions, leases }
  }

  /** Several that open a new store at once would all ask for every stream: one does, unless it takes too long. */
  async #isBuilder(kept: Bucket<StoreLayout>): Promise<boolean> {
    if ((await kept.update(BUILDER_KEY, this.#wanted, 0)) !== 'moved') return true
    for (const deadline = new Deadline(this.#settings.timers, BUILD_MS); !deadline.isOver; ) {
      if ((await kept.get(LAYOUT_KEY)).value !== undefined) return false
      await deadline.pause(POLL_MS)
    }
    return true
  }

  /** A bucket of this store, of values of one shape; created where it is missing. `ttlMs` 0 keeps values for ever. */
  async bucket<T>(what: Parameters<typeof bucketName>[1], shape: Shape<T>, ttlMs: number): Promise<Bucket<T>> {
    const name = bucketName(this.#settings.prefix, what)
    return new Bucket(this.#link, await this.#create(name, ttlMs), name, shape)
  }

  async #create(name: string, ttlMs: number): Promise<KV> {
    const { replicas } = this.#wanted
    const buckets = new Kvm((await jetstreamManager(this.#link.nc, CLIENT_OPTIONS)).jetstream())
    try {
      // Values are read from the leader: a replica may be behind.
      await buckets.create(name, { replicas, history: 1, ttl: ttlMs, allow_direct: false })
    } catch (error) {
      if (!isCode(error, STREAM_EXISTS)) throw error
    }
    return new Kvm(this.#link.js).open(name)
  }

  get #wanted(): StoreLayout {
    const isCluster = this.#link.nc.info?.cluster !== undefined
    const { shards = NATS_DEFAULTS.shards, replicas = isCluster ? 3 : 1 } = this.#settings
    return { version: LAYOUT_VERSION, shards, replicas }
  }

  #check({ version, shards }: StoreLayout): void {
    if (version !== LAYOUT_VERSION) throw otherLayout(`it has version ${version}, this package knows ${LAYOUT_VERSION}`)
    const { shards: asked } = this.#settings
    if (asked !== undefined && asked !== shards) throw otherLayout(`it has ${shards} shards, ${asked} were asked for`)
  }

  /** Fences come from the leases' bucket and numbers from the streams: neither may begin anew by itself. */
  async #checkPresent(names: Names): Promise<void> {
    const deadline = this.#link.deadline()
    for (;;) {
      const [missing] = await this.#missing(names)
      if (missing === undefined) return
      if (deadline.isOver) throw otherLayout(`the stream ${missing} is missing`)
      // A server that was not asked to create it may not have heard of it yet.
      await deadline.pause(LOOK_AGAIN_MS)
    }
  }

  async #missing(names: Names): Promise<readonly string[]> {
    const found = new Set<string>()
    for await (const name of this.#link.jsm.streams.names()) found.add(name)
    const needed = Array.from({ length: names.shards }, (_, shard) => names.stream(shard))
    return [...needed, `KV_${bucketName(names.prefix, 'leases')}`].filter((name) => !found.has(name))
  }

  async #stream(names: Names, shard: number, replicas: number): Promise<void> {
    const { prefix } = names
    const { maxRecords, maxAgeMs } = this.#settings
    const config: Pick<StreamConfig, 'name'> & Partial<StreamConfig> = {
      name: names.stream(shard),
      subjects: [`${prefix}.ev.${shard}.*`, `${prefix}.blob.${shard}.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      num_replicas: replicas,
      allow_direct: true,
      max_msgs_per_subject: maxRecords,
      max_age: maxAgeMs * 1_000_000,
      duplicate_window: Math.min(DUPLICATE_WINDOW_MS, maxAgeMs) * 1_000_000,
      republish: { src: `${prefix}.ev.${shard}.*`, dest: `${prefix}.tail.${shard}.{{wildcard(1)}}` },
    }
    try {
      await (await jetstreamManager(this.#link.nc, CLIENT_OPTIONS)).streams.add(config)
    } catch (error) {
      // Another gateway creates the same store, with other bounds: theirs stand.
      if (!isCode(error, STREAM_EXISTS)) throw error
    }
  }
}

function isCode(error: unknown, code: number): boolean {
  return error instanceof JetStreamApiError && error.code === code
}

function otherLayout(what: string): NatsLogError {
  return new NatsLogError('nats/other_layout', `expected the store as this log would create it: ${what}`)
}
