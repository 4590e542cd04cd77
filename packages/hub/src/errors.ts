import { type ErrorDetails, HoldfastError } from '@holdfast/core'

/** Every code of this package (hub §8): what happened, and what the caller can do. */
export const HUB_ERRORS = {
  connection_failed: 'The hub could not be reached or refused for good. Read details.status or details.closeCode.',
  auth_failed: 'The hub refused the credentials or the role. Correct them, then call connect().',
  connection_error:
    'The link was lost or closed, or there is none for a while (details.reason). details.delivery tells whether a message may have arrived.',
  max_reconnects_exceeded: 'The retries of this outage are spent. Call connect() for a fresh start.',
  send_while_disconnected:
    'Messages were not sent: the queue was full or the connection ended. details.ids names them.',
  response_timeout: 'No response came in time.',
  invalid_response: 'A message could not be read. It was skipped and the stream goes on.',
  message_refused:
    'The hub will not take this message. Read details.serverCode, or details.reason and its sizes; it is not sent again.',
  questions_refused:
    'More questions came than this client keeps waiting for its handler (10,000, or 8 MiB of them). Those that came then were refused: answer sooner, or ask less at once.',
  callback_failed: 'A callback of the application threw. Nothing else was harmed.',
  parse_error: 'An event of the stream could not be read. It was skipped and the stream goes on.',
} as const

export type HubErrorCode = keyof typeof HUB_ERRORS

/** What is known beside the code. All of it is safe to log. */
export interface HubErrorDetails extends ErrorDetails {
  readonly sessionId?: string | undefined
  /** From the hub's refusal (hub §2). */
  readonly serverCode?: string | undefined
  readonly serverMessage?: string | undefined
  readonly serverMessageType?: 'connection_rejected' | 'protocol_error' | undefined
  readonly closeCode?: number | undefined
  readonly closeReason?: string | undefined
  /** HTTP status of a refused dial. */
  readonly status?: number | undefined
  /** Whether the message was never sent, or may have arrived. */
  readonly delivery?: 'notSent' | 'inDoubt' | undefined
  /** The first ids of the messages concerned, at most 20. */
  readonly ids?: readonly string[] | undefined
  /** The engine's own code, such as `delivery/overflow`. */
  readonly reason?: string | undefined
}

/** An error of a hub client. Branch on `code` (hub §8); the engine's error is the `cause`. */
export class HubError extends HoldfastError {
  override readonly name = 'HubError'
  declare readonly code: HubErrorCode
  declare readonly details: HubErrorDetails

  constructor(code: HubErrorCode, message: string, details: HubErrorDetails = {}, cause?: unknown) {
    super(code, message, { details, cause })
  }
}

/** The engine's codes in the words of hub §8. The first prefix that fits. */
const IN_HUB_WORDS: readonly (readonly [prefix: string, code: HubErrorCode])[] = [
  ['request/timeout', 'response_timeout'],
  ['request/', 'connection_error'],
  ['delivery/in_doubt', 'connection_error'],
  ['delivery/too_large', 'message_refused'],
  ['delivery/poison', 'message_refused'],
  ['delivery/', 'send_while_disconnected'],
  ['connection/exhausted', 'max_reconnects_exceeded'],
  ['connection/closed', 'connection_error'],
  ['connection/unreachable', 'connection_error'],
  ['connection/connect_timeout', 'connection_error'],
  ['connection/credentials', 'auth_failed'],
]

/** Any error as one of ours, `said` in other words. The signal's own reason and other strangers keep their identity as the cause. */
export function toHubError(error: unknown, sessionId?: string, said?: string): HubError {
  if (error instanceof HubError) return error
  const code = error instanceof HoldfastError ? error.code : ''
  const details = error instanceof HoldfastError ? error.details : {}
  const found = IN_HUB_WORDS.find(([prefix]) => code.startsWith(prefix))
  const message = said ?? (error instanceof Error ? error.message : 'The connection failed.')
  const all: HubErrorDetails = {
    ...details,
    ...(code === 'delivery/in_doubt' ? { delivery: 'inDoubt' } : {}),
    ...(code === '' ? {} : { reason: code }),
    ...(sessionId === undefined ? {} : { sessionId }),
  }
  return new HubError(found?.[1] ?? 'connection_failed', message, all, error)
}
