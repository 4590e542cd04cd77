export { type CoderErrorArguments, type CoderErrorFacts, CoderHubWebSocketError, CoderSSEError } from './error.ts'
export {
  CoderSSEClient,
  type CoderSSEClientOptions,
  type CoderSSEEvent,
  type CoderSSEOptions,
  type CoderSSEState,
  streamCoderSessionSSE,
} from './sse.ts'
export { subscribeToCoderHub } from './subscribe.ts'
export {
  CoderHubWebSocketClient,
  type CoderHubWebSocketOptions,
  type CoderHubWebSocketState,
} from './web-socket.ts'
export {
  CODER_WS_CLOSE_CODE,
  type CoderWsCloseCode,
  isTerminalCloseCode,
  parseClientMessage,
  parseObserverSseMessage,
  parseServerMessage,
} from './wire.ts'
