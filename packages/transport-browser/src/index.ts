export { browserWebSocket } from './browser-web-socket.ts'
export { BROWSER_TRAITS } from './channel.ts'
export {
  CLASSIFY_DIALS_DEFAULTS,
  type ClassifyDialsOptions,
  classifyDials,
  type DialFinding,
  type ProbeFetch,
  type ProbeResponse,
} from './classify-dials.ts'
export { BROWSER_WEB_SOCKET_DEFAULTS, type BrowserWebSocketOptions } from './options.ts'
export {
  type BrowserWakeSignalsOptions,
  browserWakeSignals,
  type PageEvent,
  type PageEventTarget,
  type WindowLike,
} from './wake-signals.ts'
export type {
  CloseEventLike,
  MessageEventLike,
  WebSocketConstructor,
  WebSocketLike,
} from './web-socket-like.ts'
