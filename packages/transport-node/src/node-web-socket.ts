import type { Transport } from '@holdfast/contract'
import { NODE_TRAITS } from './channel.ts'
import { Dial } from './dial.ts'
import { type NodeWebSocketOptions, resolveOptions } from './options.ts'

/**
 * WebSockets of Node.js, through `ws`: request headers, protocol pings, proxies, mutual TLS, and the status of a refusal.
 * Compression (RFC 7692) is never offered.
 * @throws `channel/invalid_option`
 */
export function nodeWebSocket(options: NodeWebSocketOptions = {}): Transport {
  const resolved = resolveOptions(options)
  return {
    name: 'node-web-socket',
    traits: NODE_TRAITS,
    open: (target, { signal }) => new Dial(target, signal, resolved).open(),
  }
}
