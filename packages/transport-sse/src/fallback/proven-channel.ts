import { abortReason, type Channel, type ChannelEnd, type Clock, HoldfastError, OpenError } from '@holdfast/contract'
import { CHANNEL_DEFAULTS, type ChannelSocket, type DefinedChannel, defineChannel } from '@holdfast/contract/channel'

type Item<In> = { readonly frame: In } | { readonly cursor: string }

/**
 * Starts a channel, and resolves once something came over it, which is held for who starts it. `stalled`: it ended later because
 * nothing came any more. @throws `channel/open_failed`
 */
export function provenChannel<In, Out>(
  inner: Channel<In, Out>,
  signal: AbortSignal,
  proofMs: number,
  clock: Clock,
  stalled: () => void,
): Promise<Channel<In, Out>> {
  return new Promise((resolve, reject) => {
    const { channel, ...socket } = socketOf(inner, clock)
    const settle = (): void => {
      silence.cancel()
      signal.removeEventListener('abort', aborted)
    }
    const fail = (error: unknown): void => {
      settle()
      inner.terminate()
      reject(error)
    }
    const aborted = (): void => fail(abortReason(signal))
    const silence = clock.after(proofMs, () =>
      fail(new OpenError(`open, and silent for ${proofMs} ms: something on the way keeps it back`)),
    )
    signal.addEventListener('abort', aborted, { once: true })
    inner.start({
      frame: (frame) => {
        settle()
        resolve(channel)
        channel.frame({ frame })
        socket.held()
      },
      pong: () => channel.pong(),
      cursor: (cursor) => channel.frame({ cursor }),
      closed: (end) => {
        if (isStall(end)) stalled()
        if (end.clean !== true) fail(new OpenError('ended before anything came', {}, end.cause))
        settle()
        resolve(channel)
        channel.ended(end)
      },
    })
  })
}

/** What keeps a stream back until so many bytes have come lets a long beginning through, and then nothing. */
function isStall({ cause }: ChannelEnd): boolean {
  return cause instanceof HoldfastError && cause.code === 'channel/stalled'
}

/** A channel that is started already, as `defineChannel()` needs it. */
function socketOf<In, Out>(inner: Channel<In, Out>, clock: Clock) {
  let isWanted = false
  const socket: ChannelSocket<In, Out, Item<In>> = {
    traits: inner.traits,
    opening: inner.opening,
    get bufferedBytes() {
      return inner.bufferedBytes
    },
    send: (frame) => inner.send(frame),
    flush: () => void inner.drained().then(() => channel.flushed()),
    read: (wanted) => {
      isWanted = wanted
      if (wanted) inner.resume()
      else inner.pause()
    },
    ping: inner.traits.ping ? () => inner.ping() : undefined,
    close: (code, reason) => inner.close(code, reason),
    free: () => inner.terminate(),
    sink: (given) => ({
      frame: (item) => ('frame' in item ? given.frame(item.frame) : given.cursor?.(item.cursor)),
      pong: () => given.pong?.(),
      closed: (end: ChannelEnd) => given.closed(end),
    }),
  }
  const channel: DefinedChannel<In, Out, Item<In>> = defineChannel(socket, { ...CHANNEL_DEFAULTS, clock })
  const held = (): void => {
    if (!isWanted) inner.pause()
  }
  return { channel, held }
}
