/** What is read of a `message` event. */
export interface MessageEventLike {
  readonly data: unknown
}

/** What is read of a `close` event. */
export interface CloseEventLike {
  readonly code: number
  readonly reason: string
  /** Absent in React Native. */
  readonly wasClean?: boolean | undefined
}

/** Handlers are compared loosely, so that the types of the DOM and of others fit. */
type Handler<Event> = { handle(event: Event): void }['handle'] | null

/** As much of a WebSocket (WHATWG WebSockets) as the transport needs. The runtime's own fits. */
export interface WebSocketLike {
  binaryType: string
  readonly readyState: number
  /** Absent in workerd. */
  readonly bufferedAmount?: number | undefined
  /** Null in workerd where none was selected. */
  readonly protocol: string | null
  onopen: Handler<object>
  onmessage: Handler<MessageEventLike>
  onerror: Handler<object>
  onclose: Handler<CloseEventLike>
  send(data: string | Uint8Array<ArrayBuffer>): void
  close(code?: number, reason?: string): void
}

/** The global `WebSocket`, or one like it. */
export interface WebSocketConstructor {
  new (url: string, protocols?: string[]): WebSocketLike
}

/** `readyState` of an open socket (WHATWG WebSockets §3.1). What comes after it is bigger. */
export const OPEN = 1

/** After this no event of the socket is handled. Errors still have a listener: `ws` throws those without one. */
export function detach(webSocket: WebSocketLike): void {
  webSocket.onopen = webSocket.onmessage = webSocket.onclose = null
  webSocket.onerror = () => {}
}

/** What an `error` event has: nothing in browsers, and nothing that could repeat a URL, which may carry secrets. */
export function causeOf(event: object): unknown {
  const { error, message }: { readonly error?: unknown; readonly message?: unknown } = Object(event)
  const cause = error ?? message
  return String(cause).includes('://') ? undefined : cause
}
