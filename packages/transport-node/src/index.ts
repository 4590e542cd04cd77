export { type AcceptOptions, acceptChannel } from './accept.ts'
export { NODE_TRAITS } from './channel.ts'
export { type ErrorRow, TRANSPORT_NODE_ERRORS, type TransportNodeErrorCode } from './errors.ts'
export { type NodeWebSocketOptions, nodeWebSocket } from './node-web-socket.ts'
