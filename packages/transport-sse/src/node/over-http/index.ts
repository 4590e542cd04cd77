import type { Transport } from '@holdfast/contract'
import { eventStreamAndPosts as eventsWithFetch } from '../../over-http/event-stream-and-posts.ts'
import { longPoll as pollWithFetch } from '../../over-http/long-poll.ts'
import type { OverHttpOptions } from '../../over-http/options.ts'
import { fetchThroughProxy } from '../proxy.ts'

export { OVER_HTTP_TRAITS } from '../../over-http/carried-socket.ts'
export type { OverHttpOptions } from '../../over-http/options.ts'

/**
 * {@link eventsWithFetch}, through the proxies that the environment names: Node's own `fetch` does not look there.
 * @throws `channel/invalid_option`
 */
export function eventStreamAndPosts(options: OverHttpOptions = {}): Transport {
  return eventsWithFetch({ fetch: fetchThroughProxy(options.proxy), ...options })
}

/**
 * {@link pollWithFetch}, through the proxies that the environment names.
 * @throws `channel/invalid_option`
 */
export function longPoll(options: OverHttpOptions = {}): Transport {
  return pollWithFetch({ fetch: fetchThroughProxy(options.proxy), ...options })
}
