import { setMaxListeners } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock, Random } from '@holdfast/contract'
import type { Principal } from '@holdfast/gate/internals'
import type { StreamLimits } from '../limits.ts'
import type { ReadableStreamView } from '../stream/open-stream.ts'
import { WaitEnd } from '../stream/wait-end.ts'
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
  /** Over when no more waits: everybody is answered with what there is. */
  readonly end: WaitEnd
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
  /** Asked before a waiting reader gets what came: it may not read any more, or there is nothing more to read. */
  readonly recheck: () => Promise<unknown>
  readonly policy: CachePolicy
  /** As {@link CachePolicy.isPublic}, for pages of other origins. */
  readonly headers: Readonly<Record<string, string>>
}

/** Over when the reader is gone, its credentials are, or waits are over. */
export function endOf(
  { end: allEnd }: Pick<ReadContext, 'end'>,
  response: ServerResponse,
  { revoked }: ReadCall['principal'],
): { readonly end: WaitEnd; readonly stop: () => void } {
  const end = new WaitEnd()
  const over = (): void => end.end()
  if (allEnd.isOver || revoked?.aborted === true) over()
  allEnd.add(over)
  if (revoked !== undefined) {
    // All readers of a grant listen to it.
    setMaxListeners(0, revoked)
    revoked.addEventListener('abort', over)
  }
  response.on('close', over)
  return {
    end,
    stop: () => {
      allEnd.remove(over)
      revoked?.removeEventListener('abort', over)
      response.off('close', over)
    },
  }
}

/** Milliseconds until credentials end. */
export function leftOf({ expiresAt }: ReadCall['principal'], clock: Clock): number {
  return expiresAt === undefined ? Number.POSITIVE_INFINITY : Math.max(0, expiresAt - clock.epoch())
}
