/** The default path of a server. ACP §1. */
export const ACP_PATH = '/acp'

/** Header of the answer to `initialize`, or of the 101: names the connection. ACP §1. */
export const ACP_CONNECTION_HEADER = 'acp-connection-id'

/** Header of what belongs to one session. ACP §1. */
export const ACP_SESSION_HEADER = 'acp-session-id'

/** The limits that published servers enforce. ACP §1. */
export const ACP_LIMITS: {
  /** Characters of a request's or a session's id. */
  readonly maxIdLength: number
  /** Bytes of one message: the body of a POST, or a frame. */
  readonly maxMessageBytes: number
  /** Time between two comments on an event stream. */
  readonly keepAliveMs: number
} = { maxIdLength: 1024, maxMessageBytes: 16 * 1024 * 1024, keepAliveMs: 15_000 }

/**
 * The WebSocket URL of an endpoint: `http(s)` becomes `ws(s)`, and {@link ACP_PATH} is used where the URL has no path.
 *
 * @throws TypeError where `url` is not a URL
 */
export function acpWebSocketUrl(url: string): string {
  const target = new URL(url.replace(/^http/i, 'ws'))
  if (target.pathname === '/') target.pathname = ACP_PATH
  return target.toString()
}

/** Methods whose messages belong to one session: over HTTP they need {@link ACP_SESSION_HEADER}. ACP §1. */
const SESSION_METHODS: ReadonlySet<string> = new Set([
  'session/cancel',
  'session/close',
  'session/delete',
  'session/fork',
  'session/load',
  'session/prompt',
  'session/resume',
  'session/set_config_option',
  'session/set_mode',
  'session/set_model',
])

/** Whether a message of this method needs {@link ACP_SESSION_HEADER}. ACP §1. */
export function isAcpSessionMethod(method: string): boolean {
  return SESSION_METHODS.has(method)
}

/** Close codes of ACP over WebSockets, by name. ACP §1. */
export const ACP_CLOSE = {
  /** The first message is not `initialize`. */
  notInitialized: 1002,
  /** A limit was exceeded: the length of an id, unread output, the time until `initialize`. */
  limit: 1008,
} as const
