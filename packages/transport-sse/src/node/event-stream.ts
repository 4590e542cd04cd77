import type { SseEvent, Transport } from '@holdfast/contract'
import { errorOf } from '../errors.ts'
import { eventStream as withFetch } from '../event-stream.ts'
import type { EventStreamOptions } from '../options.ts'
import { fetchThroughProxy } from './proxy.ts'

/**
 * {@link withFetch}, through the proxies that the environment names: Node's own `fetch` does not look there.
 * @throws `channel/invalid_option`
 */
export function eventStream(options: EventStreamOptions = {}): Transport<SseEvent, never> {
  const { proxy, init } = options
  if (typeof proxy === 'string' && !/^https?:\/\/[^/]/.test(proxy)) {
    throw errorOf('channel/invalid_option', 'proxy must be an http: or https: URL, or false')
  }
  const isGiven = options.fetch !== undefined || init?.['dispatcher'] !== undefined
  return withFetch(isGiven ? options : { ...options, fetch: fetchThroughProxy(proxy) })
}
