import { createHash } from 'node:crypto'
import { eventHashOf } from '@holdfast/log'

/** Where one session is kept. */
export interface Place {
  readonly stream: string
  /** Of its records. */
  readonly subject: string
  /** Where the stream publishes each record again when it is stored. */
  readonly tail: string
  /** Its key in buckets. */
  readonly token: string
  /** First part of the subjects of its blobs. */
  readonly blobs: string
}

/** Session ids that are usable in a subject as they are, so that operators recognise them. */
const PLAIN = /^[A-Za-z0-9_-]{1,64}$/

/** All names of a store. */
export class Names {
  readonly prefix: string
  readonly shards: number

  constructor(prefix: string, shards: number) {
    this.prefix = prefix
    this.shards = shards
  }

  placeOf(session: string): Place {
    const shard = Number.parseInt(eventHashOf(session), 16) % this.shards
    const token = tokenOf(session)
    return {
      stream: this.stream(shard),
      subject: `${this.prefix}.ev.${shard}.${token}`,
      tail: `${this.prefix}.tail.${shard}.${token}`,
      token,
      blobs: `${this.prefix}.blob.${shard}.${token}`,
    }
  }

  stream(shard: number): string {
    return `${this.prefix}_ev_${shard}`
  }
}

/** A session's id, or what stands for it, as one token of a subject and as a key. */
export function tokenOf(session: string): string {
  if (PLAIN.test(session)) return `s-${session}`
  return `h-${createHash('sha256').update(session).digest('base64url')}`
}

/** Names of the buckets. */
export function bucketName(prefix: string, what: 'sessions' | 'leases' | 'nodes' | 'directory'): string {
  return `${prefix}_${what}`
}
