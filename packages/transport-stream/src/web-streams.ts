import {
  abortReason,
  doubtAfterSleep,
  OpenError,
  redactUrl,
  type Target,
  type Transport,
  throwIfAborted,
  type WebSocketChannel,
} from '@holdfast/contract'
import type { ChannelBounds } from '@holdfast/contract/channel'
import { STREAM_TRAITS } from './stream-traits.ts'
import { WebStreamSocket } from './web-stream-socket.ts'
import type { StreamPair } from './web-stream-types.ts'

/** Options of {@link webStreams}. */
export interface WebStreamsOptions {
  /** @defaultValue `web-streams` */
  readonly name?: string | undefined
  /** @defaultValue `CHANNEL_DEFAULTS` of `@holdfast/contract/channel` */
  readonly bounds?: ChannelBounds | undefined
  /** How a dead link is noticed. @defaultValue `doubtAfterSleep()` */
  readonly liveness?: Transport['liveness'] | undefined
}

/**
 * A transport of whatever `dial` makes: pairs of Web Streams that carry bytes. Backpressure goes both ways: a piece is read when the
 * one before was taken, and what the other side does not take counts in `bufferedBytes`.
 *
 * A `dial` that rejects is an `OpenError` (`channel/open_failed`) with that error for a cause; give one of your own where more is
 * known. When `signal` aborts, `open()` rejects at once, and a pair that comes later is closed.
 */
export function webStreams(
  dial: (target: Target, options: { readonly signal: AbortSignal }) => Promise<StreamPair> | StreamPair,
  options: WebStreamsOptions = {},
): Transport {
  return {
    name: options.name ?? 'web-streams',
    traits: STREAM_TRAITS,
    liveness: options.liveness ?? doubtAfterSleep(),
    open: async (target, { signal }) => {
      throwIfAborted(signal)
      const pair = await until(signal, async () => dial(target, { signal }), release).catch((error: unknown) => {
        throwIfAborted(signal)
        if (error instanceof OpenError) throw error
        throw new OpenError(`Could not open ${redactUrl(target.url)}.`, {}, withoutUrl(error))
      })
      return streamChannel(pair, options.bounds)
    },
  }
}

/** An open pair of Web Streams as a channel, for those who accept. */
export function streamChannel(pair: StreamPair, bounds?: ChannelBounds): WebSocketChannel {
  return new WebStreamSocket(pair, bounds).channel
}

function release(pair: StreamPair): void {
  pair.readable
    .getReader()
    .cancel()
    .catch(() => {})
  pair.writable
    .getWriter()
    .abort()
    .catch(() => {})
  pair.close?.()
}

/** Some runtimes put the whole URL into their message, and a URL may carry a secret. */
function withoutUrl(error: unknown): unknown {
  return String(error).includes('://') ? undefined : error
}

/** What comes after the signal is freed. @throws the signal's reason */
async function until<T>(signal: AbortSignal, make: () => Promise<T>, free: (late: T) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = (): void => reject(abortReason(signal))
    signal.addEventListener('abort', aborted, { once: true })
    make().then(
      (made) => {
        signal.removeEventListener('abort', aborted)
        if (signal.aborted) free(made)
        else resolve(made)
      },
      (error: unknown) => {
        signal.removeEventListener('abort', aborted)
        reject(error)
      },
    )
  })
}
