import { createHash, randomBytes } from 'node:crypto'
import type { Clock } from '@holdfast/contract'
import { isObject } from '@holdfast/contract/shape'
import { INTERNAL_STATUS, type SessionLog, type SessionRecord } from '@holdfast/log'
import { StreamError } from '../errors.ts'
import type { StreamLimits } from '../limits.ts'

/** What a link lets anyone read who has it: one session, or one stream, in one life of it. */
export interface LinkTarget {
  readonly kind: 'session' | 'stream'
  readonly id: string
  readonly epoch: string
}

/** A link, without its secret. */
export interface ReadLink extends LinkTarget {
  /** By which it is revoked. Of no use for reading. */
  readonly linkId: string
  /** The principal that made it. */
  readonly by: string
  readonly createdAt: number
  /** In milliseconds since 1970. */
  readonly endsAt: number
}

/** What links are made of. */
export interface ReadLinksParts {
  readonly log: SessionLog
  readonly limits: Pick<StreamLimits, 'recordAgeMs'>
  readonly clock: Clock
}

const PREFIX = 'stream-link:'
const TAG = 'stream-link'
/** Bits of a secret: it cannot be guessed, however many links there are. */
const SECRET_BYTES = 32
/** Links that are known without looking; the longest unused goes first. */
const MAX_KNOWN = 10_000
/** Links of one principal. */
const MAX_OWN = 1_000

/**
 * Links for reading, kept in the log: a secret that cannot be guessed, of which the log has only a digest. Every gateway of the
 * log knows them.
 */
export class ReadLinks {
  readonly #parts: ReadLinksParts
  readonly #known = new Map<string, { readonly link: ReadLink | undefined; readonly until: number }>()

  constructor(parts: ReadLinksParts) {
    this.#parts = parts
  }

  /** Makes one. Its secret is returned here alone. @throws StreamError `streams/rate_limited` for too many */
  async make(
    target: LinkTarget,
    by: string,
    endsAt: number,
  ): Promise<{ readonly link: ReadLink; readonly secret: string }> {
    if ((await this.list(by)).length >= MAX_OWN) {
      throw new StreamError(
        'streams/rate_limited',
        `There are ${MAX_OWN} links already: revoke those that are not needed.`,
      )
    }
    const secret = randomBytes(SECRET_BYTES).toString('base64url')
    const linkId = digestOf(secret)
    const link = { ...target, by, endsAt }
    const { session } = await this.#parts.log.createSession(`${PREFIX}${linkId}`, {
      ...{ status: INTERNAL_STATUS, tags: [TAG, ownTag(by)], owner: by, data: { link } },
    })
    return { link: { ...link, linkId, createdAt: session.createdAt }, secret }
  }

  /** The link with this secret; undefined where there is none any more. */
  async find(secret: string): Promise<ReadLink | undefined> {
    const linkId = digestOf(secret)
    const { clock, log, limits } = this.#parts
    const known = this.#known.get(linkId)
    if (known !== undefined && clock.now() < known.until) return this.#ifValid(known.link)
    const session = await log.findSession(`${PREFIX}${linkId}`)
    const link = session === null ? undefined : linkIn(session)
    // What was not there is not kept: guesses would fill the memory.
    this.#known.delete(linkId)
    if (link !== undefined) this.#known.set(linkId, { link, until: clock.now() + limits.recordAgeMs })
    if (this.#known.size > MAX_KNOWN) {
      const [oldest] = this.#known.keys()
      if (oldest !== undefined) this.#known.delete(oldest)
    }
    return this.#ifValid(link)
  }

  /** Those of one principal that have not ended. */
  async list(by: string): Promise<readonly ReadLink[]> {
    const links: ReadLink[] = []
    let cursor: string | undefined
    do {
      const page = await this.#parts.log.listSessions({ tag: ownTag(by), cursor })
      for (const session of page.sessions) {
        const link = linkIn(session)
        if (link === undefined) continue
        if (this.#ifValid(link) !== undefined) links.push(link)
        else await this.#parts.log.removeSession(session.id)
      }
      cursor = page.next
    } while (cursor !== undefined)
    return links
  }

  /** Ends one. False where this principal has none of this id. */
  async revoke(linkId: string, by: string, mayAll: boolean): Promise<boolean> {
    const { log } = this.#parts
    const session = await log.findSession(`${PREFIX}${linkId}`)
    const link = session === null ? undefined : linkIn(session)
    if (session === null || link === undefined || (link.by !== by && !mayAll)) return false
    this.#known.delete(linkId)
    return log.removeSession(session.id)
  }

  #ifValid(link: ReadLink | undefined): ReadLink | undefined {
    return link !== undefined && this.#parts.clock.epoch() < link.endsAt ? link : undefined
  }
}

function digestOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

function ownTag(by: string): string {
  return `${TAG}-of:${by}`
}

function linkIn({ id, createdAt, data }: SessionRecord): ReadLink | undefined {
  const { link } = data
  if (!isObject(link)) return undefined
  const { kind, id: target, epoch, by, endsAt } = link
  if (kind !== 'session' && kind !== 'stream') return undefined
  const fits = typeof target === 'string' && typeof epoch === 'string' && typeof by === 'string'
  if (!fits || typeof endsAt !== 'number') return undefined
  return { linkId: id.slice(PREFIX.length), kind, id: target, epoch, by, createdAt, endsAt }
}
