import type { Transport } from '@holdfast/core'
import { nodeWebSocket } from '@holdfast/transport-node'

/** What `ws` takes in one message by default: a program that worked with the published client gets as large ones here. */
const MAX_PAYLOAD_BYTES = 104_857_600

/** The transport of who gives none, in Node.js and Deno; bundles for browsers get `default-transport-browser.ts`. */
export function defaultTransport(): Transport {
  return nodeWebSocket({ maxPayloadBytes: MAX_PAYLOAD_BYTES })
}
