import type { Page } from '../stream/page.ts'

/** What caches may keep of a stream. */
export interface CachePolicy {
  /** Anyone who has the address may read it. Everything else is kept by no cache. */
  readonly isPublic: boolean
  /** Nothing is kept longer than to here, in milliseconds since 1970. @defaultValue a day */
  readonly endsAt?: number | undefined
  /** The address stands for one life of the stream, so that its first page never changes. */
  readonly isOneLife: boolean
}

export const PRIVATE: CachePolicy = { isPublic: false, isOneLife: false }

/** By which nothing is kept that only this principal may see. */
export const NEVER_KEPT = 'private, no-store'

/** What may change is kept for a second: so often a cache asks, however many ask it. */
const CHANGING = 'public, max-age=1'

const DAY_MS = 86_400_000

/** `Cache-Control` of a page: one that is full, or the last of a closed stream, never changes. */
export function pageCaching(policy: CachePolicy, page: Page, isSentinel: boolean, now: number): string {
  if (!policy.isPublic) return NEVER_KEPT
  const isFinal = !page.isUpToDate || page.isClosed
  if (!isFinal || (isSentinel && !policy.isOneLife)) return CHANGING
  const seconds = Math.floor(((policy.endsAt ?? now + DAY_MS) - now) / 1000)
  return seconds > 1 ? `public, max-age=${seconds}, immutable` : CHANGING
}

/** `Cache-Control` of what says how things are at this moment. */
export function momentCaching({ isPublic }: CachePolicy): string {
  return isPublic ? CHANGING : NEVER_KEPT
}
