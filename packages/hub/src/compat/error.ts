import { HubError, type HubErrorCode, type HubErrorDetails, toHubError } from '../errors.ts'

/** The published names for errors: the facts of {@link HubError} as members of their own. */
export class CoderHubWebSocketError extends HubError {
  /** Takes one object, as the published class does. */
  constructor(args: { code: HubErrorCode; message?: string; cause?: unknown } & HubErrorDetails) {
    const { code, message = code, cause, ...details } = args
    super(code, message, details, cause)
  }

  get sessionId(): string | undefined {
    return this.details.sessionId
  }

  get serverCode(): string | undefined {
    return this.details.serverCode
  }

  get serverMessage(): string | undefined {
    return this.details.serverMessage
  }

  get serverMessageType(): HubErrorDetails['serverMessageType'] {
    return this.details.serverMessageType
  }

  get closeCode(): number | undefined {
    return this.details.closeCode
  }

  get closeReason(): string | undefined {
    return this.details.closeReason
  }
}

/** Of a stream: the same facts. */
export class CoderSSEError extends CoderHubWebSocketError {}

/** Any error of ours as the published one. */
export function asPublished(
  Published: typeof CoderHubWebSocketError,
  error: unknown,
  sessionId?: string,
): CoderHubWebSocketError {
  if (error instanceof Published) return error
  const { code, message, details } = toHubError(error, sessionId)
  return new Published({ sessionId, ...details, code, message, cause: error })
}
