import { HoldfastError, type Transport, transportPing } from '@holdfast/contract'
import { NODE_TRAITS } from './channel.ts'
import { OpenRequest } from './open-request.ts'
import { type NodeWebSocketOptions, resolveOptions } from './options.ts'

/**
 * WebSockets of Node.js, through `ws`: request headers, protocol pings, proxies, mutual TLS, and the status of a refusal.
 * Compression (RFC 7692) is never offered.
 * On Bun every dial rejects with `channel/unsupported`.
 * @throws `channel/invalid_option`
 */
export function nodeWebSocket(options: NodeWebSocketOptions = {}): Transport {
  const resolved = resolveOptions(options)
  return {
    name: 'node-web-socket',
    traits: NODE_TRAITS,
    liveness: transportPing(),
    open: async (target, { signal }) => {
      assertRuntime()
      return new OpenRequest(target, signal, resolved).open()
    },
  }
}

/** Bun puts a class of its own in the place of `ws`, which has no upgrade response and no socket to read from. */
function assertRuntime(): void {
  if (process.versions['bun'] === undefined) return
  const text =
    'nodeWebSocket() needs Node.js: Bun replaces the package ws. Use browserWebSocket() of @holdfast/transport-browser.'
  throw new HoldfastError('channel/unsupported', text)
}
