import {
  abortReason,
  OpenError,
  peerWord,
  type Target,
  type Transport,
  throwIfAborted,
  transportPing,
  type WebSocketChannel,
} from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelBounds } from '@holdfast/contract/channel'
import { type FirstFrame, firstFrame } from './first-frame.ts'
import { frameOf, KIND, textOf } from './frame.ts'
import { FRAMED_TRAITS } from './framed-socket.ts'
import { openedOf, refusedOf } from './opening.ts'

/** Options of {@link framed} and `acceptFramed()`. */
export interface FramedOptions {
  /** The largest message that is accepted, in bytes. A larger one ends the channel. @defaultValue {@link FRAMED_DEFAULTS}`.maxMessageBytes` */
  readonly maxMessageBytes?: number | undefined
  /** @defaultValue `CHANNEL_DEFAULTS` of `@holdfast/contract/channel` */
  readonly bounds?: ChannelBounds | undefined
}

/** What {@link FramedOptions} are where nothing is said. */
export const FRAMED_DEFAULTS: { readonly maxMessageBytes: number } = {
  /** What transports of WebSockets take. */
  maxMessageBytes: 16_777_216,
}

/**
 * Whole messages, text apart from bytes, with close codes, pings, headers and refusals, on any transport of bytes: so every client
 * runs over a Unix socket, a child's stdio or a stream of WebTransport as it does over WebSockets. The other end takes the stream
 * with `acceptFramed()`. `to` is where the stream is dialed, while the peer gets the target itself.
 *
 * Headers of the target go to the peer as they are: use a stream that others cannot read.
 */
export function framed(stream: Transport, to: string, options: FramedOptions = {}): Transport {
  const { maxMessageBytes = FRAMED_DEFAULTS.maxMessageBytes, bounds = CHANNEL_DEFAULTS } = options
  return {
    name: `framed-${stream.name}`,
    traits: FRAMED_TRAITS,
    liveness: transportPing(),
    open: async (target, { signal }) => {
      const bytes = await stream.open({ url: to }, { signal })
      const abort = (): void => bytes.terminate()
      signal.addEventListener('abort', abort, { once: true })
      try {
        throwIfAborted(signal)
        bytes.send(frameOf(KIND.open, JSON.stringify(asked(target))))
        return answered(await firstFrame(bytes, maxMessageBytes, bounds))
      } catch (error) {
        bytes.terminate()
        if (signal.aborted) throw abortReason(signal)
        if (error instanceof OpenError) throw error
        throw new OpenError('The stream was opened, and then not answered.', {}, error)
      } finally {
        signal.removeEventListener('abort', abort)
      }
    },
  }
}

function asked({ url, headers = {}, protocols = [] }: Target): object {
  return { url, headers, protocols }
}

/** @throws `channel/open_failed` */
function answered({ frame, channel }: FirstFrame): WebSocketChannel {
  if (frame.kind === KIND.opened) return channel(openedOf(textOf(frame)))
  if (frame.kind !== KIND.refused) throw new OpenError('The peer does not speak framed().')
  const { status, body, headers, retryAfterMs } = refusedOf(textOf(frame))
  const details = { status, body, headers, retryAfterMs, word: peerWord(body) }
  throw new OpenError(`The peer refused with status ${status}.`, details)
}
