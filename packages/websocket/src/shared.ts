/** What both entries export beside the classes that dial. */

export { WEBSOCKET_ERRORS, type WebSocketErrorCode } from './errors.ts'
export type { EventSourceOptions } from './event-source/event-source-options.ts'
export { type EventSourceEvents, StayingEventSource } from './event-source/reconnecting-event-source.ts'
export { type SocketCloseEvent, type SocketErrorEvent, type SocketMessageEvent, UndeliveredEvent } from './events.ts'
export { OneLinkWebSocket } from './link-web-socket.ts'
export {
  type ReconnectingWebSocketOptions,
  type RuntimeDefaults,
  type SocketOptions,
  type SocketWire,
  WEBSOCKET_DEFAULTS,
} from './options.ts'
export { StayingWebSocket } from './reconnecting-web-socket.ts'
export { type ResumableFramesOptions, resumableFrames } from './resumable-frames.ts'
export type { SocketBinaryType, SocketData } from './sending/socket-data.ts'
export type { HeadersProvider, ProtocolsProvider, UrlProvider } from './socket-target.ts'
export type { ListenerOptions } from './typed-event-target.ts'
export type { ReadyState, SocketEvents } from './web-socket-interface.ts'
