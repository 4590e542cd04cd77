import { type Target, type Transport, throwIfAborted, transportPing, type WebSocketChannel } from '@holdfast/contract'
import { type CarriedItem, carriedItem, OVER_HTTP } from '@holdfast/contract/over-http'
import { assertUrl } from '../open-error.ts'
import { CarriedSocket, OVER_HTTP_TRAITS } from './carried-socket.ts'
import { carriedDial, openedBy } from './opening.ts'
import { type OverHttpOptions, type ResolvedOptions, resolveOptions } from './options.ts'
import { askForItems } from './poll-request.ts'
import { PollUpstream } from './poll-upstream.ts'

/**
 * As {@link eventStreamAndPosts}, for what keeps event streams back as well: what the server says comes as the answers of requests that wait,
 * each of which ends.
 * @throws `channel/invalid_option`
 */
export function longPoll(options: OverHttpOptions = {}): Transport {
  const resolved = resolveOptions(options)
  return {
    name: 'long-poll',
    traits: OVER_HTTP_TRAITS,
    liveness: transportPing(),
    open: (target, { signal }) => open(target, signal, resolved),
  }
}

async function open(target: Target, signal: AbortSignal, options: ResolvedOptions): Promise<WebSocketChannel> {
  throwIfAborted(signal)
  const dial = carriedDial(target, OVER_HTTP.poll)
  const { url } = dial
  assertUrl(url)
  try {
    const answer = await askForItems({ url, headers: dial.opening, signal }, options)
    throwIfAborted(signal)
    const [first, ...rest] = answer.map(carriedItem)
    const { channel, protocol, headers: said } = openedBy(first, dial)
    const named = { ...dial.headers, [OVER_HTTP.channel]: channel }
    const upstream = new PollUpstream({ url, headers: named, options, rest })
    const socket: CarriedSocket = new CarriedSocket({
      upstream,
      opening: { protocol, headers: said },
      bounds: options.bounds,
      url,
      headers: named,
      fetch: options.fetch,
    })
    upstream.start({ deliver: (item: CarriedItem) => socket.deliver(item), lost: (cause) => socket.lost(cause) })
    return socket.channel
  } catch (error) {
    throwIfAborted(signal)
    throw error
  }
}
