/** Details that an error carries for programs. Values are safe to log: no credentials, no message bodies. */
export type ErrorDetails = Readonly<Record<string, unknown>>

/**
 * Every error that Holdfast throws or reports. Branch on `code` (`area/reason`), never on the text.
 * The message says what was expected, what came, and the next step.
 */
export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError'
  readonly code: string
  readonly details: ErrorDetails

  constructor(code: string, message: string, options: { cause?: unknown; details?: ErrorDetails | undefined } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details ?? {}
  }
}

/**
 * A refusal as the peer itself stated it: the body of Holdfast's servers (`{ error: { code, message } }`), or a
 * `Status` of the Kubernetes API.
 */
export interface PeerWord {
  readonly code: string
  readonly message: string
}

/** What is known of a refused dial, beside what answered it. */
interface OpenErrorFacts {
  /** HTTP status of the answer to the upgrade, where the runtime reports it. */
  readonly status?: number | undefined
  /** `Retry-After` in milliseconds, as the server sent it. */
  readonly retryAfterMs?: number | undefined
  /** Response headers with lower-case names, where visible. Never set-cookie or authentication values. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The system's error code, such as `ECONNREFUSED`. */
  readonly syscallCode?: string | undefined
  /** The request did not leave this side, so that making it again repeats nothing. Absent: it may have arrived. */
  readonly unsent?: boolean | undefined
  /** The host that a redirect points to, with `channel/redirected`, where the runtime reports it. Nothing else of the URL. */
  readonly redirectHost?: string | undefined
  /** The name of the header that cannot be sent, in lower case, with `channel/invalid_header` where it is known. */
  readonly header?: string | undefined
  /** The subprotocol that the server selected, with `channel/protocol_not_selected`. Empty: none. */
  readonly selected?: string | undefined
}

/** What answered a refused dial. A body comes with the name of its sender. */
interface OpenErrorAnswer {
  /** The first bytes of the response body as text, where visible. */
  readonly body: string | undefined
  /**
   * What `peerWord()` reads in the body; undefined where the body is not the peer's. With it a refusal is final at
   * once. Without it a proxy may have answered, and a client that was connected before retries for a while.
   */
  readonly word: PeerWord | undefined
}

/** What is known of a refused dial. A `body` without its `word` does not compile. */
export type OpenErrorDetails = OpenErrorFacts &
  (OpenErrorAnswer | { readonly body?: undefined; readonly word?: PeerWord | undefined })

/**
 * Why a dial did not become a channel. `channel/open_failed` may pass with time; each of the others is the same at the
 * next dial, until its target, the server's set-up or the trusted certificates change.
 */
export type OpenErrorCode =
  | 'channel/open_failed'
  | 'channel/invalid_url'
  | 'channel/invalid_protocols'
  | 'channel/invalid_header'
  | 'channel/redirected'
  | 'channel/untrusted_certificate'
  | 'channel/protocol_not_selected'

/** A dial that did not become a channel. */
export class OpenError extends HoldfastError {
  override readonly name = 'OpenError'
  declare readonly code: OpenErrorCode
  declare readonly details: OpenErrorDetails & ErrorDetails

  /** `code` is `channel/open_failed` where nothing more precise is known. */
  constructor(
    message: string,
    details: OpenErrorDetails = {},
    cause?: unknown,
    code: OpenErrorCode = 'channel/open_failed',
  ) {
    super(code, message, { cause, details: { ...details } })
  }
}

/** A code that every transport may throw or report. */
export type ChannelErrorCode =
  | OpenErrorCode
  | 'channel/invalid_option'
  | 'channel/already_started'
  | 'channel/unsupported'
  | 'channel/invalid_close_code'
  | 'channel/connection_lost'
  | 'channel/close_timeout'
  | 'channel/reader_too_slow'

/** The codes that all transports share: what happened, and what the caller can do. Each transport adds a table of its own. */
export const CHANNEL_ERRORS: Readonly<
  Record<ChannelErrorCode, { readonly sentence: string; readonly action: string }>
> = {
  'channel/open_failed': {
    sentence: 'The connection could not be opened.',
    action:
      'Read details.status, details.retryAfterMs and details.syscallCode; dial again where they allow it. Browsers hide the cause; classifyDials() finds out more. A status of 200 means that the answer was not an event stream.',
  },
  'channel/invalid_url': {
    sentence: 'The target has no URL that this transport can dial.',
    action:
      'Give an absolute URL with a scheme of the transport (ws: and wss:, or http: and https: for event streams) and without a fragment.',
  },
  'channel/invalid_protocols': {
    sentence: 'A subprotocol of the target cannot be offered.',
    action:
      'A subprotocol is a token of RFC 9110 section 5.6.2: no spaces, commas, slashes or "=", and none twice. Encode a credential as base64url without padding.',
  },
  'channel/invalid_header': {
    sentence: 'A header of the target cannot be sent.',
    action:
      'Correct the header that details.header names: no line breaks, no NUL, no character above U+00FF. Encode other text, for example with encodeURIComponent().',
  },
  'channel/redirected': {
    sentence: 'The server answered with a redirect, and redirects are not followed with credentials.',
    action: 'Give the URL of the server that details.redirectHost names, if you trust it.',
  },
  'channel/untrusted_certificate': {
    sentence: "The server's certificate is not trusted, has expired, or is for another name.",
    action:
      'See details.syscallCode. Give the authority that signed it (tls.ca of nodeWebSocket(), NODE_EXTRA_CA_CERTS in Node.js), or correct the certificate.',
  },
  'channel/protocol_not_selected': {
    sentence: 'The server did not select one of the subprotocols that were offered.',
    action: 'Offer a subprotocol that the server speaks, or have it, or the gateway before it, select the one offered.',
  },
  'channel/invalid_option': {
    sentence: 'An option of the transport is not usable.',
    action: 'Correct the option that the message names.',
  },
  'channel/already_started': {
    sentence: 'start() was called a second time on one channel.',
    action: 'Start a channel once; share its frames above it.',
  },
  'channel/unsupported': {
    sentence: 'The transport or its runtime cannot do this: request headers, pings, binary frames, or sending at all.',
    action:
      'Look at the traits first. Carry credentials in the first frame, a subprotocol or the query; beside an event stream send by other requests.',
  },
  'channel/invalid_close_code': {
    sentence: 'The close code may not be sent (RFC 6455 section 7.4).',
    action: 'Use 1000, or 3000 to 4999; outside browsers also 1001 to 1003 and 1007 to 1014.',
  },
  'channel/connection_lost': {
    sentence: 'The connection failed under an open channel.',
    action:
      'Dial again; for an event stream, send Last-Event-ID. details.syscallCode has the system error if it is known.',
  },
  'channel/close_timeout': {
    sentence: 'The peer did not finish closing in time, and the socket was terminated.',
    action: 'Nothing is needed; raise closeTimeoutMs if the peer is known to be slow.',
  },
  'channel/reader_too_slow': {
    sentence:
      'More than maxBufferedBytes waited while the channel was paused or not started, and its runtime cannot stop reading.',
    action: 'Read faster, or raise maxBufferedBytes. What was received before is still delivered.',
  },
}
