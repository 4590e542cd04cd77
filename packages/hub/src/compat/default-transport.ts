/** The transport of who gives none, in Node.js and Deno; bundles for browsers get `default-transport-browser.ts`. */
export { nodeWebSocket as defaultTransport } from '@holdfast/transport-node'
