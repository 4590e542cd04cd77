/** The transport of who gives none, by the runtime's own `WebSocket`. */
export { browserWebSocket as defaultTransport } from '@holdfast/transport-browser'
