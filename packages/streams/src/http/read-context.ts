import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Random } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import type { StreamLimits } from '../limits.ts'
import type { ReadableStreamView } from '../stream/open-stream.ts'
import type { StreamCounts } from '../stream-counts.ts'
import type { CachePolicy } from './cache-policy.ts'
import type { Readers } from './readers.ts'

/** What all reads share. */
export interface ReadContext {
  readonly limits: StreamLimits
  readonly clock: Clock
  readonly random: Random
  readonly readers: Readers
  readonly counts: StreamCounts
  /** Aborted when no more waits: everybody is answered with what there is. */
  readonly signal: AbortSignal
}

/** One read. */
export interface ReadCall {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  readonly query: URLSearchParams
  readonly principal: Pick<Principal, 'expiresAt' | 'revoked'>
  /** For whom a waiting reader counts. */
  readonly who: string
  readonly view: ReadableStreamView
  readonly policy: CachePolicy
  /** As {@link CachePolicy.isPublic}, for pages of other origins. */
  readonly headers: Readonly<Record<string, string>>
}

/** Aborted when the reader is gone, its credentials are, or nobody is to wait any more. */
export function endOf(
  { signal }: Pick<ReadContext, 'signal'>,
  response: ServerResponse,
  { revoked }: ReadCall['principal'],
): { readonly signal: AbortSignal; readonly stop: () => void } {
  const end = new AbortController()
  const abort = (): void => end.abort()
  const sources = revoked === undefined ? [signal] : [signal, revoked]
  for (const source of sources) {
    // Everybody who waits listens to it.
    setMaxListeners(0, source)
    if (source.aborted) abort()
    source.addEventListener('abort', abort)
  }
  response.on('close', abort)
  return {
    signal: end.signal,
    stop: () => {
      for (const source of sources) source.removeEventListener('abort', abort)
      response.off('close', abort)
    },
  }
}

/** Milliseconds until credentials end. */
export function leftOf({ expiresAt }: ReadCall['principal'], clock: Clock): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresAt - clock.epoch())
}
