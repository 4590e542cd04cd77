import type { SseEvent, Transport } from '@holdfast/contract'
import { type DurableStreamOptions, durableStream as withFetch } from '../../durable-stream/durable-stream.ts'
import { systemFetch } from '../system-fetch.ts'

export type { DurableStreamOptions } from '../../durable-stream/durable-stream.ts'

/**
 * {@link withFetch}, through the proxies that the environment names: Node's own `fetch` does not look there.
 * @throws `channel/invalid_option`
 */
export function durableStream(options: DurableStreamOptions = {}): Transport<SseEvent, never> {
  return withFetch({ fetch: systemFetch(), ...options })
}
