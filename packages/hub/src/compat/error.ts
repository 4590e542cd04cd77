import { type HubErrorCode, type HubErrorDetails, toHubError } from '../errors.ts'
import { isTerminalCloseCode } from './wire.ts'

/** The error codes of hub §8, and those that the published clients never report. */
export type CoderErrorCode =
  | 'connection_failed'
  | 'auth_failed'
  | 'connection_error'
  | 'max_reconnects_exceeded'
  | 'send_while_disconnected'
  | 'response_timeout'
  | 'invalid_response'
  | 'message_refused'
  | 'questions_refused'
  | 'callback_failed'
  | 'parse_error'

/** What our codes are called there. */
const PUBLISHED_CODES: Readonly<Record<HubErrorCode, CoderErrorCode>> = {
  'hub/invalid_option': 'connection_failed',
  'hub/connection_failed': 'connection_failed',
  'hub/auth_failed': 'auth_failed',
  'hub/not_found': 'connection_failed',
  'hub/has_lead': 'connection_failed',
  'hub/stale_driver': 'connection_failed',
  'hub/connection_error': 'connection_error',
  'hub/unreachable': 'connection_error',
  'hub/max_reconnects_exceeded': 'max_reconnects_exceeded',
  'hub/send_while_disconnected': 'send_while_disconnected',
  'hub/response_timeout': 'response_timeout',
  'hub/invalid_response': 'invalid_response',
  'hub/invalid_message': 'invalid_response',
  'hub/message_refused': 'message_refused',
  'hub/questions_refused': 'questions_refused',
  'hub/callback_failed': 'callback_failed',
}

/** What the published errors carry, as members of their own. */
export interface CoderErrorFacts {
  readonly sessionId?: string | undefined
  readonly serverCode?: string | undefined
  readonly serverMessage?: string | undefined
  readonly serverMessageType?: HubErrorDetails['serverMessageType']
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
}

/** What the constructors of the published errors take: one object. */
export type CoderErrorArguments = CoderErrorFacts & {
  readonly code: CoderErrorCode
  readonly message?: string | undefined
  readonly cause?: unknown
}

/** What an error of ours knows beyond the published members. */
interface Beyond {
  readonly details: HubErrorDetails
  readonly lostMessages: readonly object[]
}

/** Facts as enumerable members, as the published errors have them; JSON has the same keys. */
class CoderError extends Error {
  override readonly name: string
  readonly _tag: string
  readonly code: CoderErrorCode
  declare readonly sessionId?: string
  declare readonly serverCode?: string
  declare readonly serverMessage?: string
  declare readonly serverMessageType?: 'connection_rejected' | 'protocol_error'
  declare readonly closeCode?: number
  declare readonly closeReason?: string
  readonly #beyond: Beyond

  constructor(tag: string, args: CoderErrorArguments, beyond: Partial<Beyond>) {
    const { code, message = code, cause, ...facts } = args
    super(message, cause === undefined ? undefined : { cause })
    this.name = tag
    this._tag = tag
    this.code = code
    Object.assign(this, facts)
    this.#beyond = { details: {}, lostMessages: [], ...beyond }
  }

  /** Facts beside the published members: HTTP status, `delivery`, ids. Not part of the JSON. */
  get details(): HubErrorDetails {
    return this.#beyond.details
  }

  /** The messages that were lost or may have been, as they were given to `send()`; at most 20. Not part of the JSON. */
  get lostMessages(): readonly object[] {
    return this.#beyond.lostMessages
  }

  toJSON(): Record<string, unknown> {
    const { name, message, stack, cause } = this
    const fields = cause instanceof Error ? { cause: { name: cause.name, message: cause.message } } : {}
    return { ...Object.fromEntries(Object.entries(this)), name, message, stack, ...fields }
  }
}

/** The published error of WebSocket clients: name, `_tag` and members as there. */
export class CoderHubWebSocketError extends CoderError {
  constructor(args: CoderErrorArguments, beyond: Partial<Beyond> = {}) {
    super('CoderHubWebSocketError', args, beyond)
  }
}

/** The published error of event streams: name, `_tag` and members as there. */
export class CoderSSEError extends CoderError {
  constructor(args: CoderErrorArguments, beyond: Partial<Beyond> = {}) {
    super('CoderSSEError', args, beyond)
  }
}

/** An error of ours as the published one of a WebSocket client. Every final close code is a `connection_error` there. */
export function asSocketError(
  error: unknown,
  sessionId: string | undefined,
  lostMessages: readonly object[] = [],
): CoderHubWebSocketError {
  if (error instanceof CoderHubWebSocketError) return error
  const { code, message, details } = toHubError(error, sessionId)
  const facts = { sessionId, ...refusalOf(details), ...closeOf(details) }
  const published = facts.closeCode === undefined ? PUBLISHED_CODES[code] : 'connection_error'
  const args = { ...facts, code: published, message, cause: error } as const
  return new CoderHubWebSocketError(args, { details, lostMessages })
}

/** An error of ours as the published one of an event stream. */
export function asStreamError(error: unknown, sessionId: string): CoderSSEError {
  if (error instanceof CoderSSEError) return error
  const { code, message, details } = toHubError(error, sessionId)
  const published = code === 'hub/invalid_message' ? 'parse_error' : PUBLISHED_CODES[code]
  return new CoderSSEError({ sessionId, code: published, message, cause: error }, { details })
}

/** What the hub said, where it said it in a message of its own type. */
function refusalOf({ serverCode, serverMessage, serverMessageType }: HubErrorDetails): CoderErrorFacts {
  return serverMessageType === undefined ? {} : { serverCode, serverMessage, serverMessageType }
}

/** The close that ended everything; programs take an error that has one for final. */
function closeOf({ closeCode, closeReason }: HubErrorDetails): CoderErrorFacts {
  return closeCode !== undefined && isTerminalCloseCode(closeCode) ? { closeCode, closeReason } : {}
}
