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

/** What is known of a refused dial. */
export interface OpenErrorDetails {
  /** HTTP status of the answer to the upgrade, where the runtime tells it. */
  readonly status?: number | undefined
  /** `Retry-After` in milliseconds, as the server sent it. */
  readonly retryAfterMs?: number | undefined
  /** Response headers with lower-case names, where visible. Never set-cookie or authentication values. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The first bytes of the response body as text, where visible. */
  readonly body?: string | undefined
  /** The system's error code, such as `ECONNREFUSED`. */
  readonly syscallCode?: string | undefined
}

/** A dial that did not become a channel. Code `channel/open_failed`. */
export class OpenError extends HoldfastError {
  override readonly name = 'OpenError'
  declare readonly details: OpenErrorDetails & ErrorDetails

  constructor(message: string, details: OpenErrorDetails = {}, cause?: unknown) {
    super('channel/open_failed', message, { cause, details: { ...details } })
  }
}
