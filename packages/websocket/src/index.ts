import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import type { EventSourceOptions } from './event-source/event-source-options.ts'
import { StayingEventSource } from './event-source/reconnecting-event-source.ts'
import { OneLinkWebSocket } from './link-web-socket.ts'
import type { ReconnectingWebSocketOptions, RuntimeDefaults, SocketOptions } from './options.ts'
import { StayingWebSocket } from './reconnecting-web-socket.ts'
import type { ProtocolsProvider, UrlProvider } from './socket-target.ts'

export * from './shared.ts'

/** Apart, so that a page of event streams carries no sockets. */
const SIGNALS: Pick<RuntimeDefaults, 'signals'> = { signals: () => browserWakeSignals() }

const RUNTIME: RuntimeDefaults = {
  transport: (WebSocket, clock) => browserWebSocket({ WebSocket, clock }),
  signals: () => browserWakeSignals(),
}

/** A WebSocket that stays. See {@link StayingWebSocket}. */
export class ReconnectingWebSocket extends StayingWebSocket {
  /** @throws a `SyntaxError` (`DOMException`) for a URL or subprotocol that no WebSocket takes; `connection/invalid_option` */
  constructor(url: UrlProvider, protocols: ProtocolsProvider = [], options: ReconnectingWebSocketOptions = {}) {
    super(url, protocols, options, RUNTIME)
  }
}

/** A WebSocket of one link, for libraries that bring their own retry. See {@link OneLinkWebSocket}. */
export class LinkWebSocket extends OneLinkWebSocket {
  /** @throws a `SyntaxError` (`DOMException`) for a URL or subprotocol that no WebSocket takes; `connection/invalid_option` */
  constructor(url: UrlProvider, protocols: ProtocolsProvider = [], options: SocketOptions = {}) {
    super(url, protocols, options, RUNTIME)
  }
}

/** An `EventSource` that stays, with headers and POST. See {@link StayingEventSource}. */
export class ReconnectingEventSource extends StayingEventSource {
  /** @throws a `SyntaxError` (`DOMException`) for what is no URL; `connection/invalid_option`, `channel/invalid_option` */
  constructor(url: UrlProvider, options: EventSourceOptions = {}) {
    super(url, options, SIGNALS)
  }
}
