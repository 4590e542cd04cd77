/// <reference types="node" preserve="true" />
export { acceptChannel } from './accept.ts'
export { NODE_TRAITS } from './channel.ts'
export { type ErrorRow, TRANSPORT_NODE_ERRORS, type TransportNodeErrorCode } from './errors.ts'
export { nodeWebSocket } from './node-web-socket.ts'
export {
  type AcceptOptions,
  NODE_WEB_SOCKET_DEFAULTS,
  type NodeChannelOptions,
  type NodeWebSocketOptions,
  type TlsOptions,
} from './options.ts'
